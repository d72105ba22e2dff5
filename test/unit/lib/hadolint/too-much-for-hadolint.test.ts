import { describe, expect, it } from '@jest/globals';
import { tooMuchForHadolint } from '../../../../actions/lib/hadolint/too-much-for-hadolint.ts';
import { loadShellGrammar } from '../../../../actions/lib/lint/load-shell-grammar.ts';
import { readLintedDockerfile } from '../../../../actions/lib/lint/read-linted-dockerfile.ts';

const parser = await loadShellGrammar();
const reason = (run: string) =>
  tooMuchForHadolint(readLintedDockerfile(parser, 'Dockerfile', `FROM ubuntu\nRUN ${run}\n`));

describe('tooMuchForHadolint', () => {
  it.each([
    ['a long script', 'true; '.repeat(900)],
    ['a long line', `echo ${'a'.repeat(90_000)}`],
    ['groups in groups', `${'{ '.repeat(100)}true; ${'}; '.repeat(100)}`],
  ])('lets %s through', (_, run) => {
    expect(reason(run)).toBeNull();
  });

  it.each([
    [
      'too many commands',
      'true; '.repeat(1001),
      'it has 1001 commands; hadolint would take minutes for more than 1000',
    ],
    [
      'too many characters',
      `echo ${'a'.repeat(100_000)}`,
      'it has 100022 characters; hadolint would take minutes',
    ],
    ['brackets in brackets', `echo ${'$('.repeat(1000)}a${')'.repeat(1000)}`, 'it is nested too deeply'],
    ['conditions in conditions', `${'if a; then '.repeat(1000)}b${'; fi'.repeat(1000)}`, 'nested too deeply'],
    ['brackets that do not close', '( '.repeat(1000), 'nested too deeply'],
  ])('stops at %s', (_, run, expected) => {
    expect(reason(run)).toContain(expected);
  });
});
