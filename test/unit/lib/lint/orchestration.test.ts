import { describe, expect, it } from '@jest/globals';
import { buildArgUndeclared } from '../../../../actions/lib/lint/rules/build-arg-undeclared.ts';
import { commandNotInImage } from '../../../../actions/lib/lint/rules/command-not-in-image.ts';
import { gpuRequestInvalid } from '../../../../actions/lib/lint/rules/gpu-request-invalid.ts';
import { lintFolder, places, readFolder, repoOf } from '../../../support/lint-folder.ts';

const RULES = [buildArgUndeclared, commandNotInImage, gpuRequestInvalid];
const POD =
  'apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: a\n    image: ghcr.io/acme/web:main\n    command: [python, gone.py]\n    resources: { limits: { gpu: 1 } }\n';
const FILES = {
  'web/Dockerfile': 'FROM python:3.12-slim\nWORKDIR /app\nCOPY run.py ./\n',
  'web/run.py': '',
  'action-matrix.yml':
    'version: 1\nregistry: ghcr.io/acme\nimages:\n  web: { context: web, tags: [latest] }\n',
  'deploy/pod.yaml': POD,
};

describe('files that run images', () => {
  it('are held against the images of the matrix', async () => {
    const repo = await repoOf(FILES);
    expect(places(await lintFolder(repo.dir, [], RULES))).toEqual([
      'deploy/pod.yaml:7:command-not-in-image',
      'deploy/pod.yaml:8:gpu-request-invalid',
    ]);
  });

  it('may be asked for by name, and are silenced by comments', async () => {
    const repo = await repoOf({
      ...FILES,
      'deploy/pod.yaml': POD.replace(
        '    command',
        '    # darkroom ignore=command-not-in-image mounted\n    command',
      ),
    });
    expect(places(await lintFolder(repo.dir, ['deploy/pod.yaml'], RULES))).toEqual([
      'deploy/pod.yaml:9:gpu-request-invalid',
    ]);
    expect((await readFolder(repo.dir, ['deploy/pod.yaml'])).notices).toEqual([]);
  });

  it('count for a Dockerfile as far as it is the cause', async () => {
    const repo = await repoOf(FILES);
    expect(places(await lintFolder(repo.dir, ['web'], RULES))).toEqual([
      'deploy/pod.yaml:7:command-not-in-image',
    ]);
  });

  it.each([
    ['too long', `${POD}#${'x'.repeat(300_000)}`, 'file/too-much'],
    ['much too long', POD + '#x\n'.repeat(500_000), 'file/too-large'],
    ['no text', 'a\0', 'file/binary'],
  ])('are told when they are %s', async (_, text, rule) => {
    const repo = await repoOf({ ...FILES, 'deploy/pod.yaml': text });
    expect(places(await lintFolder(repo.dir, ['deploy/pod.yaml'], RULES))).toEqual([
      `deploy/pod.yaml:1:${rule}`,
    ]);
    expect(await lintFolder(repo.dir, [], RULES)).toEqual([]);
  });

  it('are told where they are no YAML: a manifest when it is named, a Compose file always', async () => {
    const broken = 'a:\n  b: [\nc: d\n';
    const repo = await repoOf({ ...FILES, 'deploy/pod.yaml': broken, 'compose.yaml': broken });
    expect(places(await lintFolder(repo.dir, ['deploy/pod.yaml'], RULES))).toEqual([
      'deploy/pod.yaml:3:yaml/syntax',
    ]);
    for (const paths of [[], ['compose.yaml']]) {
      expect(places(await lintFolder(repo.dir, paths, RULES))).toEqual(['compose.yaml:3:yaml/syntax']);
    }
    expect(await lintFolder(repo.dir, ['web'], RULES)).toEqual([]);
  });
});
