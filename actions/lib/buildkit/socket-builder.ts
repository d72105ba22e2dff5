import { createHash } from 'node:crypto';
import { execa } from 'execa';
import { DarkroomError } from '../errors/darkroom-error.ts';
import { sanitiseLine } from '../report/sanitise-line.ts';

/**
 * Names a Buildx builder that uses the BuildKit inside a Docker Engine and can push by digest; made when it is not there yet.
 *
 * Buildx refuses to push by digest through its `docker` driver. Docker Engine 29 and newer serve BuildKit's own protocol
 * on their socket, so a `remote` builder pointed at it is the same BuildKit, with the same cache, without that limit.
 *
 * @param env added to the process's own
 * @param address the engine's socket, `unix:///var/run/docker.sock`
 * @throws DarkroomError `build/no-builder`
 */
export async function ensureSocketBuilder(
  buildx: readonly string[],
  env: Readonly<Record<string, string>>,
  address: string,
): Promise<string> {
  const name = `darkroom-${createHash('sha256').update(address).digest('hex').slice(0, 12)}`;
  const [command = 'buildx', ...first] = buildx;
  const run = (...argv: string[]) => execa(command, [...first, ...argv], { env, reject: false });
  if ((await run('inspect', name)).exitCode === 0) return name;
  const created = await run('create', '--name', name, '--driver', 'remote', address);
  // Another process may have made it in between.
  if (created.exitCode === 0 || created.stderr.includes('existing instance')) return name;
  if (created.stderr.includes('no space left on device')) {
    throw Object.assign(new Error(sanitiseLine(created.stderr.trim())), { code: 'ENOSPC' });
  }
  throw new DarkroomError({
    code: 'build/no-builder',
    message: `no builder could be made at "${address}": ${sanitiseLine(created.stderr.trim().split('\n').at(-1) ?? '')}`,
    hint: 'Docker Engine 29 or newer and Buildx are needed for it; `docker version` shows what is there.',
  });
}
