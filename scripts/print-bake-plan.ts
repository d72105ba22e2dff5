/** Prints a plan as a Bake file: looks up what a plan does not say of images that are there. */
import { type BakePlan, bakePlan } from '../actions/lib/bake/bake-plan.ts';
import { cacheReferences } from '../actions/lib/build/cache-references.ts';
import { SOURCE_DATE_EPOCH } from '../actions/lib/build/export-node.ts';
import { sourceUrl } from '../actions/lib/build/source-url.ts';
import type { PlannedWork } from '../actions/lib/plan/make-plan.ts';
import { resolvePlatformDigest } from '../actions/lib/registry/platform-manifest.ts';
import type { RegistryClient } from '../actions/lib/registry/registry.ts';
import type { Workspace } from '../actions/lib/workspace/open-workspace.ts';

/** Where images would lie in a registry on loopback that was never started. */
const NOWHERE = /^localhost\//;

/** Returns the text of the file. */
export async function printBakePlan(
  { source, event, defaultBranch, workflow }: Workspace,
  work: PlannedWork,
  client: RegistryClient | null,
  say: (line: string) => void,
): Promise<string> {
  const { home, target } = work.plan;
  const isNowhere = NOWHERE.test(target);
  const caches = cacheReferences({
    ...{ home, target, branch: event.branch, defaultBranch },
    inWorkflow: workflow !== null,
  });
  const { document, notes }: BakePlan = bakePlan(work, {
    parents: await platformManifests(work, client),
    cache: isNowhere ? () => ({ from: [], to: null }) : caches,
    sourceUrl: sourceUrl(source.identity.origin),
    sourceDateEpoch: SOURCE_DATE_EPOCH,
  });
  for (const note of notes) say(note);
  if (isNowhere) {
    say(
      'This machine has no registry yet, so nothing can be pushed: build something with Darkroom once, or name one with --registry and --push.',
    );
  }
  if (Object.keys(document.target).length === 0) say('Nothing is to be built.');
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** Of every image that is there: children are bound to the manifest of their platform, not to the index at the key. */
async function platformManifests(
  { found, graph }: PlannedWork,
  client: RegistryClient | null,
): Promise<ReadonlyMap<string, string>> {
  if (client === null) return new Map();
  const refs = graph.nodes.map(async ({ id, platform }) => {
    const there = found.get(id);
    if (there === undefined) return [];
    const { registry, repository } = there.repository;
    const digest = await resolvePlatformDigest(
      client,
      { ...there.repository, digest: there.digest },
      platform,
    );
    return digest === null ? [] : [[id, `${registry}/${repository}@${digest}`] as const];
  });
  return new Map((await Promise.all(refs)).flat());
}
