import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { runHadolint } from '../../../../actions/lib/hadolint/run-hadolint.ts';
import type { HadolintRun, RunHadolint } from '../../../../actions/lib/hadolint/start-hadolint.ts';

const SETTINGS = { settings: { ignored: ['DL3008'] } };

const report = (file: string, line = 1) => ({
  ...{ file, line, column: 1, level: 'warning', code: 'DL3006', message: 'Tag it' },
});

const itself = (stdout: string, stderr = ''): HadolintRun => ({ stdout, stderr, ended: 'itself' });

/** Answers as hadolint does: nothing at all where one of the files is bad. */
function fake(bad: Readonly<Record<string, HadolintRun>> = {}): {
  run: RunHadolint;
  runs: (readonly string[])[];
  configs: string[];
} {
  const runs: (readonly string[])[] = [];
  const configs: string[] = [];
  const run: RunHadolint = async (args) => {
    const files = args.slice(args.indexOf('--') + 1);
    runs.push(files);
    configs.push(readFileSync(args[args.indexOf('-c') + 1] ?? '', 'utf8'));
    expect(args.slice(2, 4)).toEqual(['-f', 'json']);
    const first = files.find((file) => bad[file] !== undefined);
    return first === undefined
      ? itself(JSON.stringify(files.map((file) => report(file))))
      : (bad[first] as HadolintRun);
  };
  return { run, runs, configs };
}

const names = (count: number) => Array.from({ length: count }, (_, index) => `d${index}/Dockerfile`);

describe('runHadolint', () => {
  it('starts nothing for no files', async () => {
    const { run, runs } = fake();
    await expect(runHadolint({ files: [], config: SETTINGS, run })).resolves.toEqual({
      reports: [],
      problems: [],
    });
    expect(runs).toEqual([]);
  });

  it('names files so that no name is an option or the standard input', async () => {
    const { run, runs, configs } = fake();
    const files = ['-', '--help', 'a b/Dockerfile', '/abs/Dockerfile'];
    const { reports, problems } = await runHadolint({ files, config: SETTINGS, run });
    expect(runs).toEqual([['./-', './--help', './a b/Dockerfile', '/abs/Dockerfile']]);
    expect(reports.map(({ file }) => file)).toEqual(files);
    expect(problems).toEqual([]);
    expect(configs).toEqual(['{"ignored":["DL3008"]}']);
  });

  it('cuts many files into batches of at most 50, and keeps their order', async () => {
    const { run, runs } = fake();
    const files = names(1000);
    const { reports } = await runHadolint({ files: [...files, ...files], config: SETTINGS, run, atOnce: 2 });
    expect(runs.map(({ length }) => length)).toEqual(Array(20).fill(50));
    expect(reports.map(({ file }) => file)).toEqual(files);
  });

  it('uses as many processes as it may, but not for a few files each', async () => {
    const { run, runs } = fake();
    await runHadolint({ files: names(100), config: SETTINGS, run, atOnce: 4 });
    await runHadolint({ files: names(12), config: SETTINGS, run, atOnce: 4 });
    expect(runs.map(({ length }) => length)).toEqual([25, 25, 25, 25, 10, 2]);
  });

  it('runs the files of a batch that came to nothing one by one', async () => {
    const gone = itself(
      '',
      'hadolint: ./d3/Dockerfile: withBinaryFile: does not exist (No such file or directory)\nHasCallStack …',
    );
    const { run, runs } = fake({ './d3/Dockerfile': gone });
    const { reports, problems } = await runHadolint({ files: names(8), config: SETTINGS, run });
    expect(runs).toHaveLength(9);
    expect(reports.map(({ file }) => file)).toEqual(names(8).filter((file) => file !== 'd3/Dockerfile'));
    expect(problems).toEqual([
      {
        code: 'hadolint/not-checked',
        place: { file: 'd3/Dockerfile' },
        message:
          'hadolint could not check "d3/Dockerfile": it said "does not exist (No such file or directory)".',
      },
    ]);
  });

  it.each<[string, HadolintRun, string]>([
    ['too slow', { stdout: '[', stderr: '', ended: 'time' }, 'it took too long'],
    ['too loud', { stdout: '[', stderr: '', ended: 'output' }, 'it printed too much'],
    ['killed', { stdout: '[]', stderr: '', ended: 'signal' }, 'it was ended by a signal'],
    ['silent', itself(''), 'it said nothing'],
    ['no JSON', itself('Dockerfile:1 DL3006 Tag it\n'), 'it said "Dockerfile:1 DL3006 Tag it"'],
    ['other JSON', itself('{"a":1}'), 'it said "{\\"a\\":1}"'],
    ['no report', itself('[{"file":"x","line":"1"}]'), 'it said "[{'],
    [
      'an unknown level',
      itself(JSON.stringify([{ ...report('./d0/Dockerfile'), level: 'fatal' }])),
      'it said "[{',
    ],
  ])('is not silent about a file on which hadolint is %s', async (_, end, reason) => {
    const { run } = fake({ './d0/Dockerfile': end });
    const { reports, problems } = await runHadolint({ files: names(3), config: SETTINGS, run });
    expect(reports.map(({ file }) => file)).toEqual(['d1/Dockerfile', 'd2/Dockerfile']);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toContain(`"d0/Dockerfile": ${reason}`);
  });

  it('finds out alone whose reports come back under another name', async () => {
    const run: RunHadolint = async (args) =>
      itself(JSON.stringify(args.slice(5).map(() => report('./b\ufffd'))));
    const { reports, problems } = await runHadolint({ files: ['a', 'b\u{1f600}'], config: SETTINGS, run });
    expect(reports.map(({ file }) => file)).toEqual(['a', 'b\u{1f600}']);
    expect(problems).toEqual([]);
  });

  it('ends when hadolint cannot be started at all', async () => {
    const run: RunHadolint = async () => {
      throw new Error('no such program');
    };
    await expect(runHadolint({ files: names(3), config: SETTINGS, run })).rejects.toThrow('no such program');
  });
});
