/**
 * Times every action's bundle from the start of its process to its first line: in a folder that is no repository, so that
 * the first thing it does fails and is said. Reading the bundle, the inputs and the first question to git are in it.
 * Usage: node scripts/bench/action-start.ts
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { markdownTable } from '../../actions/lib/report/text-table.ts';
import { machineFacts } from './machine-facts.ts';
import { spreadOf } from './spread.ts';

const RUNS = 10;
const ACTIONS = path.resolve(import.meta.dirname, '../../actions');

const names = readdirSync(ACTIONS).filter((name) => existsSync(path.join(ACTIONS, name, 'dist/index.js')));
const folder = mkdtempSync(path.join(tmpdir(), 'darkroom-start-'));
try {
  const empty = ['-e', 'console.log(1)'];
  const rows = [['Node alone', ...(await measure(empty))]];
  for (const name of names.sort()) {
    rows.push([name, ...(await measure([path.join(ACTIONS, name, 'dist/index.js')]))]);
  }
  const table = markdownTable(['bundle', 'median ms', 'min ms', 'max ms'], rows);
  process.stdout.write(`${machineFacts()}; ${RUNS} runs.\n\n${table}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measure(argv: readonly string[]): Promise<readonly string[]> {
  const milliseconds: number[] = [];
  // The first run fills the file system's cache.
  for (let run = 0; run <= RUNS; run += 1) {
    const took = await timeFirstLine(argv);
    if (run > 0) milliseconds.push(took);
  }
  const { median, min, max } = spreadOf(milliseconds);
  return [median, min, max].map((one) => one.toFixed(0));
}

async function timeFirstLine(argv: readonly string[]): Promise<number> {
  const env = {
    ...{ PATH: process.env.PATH ?? '', CI: 'true', GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: folder },
    ...{ GITHUB_EVENT_NAME: 'push', GITHUB_REF: 'refs/heads/main', GITHUB_REF_NAME: 'main' },
    ...{ GITHUB_REPOSITORY: 'acme/vision', RUNNER_TEMP: folder, INPUT_MATRIX: 'action-matrix.yml' },
  };
  const started = performance.now();
  const child = spawn(process.execPath, argv, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  const first = await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data'), ended]);
  const took = performance.now() - started;
  await ended;
  if (!(first[0] instanceof Buffer)) throw new Error(`"${argv.join(' ')}" ended without a word.`);
  return took;
}
