/** Builds nodes of a plan in order, with live progress: what the command and the action `build` have in common. */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { buildOutput } from '../buildkit/build-output.ts';
import { summariseBuild } from '../buildkit/build-summary.ts';
import { buildWithRetries } from '../buildkit/build-with-retries.ts';
import { EMPTY_PROGRESS } from '../buildkit/progress.ts';
import type { BuildWarning } from '../buildkit/solve-status.ts';
import { readBuilderDisk } from '../docker/builder-disk.ts';
import type { Engine } from '../docker/engine.ts';
import { DarkroomError } from '../errors/darkroom-error.ts';
import type { ImageNode } from '../graph/image-graph.ts';
import { type Outcome, runInOrder } from '../graph/run-in-order.ts';
import { hostOf } from '../image/image-reference.ts';
import { repositoryOf } from '../image/repository-of.ts';
import type { KeyedNode } from '../plan/key-nodes.ts';
import type { PlannedWork } from '../plan/make-plan.ts';
import { withLock } from '../process/with-lock.ts';
import type { RegistryClient, RepositoryReference } from '../registry/registry.ts';
import type { ImageProgress } from '../report/image-progress.ts';
import { createProgressReporter, type ProgressReporter } from '../report/live-progress.ts';
import { materialiseUpstream } from '../upstream/materialise-upstream.ts';
import type { Workspace } from '../workspace/open-workspace.ts';
import { type BuildPorts, buildNode, type NodeResult, readBuiltImage } from './build-node.ts';
import { type CachePlace, cacheReferences } from './cache-references.ts';
import { checkSecretFiles } from './check-secret-files.ts';
import { sourceUrl } from './source-url.ts';

/** How a run ended, before anything is published. */
export interface Developed {
  readonly work: PlannedWork;
  readonly client: RegistryClient;
  /** By node id, for what was to be built. */
  readonly outcomes: ReadonlyMap<string, Outcome<NodeResult>>;
  /** The person asked to stop. */
  readonly interrupted: boolean;
}

/** What building needs of the machine it happens on. */
export interface BuildPlace {
  readonly client: RegistryClient;
  readonly engine: Engine;
  /** Locks between the commands of this machine lie below `state`, git upstreams below `cache`. */
  readonly folders: { readonly state: string; readonly cache: string };
  /** Called before something is first pushed to a repository: some registries have none until it is made. */
  ensureRepository?(ref: RepositoryReference): Promise<void>;
  /** Told the output of every build that came to an end, good or bad. */
  onOutput?(node: ImageNode, lines: readonly string[]): void;
}

type KeyedWithKey = KeyedNode & { readonly key: string };

/** Builds wait for networks and tests more than for processors; BuildKit shares those out. */
const BUILDS_AT_ONCE = Math.max(4, availableParallelism());

/** What a plan wants built, parents first. */
export function nodesToBuild({ graph, decisions }: PlannedWork): readonly ImageNode[] {
  return graph.nodes.filter((node) => decisions.get(node.id)?.action === 'build');
}

