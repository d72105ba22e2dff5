import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** How many other processes of this machine have a text in their command line. */
export function processesWith(text: string): number {
  return findProcesses(text).length;
}

/** Ends them. */
export function endProcessesWith(text: string): void {
  for (const pid of findProcesses(text)) process.kill(pid);
}

/** Returns once something holds. @throws after a minute */
export async function waitUntil(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`waited a minute for ${holds.toString()}`);
    await sleep(100);
  }
}

function findProcesses(text: string): readonly number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  return pids.filter((pid) => commandLine(pid).includes(text)).map(Number);
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
