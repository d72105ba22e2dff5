import { describe, expect, it } from '@jest/globals';
import { composeContextMoved as rule } from '../../../../../actions/lib/lint/rules/compose-context-moved.ts';
import { findings } from '../../../../support/lint-rule.ts';

function found(build: string, file = 'compose.yaml', others: Record<string, string> = {}) {
  const text = `services:\n  web:\n    build: ${build}\n    image: x\n`;
  return findings(rule, 'FROM a\n', { files: { [file]: text, 'web/app.py': '', ...others } });
}

describe('compose-context-moved', () => {
  it.each<[string, string, string]>([
    ['./frontend', 'warning', 'no folder "frontend"'],
    ['{ context: ./backend/pose }', 'warning', 'no folder "backend/pose"'],
    ['./web', 'error', '"web/Dockerfile", which is not there'],
    ['{ context: ., dockerfile: web/Dockerfile }', 'error', '"web/Dockerfile"'],
    ['{ context: web, dockerfile: Dockerfile }', 'error', 'taken from the context "web"'],
    ['{ context: ., dockerfile: dockerfile }', 'error', 'there is "Dockerfile"'],
    [`"${'$'}{DIR:-gone}"`, 'warning', '"gone"'],
  ])('catches %s', async (build, severity, message) => {
    expect(await found(build)).toMatchObject([
      { file: 'compose.yaml', severity, message: expect.stringContaining(message) },
    ]);
  });

  it('looks from where the Compose file lies', async () => {
    expect(await found('.', 'web/docker-compose.yml')).toMatchObject([
      { message: expect.stringContaining('"web/Dockerfile"') },
    ]);
    expect(await found('..', 'web/docker-compose.yml')).toEqual([]);
  });

  it('marks the folder', async () => {
    const text = 'services:\n  a:\n    build:\n      context: gone # moved\n';
    const [finding] = await findings(rule, 'FROM a\n', { files: { 'compose.yml': text } });
    expect(text.slice(finding?.start, finding?.end)).toBe('gone');
  });

  it.each([
    '.',
    './',
    '{ context: . }',
    '{ context: web, dockerfile: ../Dockerfile }',
    '$DIR',
    '../other',
    '/srv/web',
    'https://github.com/a/b.git#main',
    'git@github.com:a/b.git',
    'github.com/a/b.git#main:images/x',
    '{ context: github.com/a/b, dockerfile: Dockerfile }',
    '{ context: gone, dockerfile_inline: "FROM a" }',
    '{ dockerfile: gone }',
    '[1, 2]',
  ])('passes %s', async (build) => {
    expect(
      await found(build, build.startsWith('{ dockerfile: ') ? 'compose.gpu.yaml' : 'compose.yaml'),
    ).toEqual([]);
  });

  it('passes what is no Compose file, and what cannot be read', async () => {
    expect(await found('gone', 'other.yaml')).toEqual([]);
    expect(await findings(rule, 'FROM a\n', { files: { 'compose.yaml': 'services: [' } })).toEqual([]);
    expect(
      await findings(rule, 'FROM a\n', { files: { 'compose.yaml': 'services:\n  - build: gone\n' } }),
    ).toEqual([]);
  });
});
