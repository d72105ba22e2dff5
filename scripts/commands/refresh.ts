import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { formatProblem } from '../../actions/lib/errors/darkroom-error.ts';
import { applyMoves } from '../../actions/lib/refresh/apply-moves.ts';
import { parseSightings, printSightings, type SightingStore } from '../../actions/lib/refresh/sightings.ts';
import { parseSoak } from '../../actions/lib/refresh/soak.ts';
import { refreshJson, refreshText } from '../../actions/lib/report/render-refresh.ts';
import { type GlobalOptions, writeLock } from '../../actions/lib/workspace/open-workspace.ts';
import { upstreamResolvers } from '../../actions/lib/workspace/plan-workspace.ts';
import { refreshWorkspace } from '../../actions/lib/workspace/refresh-workspace.ts';
import { replaceFile } from '../../actions/lib/workspace/replace-file.ts';
import { findFolders } from '../engine/folders.ts';
import { inWorkspace } from '../in-workspace.ts';
import { machineRegistry } from '../machine-registry.ts';
import { say } from '../say.ts';

/** Options of `refresh`. */
export interface RefreshCommandOptions {
  readonly soak: string;
  readonly dryRun?: true;
}

/** `darkroom refresh`: moves the pins of the lock to what has stood long enough. */
export async function refresh(options: GlobalOptions, own: RefreshCommandOptions): Promise<void> {
  const soakMs = parseSoak(own.soak);
  await inWorkspace(options, async (workspace, now) => {
    const { client } = machineRegistry(workspace.home);
    const sightings = sightingsHere(workspace.lockFile.path);
    const found = await refreshWorkspace(workspace, {
      ...{ client, resolvers: upstreamResolvers(client, workspace.source.root) },
      ...{ soakMs, now, sightings, proposed: [], declined: new Set() },
    });
    if (own.dryRun === undefined) {
      await sightings.write(found.sightings);
      const { lock } = applyMoves(workspace.lockFile.lock, [...found.moves, ...found.dropped]);
      if (found.moves.length > 0) await writeLock(workspace, lock);
    }
    process.stdout.write(
      options.json ? `${JSON.stringify({ version: 1, ...refreshJson(found) })}\n` : `${refreshText(found)}\n`,
    );
    for (const { reason } of found.unresolved) say(formatProblem(reason));
    if (found.unresolved.length > 0) process.exitCode = 1;
  });
}

/** On this machine, for one lock. */
function sightingsHere(lock: string): SightingStore {
  const name = `${createHash('sha256').update(lock).digest('hex').slice(0, 16)}.json`;
  const file = path.join(findFolders().state, 'refresh', name);
  const read = (): Promise<string | null> => readFile(file, 'utf8').catch(() => null);
  return {
    read: async () => parseSightings(await read()),
    async write(sightings) {
      const [before, text] = [await read(), printSightings(sightings)];
      if (text === (before ?? printSightings({}))) return;
      await mkdir(path.dirname(file), { recursive: true });
      await replaceFile(file, text, file);
    },
  };
}
