/** Which process something belongs to that can outlive it. */
import { readlinkSync } from 'node:fs';

const OWNER = /^(?<space>\d+)-(?<pid>\d+)$/;

/** Names this process: `<name space>-<number>`. */
export function ownProcess(): string {
  return `${nameSpace()}-${process.pid}`;
}

/** Whether a named process has ended. One of another container cannot be seen from here, and counts as living. */
export function isGone(owner: string): boolean {
  const { space, pid } = OWNER.exec(owner)?.groups ?? {};
  return space === nameSpace() && !isAlive(Number(pid));
}

/** Number of the name space in which process numbers count: pid_namespaces(7); `0` where there is none. */
function nameSpace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch {
    return '0';
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is somebody else's.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