/** Builds nodes, each after its parents; a failure skips what stands on it and nothing else. SIGINT and SIGTERM stop it. */
export async function buildNodes(
  workspace: Workspace,
  work: PlannedWork,
  nodes: readonly ImageNode[],
  place: BuildPlace,
): Promise<Developed> {
  if (workspace.workflow !== null && workspace.target.kind === 'local')
    await checkSecretFiles(nodes, workspace.source.root);
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  const reporter = createProgressReporter({
    stream: process.stderr,
    isLogged: workspace.workflow !== null,
    images: nodes.map((node) => ({ name: node.id, waitsFor: waitsFor(node, nodes) })),
  });
  try {
    const results = new Map<string, NodeResult>();
    const caches = await findCaches(workspace, work, place.client);
    const say = (text: string): void => {
      for (const line of text.split('\n')) reporter.log(line);
    };
    const later: Promise<void>[] = [];
    const state = { signal: stop.signal, results, caches, later, say };
    const ports = buildPorts(workspace, work, place, state);
    const outcomes = await runInOrder(nodes, BUILDS_AT_ONCE, (node) =>
      buildOne(work.nodes.get(node.id), ports, place, reporter, stop.signal).then((result) => {
        results.set(node.id, result);
        return result;
      }),
    );
    await Promise.all(later);
    for (const [name, outcome] of outcomes) {
      if (outcome.status !== 'skipped') continue;
      const note = `needs ${outcome.because.join(', ')}`;
      reporter.update(name, { state: 'done', outcome: 'skipped', seconds: 0, note });
    }
    return { work, client: place.client, outcomes, interrupted: stop.signal.aborted };
  } finally {
    reporter.close();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

/** What the nodes of one run share. */
interface RunState {
  readonly signal: AbortSignal;
  /** By node id, as they come. */
  readonly results: ReadonlyMap<string, NodeResult>;
  readonly caches: CachePlace;
  readonly later: Promise<void>[];
  /** Says something to the person, above the progress. */
  readonly say: (text: string) => void;
}

/** BuildKit waits half a minute, at every image, for a registry that takes a connection and says nothing. */
async function findCaches(
  { event, defaultBranch, workflow }: Workspace,
  { plan: { home, target } }: PlannedWork,
  client: RegistryClient,
): Promise<CachePlace> {
  const registry = home === null || home === target ? null : hostOf(home);
  const isSilent = registry !== null && !(await client.probe(registry)).answers;
  return {
    home: isSilent ? null : home,
    target,
    branch: event.branch,
    defaultBranch,
    inWorkflow: workflow !== null,
  };
}

function waitsFor(node: ImageNode, nodes: readonly ImageNode[]): readonly string[] {
  return node.parents.filter((parent) => nodes.some((other) => other.id === parent));
}

async function buildOne(
  keyed: KeyedNode | undefined,
  ports: BuildPorts,
  { onOutput }: BuildPlace,
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
  let last = EMPTY_PROGRESS;
  try {
    const result = await buildNode(keyed, ports, (progress) => {
      last = progress;
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
  } finally {
    if (last !== EMPTY_PROGRESS) onOutput?.(keyed.node, buildOutput(last));
  }
}

function hasKey(keyed: KeyedNode | undefined): keyed is KeyedWithKey {
  return keyed !== undefined && keyed.key !== null;
}

function buildPorts(
  workspace: Workspace,
  work: PlannedWork,
  { client, engine, folders, ensureRepository }: BuildPlace,
  { signal, results, caches, later, say }: RunState,
): BuildPorts {
  const { source } = workspace;
  const { target } = work.plan;
  return {
    client,
    source,
    lfs: work.lfs,
    pins: work.pins,
    targetRepository: repositoryOf(target),
    cache: cacheReferences(caches),
    builderDisk: () => readBuilderDisk(engine),
    warn: say,
    sourceUrl: sourceUrl(source.identity.origin),
    // It is about what is left over; nothing of it makes a build bad.
    later: (work) => void later.push(work.catch(() => undefined)),
    alone: (name, work) => withLock(path.join(folders.state, 'run'), work, name),
    materialise: (request) =>
      materialiseUpstream(request, { root: source.root, gitCache: path.join(folders.cache, 'git') }),
    parent: (id, platform) => {
      const built = results.get(id);
      const found = work.found.get(id);
      if (built !== undefined) return Promise.resolve(built);
      if (found === undefined) throw new Error(`the parent ${id} is neither built nor found`);
      return readBuiltImage(client, found.repository, found.digest, platform);
    },
    async runBuild(request, node, onProgress) {
      await ensureRepository?.(repositoryOf(target)(node.image.name));
      return buildWithRetries(
        { ...request, builder: engine.builder },
        {
          buildx: engine.buildx,
          env: { ...inheritedEnvironment(), ...engine.env },
          signal,
          onProgress,
          onRetry: (line) => say(`${node.id}: ${line}`),
          source: { dockerfile: node.image.dockerfile, instructions: node.dockerfile.instructions },
        },
      );
    },
  };
}

/**
 * Secrets may come from any variable, so the builder's child sees them all, but for what a runner hands to a step alone: a
 * pull request's matrix could name the passwords and tokens in it.
 */
function inheritedEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined || /^(?:INPUT|ACTIONS)_/.test(name) ? [] : [[name, value]],
    ),
  );
}

function describeWarning(node: ImageNode, { rule, text, lines }: BuildWarning): string {
  const place = lines === null ? node.image.dockerfile : `${node.image.dockerfile}:${lines[0]}`;
  return `${place}: ${rule === '' ? '' : `${rule}: `}${text}`;
}
