import { expect, it, test } from '@jest/globals';
import { detectSyntax } from '../../../../actions/lib/dockerfile/detect-syntax.ts';

test.each<[string, string, string, number]>([
  ['a directive', '# syntax=docker/dockerfile:1\nFROM x', 'docker/dockerfile:1', 1],
  ['any case and spacing', '#SYNTAX = a/b\nFROM x', 'a/b', 1],
  ['after another directive', '# escape=`\n# syntax=a\n', 'a', 2],
  ['CRLF', '# syntax=a\r\nFROM x\r\n', 'a', 1],
  ['a byte order mark', '\ufeff# syntax=a', 'a', 1],
  ['arguments of the frontend', '# syntax=a -x y', 'a', 1],
  ['after #!', '#!/usr/bin/env x\n# syntax=a', 'a', 2],
  ['the comments of other languages', '// syntax=a\nx', 'a', 1],
  ['JSON', '{ "syntax": "a", "x": 1 }', 'a', 1],
])('the syntax is found with %s', (_name, text, name, line) => {
  expect(detectSyntax(text, 'f')).toEqual({ name, place: { file: 'f', line } });
});

test.each<[string, string]>([
  ['after a comment', '# hello\n# syntax=a'],
  ['after an empty line', '\n# syntax=a'],
  ['after an instruction', 'FROM x\n# syntax=a'],
  ['when indented', ' # syntax=a'],
  ['without a value', '# syntax=\nFROM x'],
  ['in broken JSON', '{ "syntax": "a"'],
])('no syntax is found %s', (_name, text) => expect(detectSyntax(text, 'f')).toBeNull());

it('counts a repeated directive as the end', () => {
  expect(detectSyntax('# escape=`\n# escape=`\n# syntax=a', 'f')).toBeNull();
});
