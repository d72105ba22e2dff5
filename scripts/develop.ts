/** Builds what a plan says is missing: engine, made upstreams, images in order. Shared by `build`, `rebuild` and `run`. */

import { buildNodes, type Developed, nodesToBuild } from '../actions/lib/build/build-nodes.ts';
import { withLogins } from '../actions/lib/docker/with-logins.ts';
import { formatProblem } from '../actions/lib/errors/darkroom-error.ts';
import { parseImageReference } from '../actions/lib/image/image-reference.ts';
import type { PlannedWork } from '../actions/lib/plan/make-plan.ts';
import { pulledRegistries } from '../actions/lib/plan/pulled-registries.ts';
import { nodeUpstreams, upstreamId } from '../actions/lib/plan/wanted-upstreams.ts';
import { sweepTemporaryFolders } from '../actions/lib/process/temporary-folder.ts';
import type { RegistryClient } from '../actions/lib/registry/registry.ts';
import { isOnLoopback, type Workspace } from '../actions/lib/workspace/open-workspace.ts';
import { planWorkspace } from '../actions/lib/workspace/plan-workspace.ts';
import { ensureEngine, ensureRegistry } from './engine/engine.ts';
import { existingRegistry } from './engine/existing-registry.ts';
import { findFolders } from './engine/folders.ts';
import { machineRegistry } from './machine-registry.ts';
import { forgetUpstreams, madeHere, makeUpstreams } from './made-upstreams.ts';

/** What was learned on the way that the plan has to know. */
interface Learned {
  readonly unreachable?: ReadonlySet<string>;
  readonly unmakeable?: ReadonlySet<string>;
}

/** Plans, and builds every image the plan says is to be built. Starts no engine when nothing is. */
export async function develop(
  workspace: Workspace,
  images: readonly string[] | null,
  say: (line: string) => void,
): Promise<Developed> {
  const { client, credentials } = machineRegistry(workspace.home);
  const onLoopback = isOnLoopback(workspace);
  let localRegistry = await machinesRegistry(workspace, say);
  const replan = ({ unmakeable, ...known }: Learned = {}) =>
    planWorkspace(workspace, {
      ...{ client, localRegistry, images, say, ...known },
      made: madeHere(workspace, localRegistry, unmakeable),
    });
  // Also where nothing is to be built: a run that was killed while it wrote its cache left its folders.
  await sweepTemporaryFolders();
  let work = await replan();
  for (const problem of work.warnings) say(formatProblem(problem));
  if (nodesToBuild(work).length === 0) {
    return { work, client, outcomes: new Map(), interrupted: false };
  }
  if (onLoopback) {
    const unreachable = await findUnreachable(client, work, say);
    const hasVanished = await forgetVanished(client, work);
    if (hasVanished || unreachable.size > 0) work = await replan({ unreachable });
    const unmade = upstreamsToMake(work);
    if (unmade.length > 0) {
      const unmakeable = await makeUpstreams(unmade, say);
      localRegistry = await existingRegistry(say);
      work = await replan({ unreachable, unmakeable });
    }
  }
  if (nodesToBuild(work).length === 0) return { work, client, outcomes: new Map(), interrupted: false };
  const engine = await ensureEngine(say);
  const lent = { credentials, planned: work, environment: process.env, mask: () => undefined };
  return withLogins(lent, engine, (engine) =>
    buildNodes(workspace, work, nodesToBuild(work), { client, engine, folders: findFolders() }),
  );
}

/** The registry this machine runs: where its images go, and in any case where what was made here lies. */
async function machinesRegistry(workspace: Workspace, say: (line: string) => void): Promise<string | null> {
  if (workspace.target.kind === 'local') return localRegistryFor(say);
  return isOnLoopback(workspace) ? existingRegistry(say) : null;
}

/** Where this machine has no registry yet everything will be built: then all that an engine needs is checked first. */
async function localRegistryFor(say: (line: string) => void): Promise<string> {
  const existing = await existingRegistry(say);
  if (existing !== null) return existing;
  await ensureEngine(say);
  return ensureRegistry(say);
}

/** Registries that images to be built would pull from, and that do not answer. */
async function findUnreachable(
  client: RegistryClient,
  work: PlannedWork,
  say: (line: string) => void,
): Promise<ReadonlySet<string>> {
  const registries = pulledRegistries(work);
  const probes = await Promise.all(
    registries.map(async (registry) => [registry, await client.probe(registry)] as const),
  );
  const silent = probes.flatMap(([registry, probe]) =>
    probe.answers ? [] : [{ registry, reason: probe.reason }],
  );
  for (const { registry, reason } of silent) say(`${registry} does not answer (${reason}).`);
  return new Set(silent.map(({ registry }) => registry));
}

/** Made images that are no longer in the registry, for example since its folder was deleted, are made anew. */
async function forgetVanished(client: RegistryClient, work: PlannedWork): Promise<boolean> {
  const made = imagesOf(work).flatMap((upstream) => {
    const pin = work.pins.get(upstreamId(upstream));
    return pin?.state === 'pinned' && pin.pin.startsWith('made:') && pin.ref !== null
      ? [{ upstream, ref: pin.ref }]
      : [];
  });
  const heads = await Promise.all(made.map(({ ref }) => client.headManifest(parseImageReference(ref))));
  const vanished = made.filter((_, index) => heads[index] === null).map(({ upstream }) => upstream);
  await forgetUpstreams(vanished);
  return vanished.length > 0;
}

function upstreamsToMake(work: PlannedWork) {
  return imagesOf(work).filter((upstream) => work.pins.get(upstreamId(upstream))?.state === 'unmade');
}

/** Upstream images of what is to be built, once each. */
function imagesOf(work: PlannedWork) {
  const images = nodesToBuild(work)
    .flatMap(nodeUpstreams)
    .filter((upstream) => upstream.kind === 'image');
  return [...new Map(images.map((upstream) => [upstreamId(upstream), upstream])).values()];
}
