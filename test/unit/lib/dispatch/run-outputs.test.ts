import { describe, expect, it } from '@jest/globals';
import { strToU8, zipSync } from 'fflate';
import { failingLines } from '../../../../actions/lib/dispatch/log-tail.ts';
import { readRunOutputs } from '../../../../actions/lib/dispatch/run-outputs.ts';

const zipped = (text: string, name = 'outputs.json') =>
  zipSync({ [name]: strToU8(text), 'other.txt': strToU8('x') });

describe('outputs of a run', () => {
  it('are flat values of three types', () => {
    // A name that a problem has too.
    const text = '{"a": "x", "b-c": -1.5, "_d": false, "code": 5}';
    const outputs = { a: 'x', 'b-c': -1.5, _d: false, code: 5 };
    expect(readRunOutputs(zipped(text))).toEqual({ outputs, problems: [] });
  });

  it.each([
    ['nothing in the zip', zipped('{}', 'output.json'), 'holds no "outputs.json"'],
    ['a file in a folder', zipped('{}', '../outputs.json'), 'holds no "outputs.json"'],
    ['no zip', strToU8('PK but no'), 'holds no "outputs.json"'],
    ['half a zip', zipped('{"a": 1}').subarray(0, 60), 'holds no "outputs.json"'],
    ['a file that unpacks to much', zipped(' '.repeat(300_000)), 'holds no "outputs.json"'],
    ['no UTF-8', zipSync({ 'outputs.json': new Uint8Array([123, 0xff, 125]) }), 'holds no "outputs.json"'],
    ['no JSON', zipped('{a: 1}'), 'is no JSON'],
    ['a list', zipped('[1]'), 'no object'],
    ['null', zipped('null'), 'no object'],
    ['a nested value', zipped('{"a": {"b": 1}}'), 'gives "a"'],
    ['null as a value', zipped('{"a": null}'), 'gives "a"'],
    ['a name with a line break', zipped('{"a\\nb": 1}'), 'names a value "a\\nb"'],
    [
      'too many values',
      zipped(JSON.stringify(Object.fromEntries(Array.from({ length: 201 }, (_, n) => [`a${n}`, n])))),
      '201 values',
    ],
  ])('are refused: %s', (_, zip, text) => {
    expect(readRunOutputs(zip)).toMatchObject({
      outputs: {},
      problems: [{ code: 'dispatch/bad-outputs', message: expect.stringContaining(text) }],
    });
  });

  it('do not unpack more than the zip says', () => {
    const zip = zipped(' '.repeat(200_000));
    const view = new DataView(zip.buffer, zip.byteOffset);
    // The size in the directory at its end, which is what is believed.
    const at = zip.findIndex(
      (_, index) => index + 4 <= zip.length && view.getUint32(index, true) === 0x02014b50,
    );
    view.setUint32(at + 24, 10, true);
    expect(readRunOutputs(zip)).toMatchObject({ outputs: {}, problems: [{ code: 'dispatch/bad-outputs' }] });
  });
});

describe('the end of a log', () => {
  it('without an error is its last lines', () => {
    expect(failingLines('﻿2026-11-02T08:00:01.1Z a\r\n2026-11-02T08:00:01.1Z ##[endgroup]\n\nb\n')).toEqual([
      'a',
      'b',
    ]);
  });

  it('with an error ends there, and shows commands as they are', () => {
    expect(failingLines('##[group]x\n##[command]make\n##[error]one\nlater\n##[error]two\nclean up')).toEqual([
      ...['make', 'error: one', 'later', 'error: two'],
    ]);
  });
});
