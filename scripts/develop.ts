/** Builds what a plan says is missing: engine, made upstreams, images in order. Shared by `build`, `rebuild` and `run`. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import {
  type BuildPorts,
  buildNode,
  type NodeResult,
  readBuiltImage,
} from '../actions/lib/build/build-node.ts';
import { cacheReferences } from '../actions/lib/build/cache-references.ts';
import { sourceUrl } from '../actions/lib/build/source-url.ts';
import { buildImage } from '../actions/lib/buildkit/build-image.ts';
import { summariseBuild } from '../actions/lib/buildkit/build-summary.ts';
import type { BuildWarning } from '../actions/lib/buildkit/solve-status.ts';
import { DarkroomError } from '../actions/lib/errors/darkroom-error.ts';
import type { ImageNode } from '../actions/lib/graph/image-graph.ts';
import { type Outcome, runInOrder } from '../actions/lib/graph/run-in-order.ts';
import { parseImageReference } from '../actions/lib/image/image-reference.ts';
import { repositoryOf } from '../actions/lib/image/repository-of.ts';
import type { KeyedNode } from '../actions/lib/plan/key-nodes.ts';
import type { PlannedWork } from '../actions/lib/plan/make-plan.ts';
import { nodeUpstreams, upstreamId } from '../actions/lib/plan/wanted-upstreams.ts';
import { withLock } from '../actions/lib/process/with-lock.ts';
import type { RegistryClient } from '../actions/lib/registry/registry.ts';
import { createRegistryClient } from '../actions/lib/registry/registry-client.ts';
import type { ImageProgress } from '../actions/lib/report/image-progress.ts';
import { createProgressReporter, type ProgressReporter } from '../actions/lib/report/live-progress.ts';
import { materialiseUpstream } from '../actions/lib/upstream/materialise-upstream.ts';
import { type Engine, ensureEngine, ensureRegistry } from './engine/engine.ts';
import { existingRegistry } from './engine/existing-registry.ts';
import { findFolders } from './engine/folders.ts';
import { forgetUpstreams, makeUpstreams } from './made-upstreams.ts';
import { type PlanOptions, planWorkspace } from './plan-workspace.ts';
import type { Workspace } from './workspace.ts';

/** How a run ended, before anything is published. */
export interface Developed {
  readonly work: PlannedWork;
  readonly client: RegistryClient;
  /** By node id, for what was to be built. */
  readonly outcomes: ReadonlyMap<string, Outcome<NodeResult>>;
  /** The person asked to stop. */
  readonly interrupted: boolean;
}

type KeyedWithKey = KeyedNode & { readonly key: string };

/** More at once only makes each slower: BuildKit spreads one build over the cores already. */
const BUILDS_AT_ONCE = Math.max(2, Math.ceil(availableParallelism() / 2));

/** Plans, and builds every image the plan says is to be built. Starts no engine when nothing is. */
export async function develop(
  workspace: Workspace,
  images: readonly string[] | null,
  say: (line: string) => void,
): Promise<Developed> {
  const client = createRegistryClient();
  const localRegistry = workspace.target.kind === 'local' ? await localRegistryFor(say) : null;
  const replan = (known: Partial<Pick<PlanOptions, 'unreachable' | 'unmakeable'>> = {}) =>
    planWorkspace(workspace, { client, localRegistry, images, say, ...known });
  let work = await replan();
  if (nodesToBuild(work).length === 0) {
    return { work, client, outcomes: new Map(), interrupted: false };
  }
  if (localRegistry !== null) {
    const unreachable = await findUnreachable(client, work, say);
    const hasVanished = await forgetVanished(client, work);
    if (hasVanished || unreachable.size > 0) work = await replan({ unreachable });
    const unmade = upstreamsToMake(work);
    if (unmade.length > 0) work = await replan({ unreachable, unmakeable: await makeUpstreams(unmade, say) });
  }
  if (nodesToBuild(work).length === 0) return { work, client, outcomes: new Map(), interrupted: false };
  const engine = await ensureEngine(say);
  return { work, client, ...(await buildAll(workspace, work, client, engine)) };
}

/** Where this machine has no registry yet everything will be built: then all that an engine needs is checked first. */
async function localRegistryFor(say: (line: string) => void): Promise<string> {
  const existing = await existingRegistry(say);
  if (existing !== null) return existing;
  await ensureEngine(say);
  return ensureRegistry(say);
}

/** What the plan wants built, parents first. */
function nodesToBuild({ graph, decisions }: PlannedWork): readonly ImageNode[] {
  return graph.nodes.filter((node) => decisions.get(node.id)?.action === 'build');
}

