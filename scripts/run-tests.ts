/** Runs style, types and tests, and says in one last line how many passed, failed and were skipped. */
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { ensureEngine, ensureRegistry, stopEngine } from './engine/engine.ts';
import { findFolders } from './engine/folders.ts';
import { say } from './say.ts';
import { prepareWorkflowTools } from './workflow-tools.ts';

const root = path.resolve(import.meta.dirname, '..');
const modules = path.join(root, 'node_modules');

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

const patterns = process.argv.slice(2);
const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
if (patterns.length === 0) {
  await check('style', [
    path.join(modules, '@biomejs/biome/bin/biome'),
    'check',
    '--error-on-warnings',
    root,
  ]);
  await check('types', [path.join(modules, 'typescript/bin/tsc'), '--project', root]);
}
await removeLeftovers();
await prepareEngine();
await prepareWorkflowTools(say);
await runJest();
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1;

async function check(name: string, command: readonly string[]): Promise<void> {
  const { exitCode } = await execa(process.execPath, command, { cwd: root, stdio: 'inherit', reject: false });
  counts[exitCode === 0 ? 'passed' : 'failed'] += 1;
  if (exitCode !== 0) process.stderr.write(`${name}: failed\n`);
}

/** What a run that was killed together with its helper left behind is gigabytes, and the next one would find the disk full. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const run = /^darkroom-test-(\d+)$/.exec(name)?.[1];
    if (run === undefined || existsSync(`/proc/${run}`)) continue;
    const state = path.join(tmpdir(), name, 'darkroom');
    say(`removing "${path.dirname(state)}", which a run that was killed left behind`);
    await execa(process.execPath, [path.join(root, 'test/support/end-test-engine.ts'), run, state], {
      reject: false,
    });
  }
}

/** Builds the engine's programs, if there is no usable Docker and they are not built yet: tests have no time for that. */
async function prepareEngine(): Promise<void> {
  const state = await mkdtemp(path.join(tmpdir(), 'darkroom-prepare-'));
  const folders = { ...findFolders(), state };
  try {
    await ensureEngine(say, folders);
    await ensureRegistry(say, folders);
  } finally {
    await stopEngine(folders);
    await rm(state, { recursive: true, force: true });
  }
}

async function runJest(): Promise<void> {
  const dir = await mkdtemp(path.join(tmpdir(), 'darkroom-tests-'));
  const report = path.join(dir, 'report.json');
  const args = ['--config', 'test/jest.config.mjs', '--json', '--outputFile', report, ...patterns];
  const jest = execa(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      path.join(modules, 'jest/bin/jest.js'),
      ...args,
    ],
    // The report is read from the file; on stdout it would drown what a person reads.
    { cwd: root, stdin: 'ignore', stdout: 'ignore', stderr: 'inherit', reject: false },
  );
  const { exitCode } = await jest;
  await waitForEngineToEnd(jest.pid);
  try {
    const result = JSON.parse(await readFile(report, 'utf8')) as Record<string, number>;
    counts.passed += result.numPassedTests ?? 0;
    // A suite that cannot even be loaded has no tests to fail.
    counts.failed += (result.numFailedTests ?? 0) + (result.numRuntimeErrorTestSuites ?? 0);
    counts.skipped += (result.numPendingTests ?? 0) + (result.numTodoTests ?? 0);
    if (exitCode !== 0 && counts.failed === 0) counts.failed += 1;
  } catch {
    counts.failed += 1;
  }
  await rm(dir, { recursive: true, force: true });
}

/** The engine the tests shared ends by itself when they are over; nothing may be left running behind the last line. */
async function waitForEngineToEnd(run: number | undefined): Promise<void> {
  const folder = path.join(tmpdir(), `darkroom-test-${run}`);
  for (let tries = 0; existsSync(folder); tries += 1) {
    if (tries === 720) {
      counts.failed += 1;
      process.stderr.write(`The engine of the tests still runs in "${folder}".\n`);
      return;
    }
    await sleep(250);
  }
}
