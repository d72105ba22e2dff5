import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Engine } from '../../actions/lib/docker/engine.ts';
import type { RegistryAddress } from '../../actions/lib/docker/registry-process.ts';
import { ensureEngine, ensureRegistry } from '../../scripts/engine/engine.ts';
import { type Folders, findFolders } from '../../scripts/engine/folders.ts';

/** An engine and a registry of the tests' own. */
export interface TestEngine {
  readonly engine: Engine;
  readonly registry: RegistryAddress;
  /** The state is of this Jest run alone, the programs are shared with the developer's own engine. */
  readonly folders: Folders;
}

/**
 * Starts an engine that all test files of one Jest run share, or returns it. A process outside Jest ends it and deletes
 * what it made when the run is over, however it ended.
 */
export async function startTestEngine(): Promise<TestEngine> {
  // A worker is a child of the run; with --runInBand there is none.
  const run = process.send === undefined ? process.pid : process.ppid;
  const state = path.join(tmpdir(), `darkroom-test-${run}`, 'darkroom');
  // Whoever makes the folder starts the process that removes it.
  if (mkdirSync(state, { recursive: true }) !== undefined) {
    const reaper = path.join(import.meta.dirname, 'end-test-engine.ts');
    spawn(process.execPath, [reaper, String(run), state], { detached: true, stdio: 'ignore' }).unref();
  }
  const folders = { ...findFolders(), state };
  const quiet = (): void => {};
  return {
    engine: await ensureEngine(quiet, folders),
    registry: await ensureRegistry(quiet, folders),
    folders,
  };
}
