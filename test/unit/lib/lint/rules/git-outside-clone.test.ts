import { describe, expect, it } from '@jest/globals';
import { gitOutsideClone as rule } from '../../../../../actions/lib/lint/rules/git-outside-clone.ts';
import { findings, marked, mended } from '../../../../support/lint-rule.ts';

describe('git-outside-clone', () => {
  it.each<[string, string]>([
    ['git clone --recursive https://x.org/a/b.git && git reset --hard 40f7 && cd b', 'git reset --hard 40f7'],
    ['git clone https://x.org/a/b ; git checkout 1', 'git checkout 1'],
    [
      'apt-get update && git clone git@x.org:a/b.git && git submodule update --init',
      'git submodule update --init',
    ],
    ['git config --global a b && git clone https://x.org/a/b/ && git pull', 'git pull'],
    ['(git clone https://x.org/a/b && git checkout 1)', 'git checkout 1'],
  ])('catches %s', async (run, place) => {
    expect(await marked(rule, `FROM a\nRUN ${run}\n`)).toEqual([place]);
  });

  it.each([
    'git clone https://x.org/a/b && cd b && git checkout 1',
    'git clone https://x.org/a/b . && git checkout 1',
    'git clone https://x.org/a/b /b && git checkout 1',
    'git clone https://x.org/a/b && git -C b checkout 1',
    'git clone https://x.org/a/b && git --git-dir=b/.git checkout 1',
    'git clone https://x.org/a/b && GIT_DIR=b/.git git checkout 1',
    'git clone https://x.org/a/b && git lfs install',
    'git clone https://x.org/a/b && git clone https://x.org/a/c',
    'cd a && git clone https://x.org/a/b && git checkout 1',
    'git init && git clone https://x.org/a/b && git checkout 1',
    'git clone $A && git checkout 1',
    'git clone https://x.org/a/b || git pull',
    'git clone https://x.org/a/b && (cd b && git checkout 1)',
    'if git clone https://x.org/a/b; then git checkout 1; fi',
  ])('passes %s', async (run) => {
    expect(await marked(rule, `FROM a\nRUN ${run}\n`)).toEqual([]);
  });

  it('enters the folder, if asked', async () => {
    const text = 'FROM a\nRUN git clone https://x.org/a/b.git && git checkout 1\n';
    expect(await findings(rule, text)).toMatchObject([{ severity: 'warning', fix: { safe: false } }]);
    expect(await mended(rule, text)).toBe(
      'FROM a\nRUN git clone https://x.org/a/b.git && cd b && git checkout 1\n',
    );
  });
});
