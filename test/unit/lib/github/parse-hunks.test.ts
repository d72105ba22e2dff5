import { expect, it } from '@jest/globals';
import { parseHunks } from '../../../../actions/lib/github/parse-hunks.ts';

it('finds the lines that a diff shows of the new file', () => {
  const patch = [
    '@@ -1,3 +1,4 @@ RUN @@ -9 +9 @@',
    ' FROM a',
    '+@@ -50 +50 @@',
    '@@ -20 +21 @@',
    '-a',
    '+b',
    '@@ -30,2 +30,0 @@',
    '-c',
    '-d',
    '\\ No newline at end of file',
  ].join('\n');
  expect(parseHunks(patch)).toEqual([
    { startLine: 1, endLine: 4 },
    { startLine: 21, endLine: 21 },
  ]);
});
