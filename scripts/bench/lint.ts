/**
 * Lint on the Dockerfiles of repositories that lie on this machine: how many files a second beside hadolint alone, and how
 * often each of the two speaks.
 * Usage: node scripts/bench/lint.ts HADOLINT FOLDER… (HADOLINT is the program; every folder is a repository)
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { findDockerfiles } from '../../actions/lib/lint/find-dockerfiles.ts';
import { markdownTable } from '../../actions/lib/report/text-table.ts';
import { say } from '../say.ts';
import { machineFacts } from './machine-facts.ts';
import { spreadOf } from './spread.ts';

const FILES = 1000;
const ROUNDS = 3;
/** Paths in one call, as the command does. */
const BATCH = 200;
const DARKROOM = path.resolve(import.meta.dirname, '../darkroom');

interface Found {
  readonly file: string;
  readonly rule: string;
  readonly severity: string;
}

const [hadolint, ...folders] = process.argv.slice(2);
if (hadolint === undefined || folders.length === 0) throw new Error('usage: lint.ts HADOLINT FOLDER…');
const repositories = folders.map((folder) => {
  const files = (readdirSync(folder, { recursive: true, encoding: 'utf8' }) as string[])
    .filter((file) => !file.split(path.sep).includes('.git'))
    .sort();
  return { folder, dockerfiles: findDockerfiles(files) };
});
process.stdout.write(`${machineFacts()}\n\n${await speeds()}\n\n${await counts()}\n`);

/** The same thousand files for both, in turn; a comment makes each another file. */
async function speeds(): Promise<string> {
  const made = mkdtempSync(path.join(tmpdir(), 'darkroom-lint-'));
  try {
    const texts = repositories.flatMap(({ folder, dockerfiles }) =>
      dockerfiles.map((file) => readFileSync(path.join(folder, file), 'utf8')),
    );
    const files = Array.from({ length: FILES }, (_, number) => {
      mkdirSync(path.join(made, String(number)));
      const file = path.join(String(number), 'Dockerfile');
      writeFileSync(path.join(made, file), `${texts[number % texts.length] ?? ''}\n# ${number}\n`);
      return file;
    });
    const seconds: { readonly alone: number[]; readonly both: number[] } = { alone: [], both: [] };
    for (let round = 0; round < ROUNDS; round++) {
      seconds.alone.push(await timed(() => runHadolint(made, files)));
      seconds.both.push(await timed(() => runLint(made)));
      say(`round ${round + 1}: ${seconds.alone.at(-1)?.toFixed(1)} s, ${seconds.both.at(-1)?.toFixed(1)} s`);
    }
    const rows = Object.entries({ 'hadolint alone': seconds.alone, 'darkroom lint, both': seconds.both }).map(
      ([name, values]) => {
        const { min, median, max } = spreadOf(values);
        const shown = [min, median, max].map((one) => one.toFixed(1)).join(' / ');
        return [name, shown, (FILES / median).toFixed(0)];
      },
    );
    return markdownTable([`${FILES} files`, 'seconds, min / median / max', 'files a second'], rows);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}

async function counts(): Promise<string> {
  const rows: string[][] = [];
  const byRule = new Map<string, number>();
  for (const { folder, dockerfiles } of repositories) {
    const theirs = JSON.parse(await runHadolint(folder, dockerfiles)) as { readonly level: string }[];
    const ours = (await runLint(folder)).filter(({ rule }) => !/^(?:DL|SC)\d/.test(rule));
    for (const { rule, severity } of ours) {
      const name = `${severity} ${rule}`;
      byRule.set(name, (byRule.get(name) ?? 0) + 1);
    }
    const each = (count: number) => (count / Math.max(1, dockerfiles.length)).toFixed(2);
    const loud = (list: readonly { readonly severity: string }[]) =>
      each(list.filter(({ severity }) => severity === 'error' || severity === 'warning').length);
    const level = theirs.map((one) => ({ severity: one.level }));
    rows.push([
      path.basename(folder),
      ...[String(dockerfiles.length), each(theirs.length), loud(level), each(ours.length), loud(ours)],
    ]);
  }
  const heads = [
    'repository',
    'files',
    'hadolint / file',
    'of them loud',
    'own rules / file',
    'of them loud',
  ];
  const rules = [...byRule].sort((a, b) => b[1] - a[1]).map(([rule, count]) => [rule, String(count)]);
  return `${markdownTable(heads, rows)}\n\n${markdownTable(['own rule', 'findings'], rules)}`;
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return (performance.now() - start) / 1000;
}

/** hadolint with its defaults: no configuration of a person or repository. */
async function runHadolint(cwd: string, files: readonly string[]): Promise<string> {
  const reports: unknown[] = [];
  for (let at = 0; at < files.length; at += BATCH) {
    const paths = files.slice(at, at + BATCH).map((file) => `./${file}`);
    const args = ['--no-fail', '-c', '/dev/null', '-f', 'json', '--', ...paths];
    const { stdout } = await execa(hadolint as string, args, { cwd, reject: false });
    reports.push(...(JSON.parse(stdout === '' ? '[]' : stdout) as unknown[]));
  }
  return JSON.stringify(reports);
}

async function runLint(cwd: string): Promise<readonly Found[]> {
  const args = ['lint', '-C', cwd, '--json', '--fail-on', 'none', '--hadolint', hadolint as string];
  const { stdout } = await execa(DARKROOM, args, { maxBuffer: 1e9 });
  return JSON.parse(stdout) as Found[];
}
