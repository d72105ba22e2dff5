/** Owns processes that outlive the command: starting, recognising and ending them. */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process that is started once and found again by later commands. */
export interface BackgroundProcess {
  readonly command: string;
  readonly args: readonly string[];
  /** What one of `args` begins with; it tells the process from a stranger with the same number. */
  readonly mark: string;
  readonly env: Readonly<Record<string, string>>;
  readonly pidFile: string;
  readonly logFile: string;
}

/** Starts the process in a session of its own, its output in the log file. @throws when it cannot be started */
export async function startInBackground(process_: BackgroundProcess): Promise<number> {
  await mkdir(dirname(process_.logFile), { recursive: true });
  const log = openSync(process_.logFile, 'a', 0o600);
  try {
    const child = spawn(process_.command, process_.args, {
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, ...process_.env },
      cwd: '/',
    });
    const pid = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('spawn', () => resolve(child.pid ?? 0));
    });
    child.unref();
    writeFileSync(process_.pidFile, `${pid}\n`);
    return pid;
  } finally {
    closeSync(log);
  }
}

/**
 * Returns the number of the running process, if it is the one that was started: a number that was given to
 * another program since (a reboot, a crash) counts as not running.
 */
export function findRunning(process_: Pick<BackgroundProcess, 'pidFile' | 'mark'>): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(process_.pidFile, 'utf8'), 10);
    if (!(pid > 1)) return undefined;
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`\0${process_.mark}`) ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** Returns every process of one of the given programs with an argument that begins with `mark`. */
export async function findMarked(mark: string, programs: readonly string[]): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => ((await isMarked(pid, mark, programs)) ? pid : undefined)),
  );
  return found.filter((pid) => pid !== undefined);
}

/** Ends processes politely, then by force after `patienceMs`; returns when they are gone. */
export async function endProcesses(pids: readonly number[], patienceMs: number): Promise<void> {
  let left = pids.filter((pid) => signal(pid, 'SIGTERM'));
  const deadline = Date.now() + patienceMs;
  while (left.length > 0 && Date.now() < deadline) {
    await sleep(50);
    left = left.filter(isAlive);
  }
  for (const pid of left) signal(pid, 'SIGKILL');
  for (let tries = 0; left.length > 0 && tries < 100; tries += 1) {
    await sleep(20);
    left = left.filter(isAlive);
  }
}

/** Ends the process if it runs and forgets it. Returns whether it ran. */
export async function endBackgroundProcess(
  process_: Pick<BackgroundProcess, 'pidFile' | 'mark'>,
  patienceMs: number,
): Promise<boolean> {
  const pid = findRunning(process_);
  if (pid !== undefined) await endProcesses([pid], patienceMs);
  await rm(process_.pidFile, { force: true });
  return pid !== undefined;
}

/** Returns the last lines of a log file, for an error text. */
export async function lastLines(file: string, count: number): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-count).join('\n');
}

async function isMarked(pid: number, mark: string, programs: readonly string[]): Promise<boolean> {
  try {
    const program = basename((await readlink(`/proc/${pid}/exe`)).replace(/ \(deleted\)$/, ''));
    return (
      programs.includes(program) && (await readFile(`/proc/${pid}/cmdline`, 'utf8')).includes(`\0${mark}`)
    );
  } catch {
    return false;
  }
}

function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

/** A zombie still has a number but runs no more; a parent that never asks would keep us waiting. */
function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
