import { describe, expect, it, test } from '@jest/globals';
import { applyLine, EMPTY_PROGRESS, outputTail } from '../../../../actions/lib/buildkit/progress.ts';
import { recordedBuild } from './recording.ts';

function logLine(text: string): string {
  return JSON.stringify({
    logs: [{ vertex: 'sha256:a', stream: 1, data: Buffer.from(text).toString('base64') }],
  });
}

function tailAfter(...texts: readonly string[]): readonly string[] {
  const vertex = texts.map(logLine).reduce(applyLine, EMPTY_PROGRESS).vertices.get('sha256:a');
  return vertex === undefined ? [] : outputTail(vertex);
}

describe('applyLine', () => {
  it('follows a recorded build to its end', () => {
    const { vertices, plainTail } = recordedBuild('success');
    const run = [...vertices.values()].find(({ name }) => name.startsWith('[builder 3/4] RUN'));
    expect(run).toMatchObject({ started: true, completed: true, cached: false, error: '' });
    expect(run?.tail).toEqual(['line 1', 'line 2', 'line 3', '20+0 records in', '20+0 records out']);
    expect([...vertices.values()].filter(({ started, completed }) => started && !completed)).toEqual([]);
    expect(plainTail).toEqual([]);
  });

  it('reads a warning of the Dockerfile checks: rule, text, link and line', () => {
    expect(recordedBuild('success').warnings).toEqual([
      {
        rule: 'MaintainerDeprecated',
        text: 'Maintainer instruction is deprecated in favor of using label',
        url: 'https://docs.docker.com/go/dockerfile/rule/maintainer-deprecated/',
        file: 'Dockerfile',
        lines: [7, 7],
      },
    ]);
  });

  it('keeps a warning that is sent again once', () => {
    const warning = JSON.stringify({
      warnings: [{ short: Buffer.from('Rule: text (line 2)').toString('base64') }],
    });
    expect([warning, warning].reduce(applyLine, EMPTY_PROGRESS).warnings).toHaveLength(1);
  });

  test.each([
    ['text', 'ERROR: no builder "x" found'],
    ['a line cut short', '{"vertexes":[{"digest":"sha256:a"'],
  ])('keeps %s as a plain line', (_, line) => {
    expect(applyLine(EMPTY_PROGRESS, line).plainTail).toEqual([line]);
  });

  test.each([
    ['unknown fields', '{"later":1,"vertexes":[{"digest":"sha256:a","name":"n","shiny":{}}]}'],
    [
      'fields of another type',
      '{"vertexes":[{"digest":"sha256:a","name":"n","started":4,"cached":"yes"}],"logs":7}',
    ],
  ])('bears with %s', (_, line) => {
    expect(applyLine(EMPTY_PROGRESS, line).vertices.get('sha256:a')).toMatchObject({
      name: 'n',
      cached: false,
    });
  });

  test.each(['{}', '{"vertexes":[{"name":"without digest"}],"statuses":[null],"logs":[3]}', '', '   '])(
    'learns nothing from %j',
    (line) => {
      expect(applyLine(EMPTY_PROGRESS, line)).toEqual(EMPTY_PROGRESS);
    },
  );

  test.each<[string, readonly string[], readonly string[]]>([
    ['joins pieces of a line', ['one ', 'line\ntwo'], ['one line', 'two']],
    ['shows what carriage returns leave of a line', ['10%\r', '50%\r100%\nnext\r\n'], ['100%', 'next']],
    ['keeps empty lines inside', ['a\n\nb\n'], ['a', '', 'b']],
  ])('%s', (_, texts, tail) => {
    expect(tailAfter(...texts)).toEqual(tail);
  });

  it('keeps the last forty lines of a step, however much it prints', () => {
    const tail = tailAfter(Array.from({ length: 1000 }, (_, line) => `line ${line}\n`).join(''), 'end');
    expect(tail).toHaveLength(41);
    expect(tail.at(0)).toBe('line 960');
    expect(tail.at(-1)).toBe('end');
  });

  it('bounds a line that never ends', () => {
    expect(tailAfter(...Array.from({ length: 100 }, () => 'x'.repeat(1000)))[0]).toHaveLength(4096);
  });
});
