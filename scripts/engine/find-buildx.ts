/** Finds Buildx for what needs no daemon: reading Bake and Compose files. */
import { join } from 'node:path';
import { execa } from 'execa';
import { buildEngine, findBinaries } from './build-engine.ts';
import type { Folders } from './folders.ts';
import { preflight } from './preflight.ts';

/**
 * Returns the program: ours where it was built before, else that of the user's Docker, running or not, else ours, built now.
 * @throws DarkroomError `engine/…` where there is none and it cannot be built
 */
export async function findBuildx(
  { cache, state }: Folders,
  onLine: (line: string) => void,
): Promise<readonly string[]> {
  const { folder, missing } = await findBinaries(cache, ['docker-buildx']);
  if (missing.length === 0) return [join(folder, 'docker-buildx')];
  const plugin = await usersPlugin();
  if (plugin !== null) return [plugin];
  const needs = { go: true, runc: false, engine: false, debian: false };
  await preflight(needs, { state, dockerRefusal: 'there is no Docker with Buildx', onLine });
  return [join(await buildEngine(cache, ['docker-buildx'], onLine), 'docker-buildx')];
}

async function usersPlugin(): Promise<string | null> {
  const asked = await execa('docker', ['info', '--format', '{{json .ClientInfo.Plugins}}'], {
    ...{ reject: false, timeout: 10_000 },
  });
  const plugins: unknown = asked.stdout.startsWith('[') ? JSON.parse(asked.stdout) : [];
  if (!Array.isArray(plugins)) return null;
  const plugin = plugins.find((one: { Name?: unknown; Path?: unknown }) => one.Name === 'buildx');
  return typeof plugin?.Path === 'string' ? plugin.Path : null;
}
