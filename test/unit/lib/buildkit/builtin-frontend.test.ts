import { describe, expect, it, test } from '@jest/globals';
import { withoutSyntaxDirective } from '../../../../actions/lib/buildkit/builtin-frontend.ts';

describe('withoutSyntaxDirective', () => {
  test.each([
    ['the only directive', '# syntax=docker/dockerfile:1\nFROM a\n', '#\nFROM a\n'],
    ['any spelling of it', '#  Syntax = docker/dockerfile:1\r\nFROM a\r\n', '#\nFROM a\r\n'],
    [
      'one among others, which stay directives',
      '# syntax=docker/dockerfile:1\n# escape=`\n# check=skip=all\nFROM a\n',
      '# escape=`\n# check=skip=all\n#\nFROM a\n',
    ],
    ['one below another', '# escape=`\n# syntax=x\nFROM a', '# escape=`\n#\nFROM a'],
    ['one after a shebang', '#!/usr/bin/env x\n# syntax=x\nFROM a', '#!/usr/bin/env x\n#\nFROM a'],
    ['one that is all of the file', '# syntax=x', '#'],
    ['one behind a byte order mark', '\uFEFF# syntax=x\nFROM a', '#\nFROM a'],
  ])('takes out %s and keeps the line numbers', (_, before, after) => {
    expect(withoutSyntaxDirective(before)).toBe(after);
    expect(after.split('\n')).toHaveLength(before.split('\n').length);
  });

  it('leaves a comment that is no directive any more alone', () => {
    const dockerfile = '# A comment ends the directives.\n# syntax=docker/dockerfile:1\nFROM a\n';
    expect(withoutSyntaxDirective(dockerfile)).toBe(dockerfile);
  });
});
