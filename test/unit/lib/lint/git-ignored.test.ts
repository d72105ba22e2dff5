import { expect, it } from '@jest/globals';
import { isGitIgnored } from '../../../../actions/lib/lint/git-ignored.ts';
import type { LintedProject } from '../../../../actions/lib/lint/linted-project.ts';

const texts: Readonly<Record<string, string>> = {
  '.gitignore': '# outputs\n/server\n*.log\nmade/\n!a/kept.log\n',
  'a/.gitignore': '!b.log\nc\n',
};
const project = {
  files: Object.keys(texts),
  read: (file: string) => texts[file] ?? null,
} as Partial<LintedProject> as LintedProject;

it.each([
  ['server', true],
  ['x/server', false],
  ['x.log', true],
  ['x/y.log', true],
  ['made/x', true],
  ['x/made/y', true],
  ['a/kept.log', false],
  ['a/b.log', false],
  ['a/c', true],
  ['a/d/c', true],
  ['c', false],
])('%s: %s', (path, is) => expect(isGitIgnored(path, project)).toBe(is));
