import { describe, expect, it } from '@jest/globals';
import { buildFileMissing as rule } from '../../../../../actions/lib/lint/rules/build-file-missing.ts';
import { findings } from '../../../../support/lint-rule.ts';

const CHECKOUT = '      - uses: actions/checkout@v4\n';
const PUSH = '      - uses: docker/build-push-action@v6\n        with:\n';

async function marked(
  steps: string,
  file = '.github/workflows/a.yml',
  text = `jobs:\n  a:\n    steps:\n${steps}`,
) {
  const found = await findings(rule, 'FROM a\n', {
    files: { [file]: text, 'web/Dockerfile': '', 'api/x': '' },
  });
  return found.map((one) => text.slice(one.start, one.end).trim());
}

describe('build-file-missing', () => {
  it.each<[string, string]>([
    [`${CHECKOUT}${PUSH}          context: ./backend\n`, './backend'],
    [`${CHECKOUT}${PUSH}          context: api\n`, 'api'],
    [`${CHECKOUT}${PUSH}          context: api\n          file: api/Dockerfile.gpu\n`, 'api/Dockerfile.gpu'],
    [`${CHECKOUT}${PUSH}          context: web\n          file: Dockerfile.web\n`, 'Dockerfile.web'],
    [`${CHECKOUT}${PUSH}          context: "{{defaultContext}}:backend"\n`, '"{{defaultContext}}:backend"'],
    [`${CHECKOUT}      - run: docker login -u a\n${PUSH}          context: gone\n`, 'gone'],
    [`${CHECKOUT}      - run: docker build -t x ./gone\n`, './gone'],
    [`${CHECKOUT}      - working-directory: api\n        run: docker build -t x .\n`, '.'],
  ])('catches %j', async (steps, place) => {
    expect(await marked(steps)).toEqual([place]);
  });

  it('knows the only file of that name', async () => {
    const text = `jobs:\n  a:\n    steps:\n${CHECKOUT}${PUSH}          file: gone/Dockerfile.gpu\n`;
    const files = { '.github/workflows/a.yml': text, 'docker/Dockerfile.gpu': '' };
    expect(await findings(rule, 'FROM a\n', { files })).toMatchObject([
      { severity: 'error', message: expect.stringContaining('there is "docker/Dockerfile.gpu"') },
    ]);
  });

  it('catches Skaffold', async () => {
    const text =
      'apiVersion: skaffold/v2\nbuild:\n  artifacts:\n  - image: a\n    context: gone\n  - image: b\n    context: web\n';
    expect(await marked('', 'skaffold.yaml', text)).toEqual(['gone']);
  });

  it.each([
    `${CHECKOUT}${PUSH}          context: web\n`,
    `${CHECKOUT}${PUSH}          context: .\n          file: ./web/Dockerfile\n`,
    `${PUSH}          context: gone\n`,
    `      - uses: actions/checkout@v4\n        with: { repository: a/b }\n${PUSH}          context: gone\n`,
    `${CHECKOUT}      - uses: actions/download-artifact@v4\n${PUSH}          context: gone\n`,
    `${CHECKOUT}      - run: make dist\n${PUSH}          context: gone\n`,
    `${CHECKOUT}      - run: echo FROM a > gone/Dockerfile\n${PUSH}          context: gone\n`,
    `${CHECKOUT}${PUSH}          context: https://github.com/a/b.git\n`,
    `${CHECKOUT}${PUSH}          context: \${{ matrix.folder }}\n`,
    `${CHECKOUT}${PUSH}          context: gone/\${{ matrix.folder }}\n`,
    `${CHECKOUT}      - run: |\n          mkdir gone\n          docker build gone\n`,
    `${CHECKOUT}      - run: cd gone && docker build .\n`,
    `${CHECKOUT}      - run: docker build "$DIR"\n`,
  ])('passes %j', async (steps) => {
    expect(await marked(steps)).toEqual([]);
  });
});
