/** Runs hadolint over many Dockerfiles; one that it cannot bear does not take the others with it. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import pLimit from 'p-limit';
import type { Problem } from '../errors/darkroom-error.ts';
import { type HadolintReport, readHadolintReports } from '../lint/hadolint-report.ts';
import { quote } from '../matrix/quote.ts';
import { makeTemporaryFolder } from '../process/temporary-folder.ts';
import type { HadolintConfig } from './read-hadolint-config.ts';
import type { HadolintRun, RunHadolint } from './start-hadolint.ts';

/** What is run. */
export interface HadolintRequest {
  /** Relative to the root of the project, with `/`. */
  readonly files: readonly string[];
  readonly config: Pick<HadolintConfig, 'settings'>;
  readonly run: RunHadolint;
  /** Processes at a time. */
  readonly atOnce?: number;
}

/** What hadolint says of the files, and which it says nothing of. */
export interface HadolintAnswer {
  /** In the order of the files. */
  readonly reports: readonly HadolintReport[];
  /** One for every file that it could not check: `hadolint/not-checked`. */
  readonly problems: readonly Problem[];
}

/** More do not start faster, one failure costs more, and the last batch runs alone for longer. */
const LARGEST_BATCH = 50;
/** Fewer are not worth a process of their own. */
const SMALLEST_BATCH = 10;
const AT_ONCE = 4;

/** Checks files in batches, and one by one those of a batch that came to nothing. */
export async function runHadolint(request: HadolintRequest): Promise<HadolintAnswer> {
  const { config, run, atOnce = AT_ONCE } = request;
  const files = [...new Set(request.files)];
  if (files.length === 0) return { reports: [], problems: [] };
  const folder = makeTemporaryFolder();
  try {
    // Ours, not the one that was found: a format in it would be printed too. JSON is YAML.
    const configFile = path.join(folder.path, 'hadolint.yaml');
    await writeFile(configFile, JSON.stringify(config.settings));
    const limit = pLimit(atOnce);
    const check = (batch: readonly string[]) => limit(() => checkBatch(batch, configFile, run));
    const size = Math.ceil(files.length / atOnce);
    const batches = cut(files, Math.min(LARGEST_BATCH, Math.max(SMALLEST_BATCH, size)));
    const answers = await Promise.all(
      batches.map(async (batch) => {
        const together = await check(batch);
        if (batch.length === 1 || together.problems.length === 0) return [together];
        return Promise.all(batch.map((file) => check([file])));
      }),
    );
    return {
      reports: answers.flat().flatMap(({ reports }) => reports),
      problems: answers.flat().flatMap(({ problems }) => problems),
    };
  } finally {
    await folder.remove();
  }
}

function cut(files: readonly string[], size: number): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(files.length / size) }, (_, index) =>
    files.slice(index * size, (index + 1) * size),
  );
}

async function checkBatch(
  files: readonly string[],
  configFile: string,
  run: RunHadolint,
): Promise<HadolintAnswer> {
  // "-" alone would be the standard input.
  const names = new Map(files.map((file) => [path.isAbsolute(file) ? file : `./${file}`, file]));
  const end = await run(['-c', configFile, '-f', 'json', '--', ...names.keys()]);
  const reports = end.ended === 'itself' ? readHadolintReports(end.stdout) : null;
  if (reports === null) return { reports: [], problems: files.map((file) => notChecked(file, end)) };
  const [only] = files.length === 1 ? files : [];
  const renamed = reports.map((report) => ({ ...report, file: only ?? names.get(report.file) ?? '' }));
  // A name that is no text comes back as another: alone it is clear whose reports they are.
  if (renamed.some(({ file }) => file === ''))
    return { reports: [], problems: files.map((file) => notChecked(file, end)) };
  const order = new Map(files.map((file, index) => [file, index]));
  return {
    reports: renamed.toSorted(
      (a, b) => (order.get(a.file) ?? 0) - (order.get(b.file) ?? 0) || a.line - b.line,
    ),
    problems: [],
  };
}

function notChecked(file: string, end: HadolintRun): Problem {
  return {
    code: 'hadolint/not-checked',
    place: { file },
    message: `hadolint could not check ${quote(file)}: ${reasonOf(end, file)}.`,
  };
}

function reasonOf({ ended, stdout, stderr }: HadolintRun, file: string): string {
  if (ended === 'time') return 'it took too long';
  if (ended === 'output') return 'it printed too much';
  if (ended === 'signal') return 'it was ended by a signal';
  // `hadolint: ./Dockerfile: withBinaryFile: does not exist`; what follows in other lines is where in hadolint it happened.
  const [said = ''] = stderr.split('\n');
  const reason = said
    .replace('hadolint: ', '')
    .replace(`./${file}: `, '')
    .replace('withBinaryFile: ', '')
    .trim();
  if (reason !== '') return `it said ${quote(reason)}`;
  return stdout === '' ? 'it said nothing' : `it said ${quote(stdout.trim())}`;
}