/** Registries that images to be built would pull from, and that do not answer. */
async function findUnreachable(
  client: RegistryClient,
  work: PlannedWork,
  say: (line: string) => void,
): Promise<ReadonlySet<string>> {
  const pulled = nodesToBuild(work)
    .flatMap(nodeUpstreams)
    .flatMap((upstream) => {
      const pin = work.pins.get(upstreamId(upstream));
      return pin?.state === 'pinned' && pin.ref !== null && !pin.pin.startsWith('made:') ? [pin.ref] : [];
    });
  const registries = [...new Set(pulled.map((ref) => parseImageReference(ref).registry))];
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

async function buildAll(workspace: Workspace, work: PlannedWork, client: RegistryClient, engine: Engine) {
  const nodes = nodesToBuild(work);
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  const reporter = createProgressReporter({
    stream: process.stderr,
    images: nodes.map((node) => ({ name: node.id, waitsFor: waitsFor(node, nodes) })),
  });
  try {
    const results = new Map<string, NodeResult>();
    const ports = buildPorts(workspace, work, client, engine, stop.signal, results);
    const outcomes = await runInOrder(nodes, BUILDS_AT_ONCE, (node) =>
      buildOne(work.nodes.get(node.id), ports, reporter, stop.signal).then((result) => {
        results.set(node.id, result);
        return result;
      }),
    );
    for (const [name, outcome] of outcomes) {
      if (outcome.status !== 'skipped') continue;
      reporter.update(name, {
        state: 'done',
        outcome: 'skipped',
        seconds: 0,
        note: `needs ${outcome.because.join(', ')}`,
      });
    }
    return { outcomes, interrupted: stop.signal.aborted };
  } finally {
    reporter.close();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

function waitsFor(node: ImageNode, nodes: readonly ImageNode[]): readonly string[] {
  return node.parents.filter((parent) => nodes.some((other) => other.id === parent));
}

async function buildOne(
  keyed: KeyedNode | undefined,
  ports: BuildPorts,
  reporter: ProgressReporter,
  signal: AbortSignal,
): Promise<NodeResult> {
  if (!hasKey(keyed)) throw new Error('a node to be built has no key');
  const { id } = keyed.node;
  if (signal.aborted)
    throw new DarkroomError({ code: 'build/cancelled', message: `"${id}" was not started.` });
  const started = Date.now();
  const done = (outcome: 'built' | 'hit' | 'failed'): ImageProgress => {
    return { state: 'done', outcome, seconds: (Date.now() - started) / 1000 };
  };
  reporter.update(id, { state: 'exporting' });
  try {
    const result = await buildNode(keyed, ports, (progress) => {
      const { phase, step, bytes } = summariseBuild(progress);
      reporter.update(id, { state: 'building', phase, step, bytes });
    });
    for (const warning of result.build?.warnings ?? []) reporter.log(describeWarning(keyed.node, warning));
    reporter.update(id, done(result.outcome));
    return result;
  } catch (error) {
    // Who asked to stop did not see a failure.
    const stopped: ImageProgress = { state: 'done', outcome: 'skipped', seconds: 0, note: 'stopped' };
    reporter.update(id, signal.aborted ? stopped : done('failed'));
    throw error;
  }
}

function hasKey(keyed: KeyedNode | undefined): keyed is KeyedWithKey {
  return keyed !== undefined && keyed.key !== null;
}

function buildPorts(
  workspace: Workspace,
  work: PlannedWork,
  client: RegistryClient,
  engine: Engine,
  signal: AbortSignal,
  results: ReadonlyMap<string, NodeResult>,
): BuildPorts {
  const { source, event } = workspace;
  const { target } = work.plan;
  return {
    client,
    source,
    lfs: work.lfs,
    pins: work.pins,
    targetRepository: repositoryOf(target),
    cache: cacheReferences(target, event.branch, workspace.defaultBranch),
    sourceUrl: sourceUrl(source.identity.origin),
    alone: (name, work) => withLock(join(findFolders().state, 'run'), work, name),
    materialise: (request) =>
      materialiseUpstream(request, {
        root: source.root,
        gitCache: join(findFolders().cache, 'git'),
      }),
    parent: (id, platform) => {
      const built = results.get(id);
      const found = work.found.get(id);
      if (built !== undefined) return Promise.resolve(built);
      if (found === undefined) throw new Error(`the parent ${id} is neither built nor found`);
      return readBuiltImage(client, found.repository, found.digest, platform);
    },
    runBuild: (request, node, onProgress) =>
      buildImage(
        { ...request, builder: engine.builder },
        {
          buildx: engine.buildx,
          env: { ...inheritedEnvironment(), ...engine.env },
          signal,
          onProgress,
          source: { dockerfile: node.image.dockerfile, instructions: node.dockerfile.instructions },
        },
      ),
  };
}

/** Secrets may come from any variable, so the builder's child sees them all. */
function inheritedEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function describeWarning(node: ImageNode, { rule, text, lines }: BuildWarning): string {
  const place = lines === null ? node.image.dockerfile : `${node.image.dockerfile}:${lines[0]}`;
  return `${place}: ${rule === '' ? '' : `${rule}: `}${text}`;
}
