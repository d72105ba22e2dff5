import { describe, expect, it } from '@jest/globals';
import { buildTargetMissing as rule } from '../../../../../actions/lib/lint/rules/build-target-missing.ts';
import { findings } from '../../../../support/lint-rule.ts';

const DOCKERFILE = 'FROM a AS build\nFROM b AS runtime\n';
const workflow = (target: string) =>
  `env:\n  STAGE: gone\njobs:\n  a:\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n          target: ${target}\n`;

async function marked(file: string, text: string) {
  const found = await findings(rule, DOCKERFILE, { files: { [file]: text } });
  return found.map((one) => text.slice(one.start, one.end));
}

describe('build-target-missing', () => {
  it.each<[string, string, string]>([
    ['compose.yaml', 'services:\n  a:\n    build: { context: ., target: production }\n', 'production'],
    ['compose.yaml', 'services:\n  a:\n    build: { context: ., target: "2" }\n', '"2"'],
    ['compose.yaml', `services:\n  a:\n    build: { context: ., target: "\${T:-gone}" }\n`, `"\${T:-gone}"`],
    ['.github/workflows/a.yml', workflow('gone'), 'gone'],
    ['.github/workflows/a.yml', workflow(`\${{ env.STAGE }}`), `\${{ env.STAGE }}`],
    [
      '.github/workflows/a.yml',
      'jobs:\n  a:\n    steps:\n      - run: docker build --target gone -t x .\n',
      'gone',
    ],
    ['make.sh', 'podman build --target=gone .\n', '--target=gone'],
    ['docker-bake.hcl', 'target "a" {\n  target = "gone"\n}\n', '"gone"'],
  ])('catches %s %j', async (file, text, place) => {
    expect(await marked(file, text)).toEqual([place]);
  });

  it('says what there is', async () => {
    const text = 'services:\n  a:\n    build: { context: ., target: runtimes }\n';
    expect(await findings(rule, DOCKERFILE, { files: { 'compose.yaml': text } })).toMatchObject([
      {
        file: 'compose.yaml',
        severity: 'error',
        message: expect.stringContaining('did you mean "runtime"?'),
      },
    ]);
  });

  it.each<[string, string]>([
    ['compose.yaml', 'services:\n  a:\n    build: { context: ., target: RUNTIME }\n'],
    ['compose.yaml', 'services:\n  a:\n    build: { context: ., target: "1" }\n'],
    ['compose.yaml', 'services:\n  a:\n    build: { context: ., target: $STAGE }\n'],
    ['compose.yaml', 'services:\n  a:\n    build: { context: ., target: "" }\n'],
    [
      'compose.yaml',
      'services:\n  a:\n    extends: { file: b.yaml, service: b }\n    build: { context: ., target: gone }\n',
    ],
    ['.github/workflows/a.yml', workflow(`\${{ matrix.stage }}`)],
    ['.github/workflows/a.yml', workflow("''")],
    ['make.sh', 'docker build --target "$1" .\n'],
    ['docker-bake.hcl', 'target "a" {\n  target = STAGE\n}\n'],
    ['docker-bake.hcl', 'target "a" {\n  inherits = ["elsewhere"]\n  target = "gone"\n}\n'],
  ])('passes %s %j', async (file, text) => {
    expect(await marked(file, text)).toEqual([]);
  });
});
