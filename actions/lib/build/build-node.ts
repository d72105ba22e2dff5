/** Builds one node and writes what belongs to its key, in the order that keeps the registry truthful. */
import path from 'node:path';
import type { BuildRequest, BuildSecret } from '../buildkit/build-args.ts';
import type { BuildResult } from '../buildkit/build-image.ts';
import type { BuildProgress } from '../buildkit/progress.ts';
import { DarkroomError } from '../errors/darkroom-error.ts';
import type { GitSource } from '../git/git-source.ts';
import type { LfsPointer } from '../git/lfs-pointers.ts';
import type { ImageNode } from '../graph/image-graph.ts';
import type { RepositoryOf } from '../image/repository-of.ts';
import { keyTag } from '../key/content-key.ts';
import type { SecretDeclaration } from '../matrix/matrix.ts';
import type { PreimageDocument } from '../plan/earlier-builds.ts';
import type { KeyedNode } from '../plan/key-nodes.ts';
import { readBound } from '../plan/read-bound.ts';
import {
  type PinTable,
  referenceUpstream,
  syntaxUpstream,
  upstreamId,
  type WantedUpstream,
} from '../plan/wanted-upstreams.ts';
import { makeTemporaryFolder } from '../process/temporary-folder.ts';
import { resolvePlatformDigest } from '../registry/platform-manifest.ts';
import type { RegistryClient } from '../registry/registry.ts';
import type { UpstreamRequest } from '../upstream/materialise-upstream.ts';
import { checkDiskSpace, type DiskPorts } from './disk-space.ts';
import { contextFolder, exportNode, SOURCE_DATE_EPOCH } from './export-node.ts';
import { takeOverLayers } from './take-over-layers.ts';
import { writeKey } from './write-key.ts';

/** An image that is there: by the digest at its key, and by the platform manifest that children bind. */
export interface BuiltImage {
  readonly repository: { readonly registry: string; readonly repository: string };
  /** What stands at the key: an index with attestations, or a manifest. */
  readonly digest: string;
  readonly platformDigest: string;
}

/** What building one node needs besides the node. */
export interface BuildPorts extends DiskPorts {
  readonly client: RegistryClient;
  readonly source: GitSource;
  readonly lfs: ReadonlyMap<string, LfsPointer>;
  readonly pins: PinTable;
  /** Repository of an image in the registry that is written. */
  readonly targetRepository: RepositoryOf;
  /** A parent by its node id, built in this run or found. */
  parent(id: string, platform: string): Promise<BuiltImage>;
  /**
   * Runs work while no other process of this machine does under the same name: a registry cannot be told to write a tag
   * only where there is none.
   */
  alone<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Puts a git, http or local upstream into a folder that does not exist yet. */
  materialise(request: UpstreamRequest): Promise<void>;
  runBuild(
    request: Omit<BuildRequest, 'builder'>,
    node: ImageNode,
    onProgress: (progress: BuildProgress) => void,
  ): Promise<BuildResult>;
  /** Cache references to read, and the one to write. */
  readonly cache: (
    image: string,
    platform: string,
  ) => { readonly from: readonly string[]; readonly to: string | null };
  /** Takes what is to be waited for before the run ends, and by no image. */
  later(work: Promise<void>): void;
  /** `org.opencontainers.image.source`; where the files come from, not part of the key. */
  readonly sourceUrl: string | null;
}

/** What a build of one node came to. */
export interface NodeResult extends BuiltImage {
  /** `built`: it stands at the key as it was built here; `hit`: what stands there is somebody else's. */
  readonly outcome: 'built' | 'hit';
  /** `null` where nothing was built; a `hit` may have been built here as well, too late. */
  readonly build: BuildResult | null;
}

/**
 * Builds one node, unless its key is there already, built on the parents bound now. Pushes by digest, then writes the key
 * and reads it back: what stands there is the result.
 * @throws DarkroomError `build/…`, `registry/…`, `git/…`
 */
export async function buildNode(
  keyed: KeyedNode & { readonly key: string },
  ports: BuildPorts,
  onProgress: (progress: BuildProgress) => void,
): Promise<NodeResult> {
  const { node, key } = keyed;
  const repository = ports.targetRepository(node.image.name);
  const present = await ports.client.headManifest({ ...repository, tag: keyTag(key) });
  if (present !== null && (await standsOnItsParents(keyed, ports, present.digest))) {
    return { ...(await settle(keyed, ports, present.digest)), outcome: 'hit', build: null };
  }
  const dir = makeTemporaryFolder();
  let ended = Promise.resolve();
  try {
    const { request, bound, contextBytes } = await toBuildRequest(keyed, ports, dir.path);
    await checkDiskSpace(node, { ...request, contextBytes }, ports);
    await takeOverLayers(keyed, ports);
    const build = await ports.runBuild(request, keyed.node, onProgress);
    ended = build.cacheWritten;
    const document: PreimageDocument = { preimage: keyed.preimage, image: build.digest, bound };
    const digest = await ports.alone(keyTag(key), () =>
      writeKey(ports.client, repository, { key, document, stale: present?.digest ?? null }),
    );
    const outcome = digest === build.digest ? 'built' : 'hit';
    return { ...(await settle(keyed, ports, digest)), outcome, build };
  } finally {
    // Children need not wait for the cache.
    ports.later(ended.then(() => dir.remove()));
  }
}

/**
 * Whether what stands at a node's key was built on the parents that are bound now. Its key alone does not tell: a parent
 * whose key was deleted and that was built anew may have come out with other bytes. Where nothing says what an image was
 * built on, one that has parents is built again, at the price of a build; one that has none cannot be on a wrong one.
 */
async function standsOnItsParents(
  { node, key }: KeyedNode & { readonly key: string },
  ports: BuildPorts,
  digest: string,
): Promise<boolean> {
  const parents = node.references.filter((reference) => reference.kind === 'parent');
  if (parents.length === 0) return true;
  const bound = await readBound(ports.client, ports.targetRepository(node.image.name), { key, digest });
  if (bound === null) return false;
  const matches = await Promise.all(
    parents.map(async ({ written, node: id, platform }) => {
      return bound[written] === (await ports.parent(id, platform)).platformDigest;
    }),
  );
  return matches.every((one) => one);
}

/** Resolves what stands at a key to the platform manifest in it. */
async function settle(keyed: KeyedNode, ports: BuildPorts, digest: string): Promise<BuiltImage> {
  const repository = ports.targetRepository(keyed.node.image.name);
  return readBuiltImage(ports.client, repository, digest, keyed.node.platform);
}

/**
 * Reads an image that is in a registry.
 * @throws DarkroomError `build/parent-gone` when it is not there any more
 */
export async function readBuiltImage(
  client: RegistryClient,
  repository: { readonly registry: string; readonly repository: string },
  digest: string,
  platform: string,
): Promise<BuiltImage> {
  const platformDigest = await resolvePlatformDigest(client, { ...repository, digest }, platform);
  if (platformDigest !== null) return { repository, digest, platformDigest };
  throw new DarkroomError({
    code: 'build/parent-gone',
    message: `"${repository.registry}/${repository.repository}@${digest}" has gone from the registry since it was planned.`,
    hint: 'Run the command again: what is missing is built anew.',
  });
}

async function toBuildRequest(
  keyed: KeyedNode & { readonly key: string },
  ports: BuildPorts,
  dir: string,
): Promise<{
  readonly request: Omit<BuildRequest, 'builder'>;
  readonly bound: PreimageDocument['bound'];
  readonly contextBytes: number;
}> {
  const { node } = keyed;
  const { image, platform } = node;
  const exported = await exportNode(ports.source, keyed, ports.lfs, dir);
  const bindings = await bindImages(keyed, ports);
  const folders = await bindFolders(keyed, ports, dir);
  const { registry, repository } = ports.targetRepository(image.name);
  const cache = ports.cache(image.name, platform);
  const sourceLabel = ports.sourceUrl === null ? {} : { 'org.opencontainers.image.source': ports.sourceUrl };
  const request: Omit<BuildRequest, 'builder'> = {
    contextDir: exported.contextDir,
    dockerfile: exported.dockerfile,
    ...(image.target === undefined ? {} : { target: image.target }),
    platform,
    args: node.args,
    labels: { ...sourceLabel, ...image.labels },
    bindings,
    contexts: [...exported.contexts, ...folders],
    secrets: image.secrets
      .filter(({ id }) => node.dockerfile.secretIds.has(id))
      .map((one) => toBuildSecret(one, ports)),
    image: `${registry}/${repository}`,
    cacheFrom: cache.from,
    cacheTo: cache.to,
    metadataFile: path.join(dir, 'metadata.json'),
    sourceDateEpoch: SOURCE_DATE_EPOCH,
    syntax: usesBuiltinSyntax(keyed, ports.pins) ? 'builtin' : 'bound',
  };
  const bound = Object.fromEntries(bindings.map(({ name, ref }) => [name, ref]));
  return { request, bound, contextBytes: exported.bytes };
}

/** Parents and upstream images, each by the digest of its platform manifest: what was planned is what is built. */
async function bindImages({ node }: KeyedNode, ports: BuildPorts) {
  const bindings: { name: string; ref: string }[] = [];
  for (const reference of node.references) {
    if (reference.kind === 'parent') {
      const { repository, platformDigest } = await ports.parent(reference.node, reference.platform);
      bindings.push({
        name: reference.written,
        ref: `${repository.registry}/${repository.repository}@${platformDigest}`,
      });
    } else if (reference.kind === 'upstream') {
      const ref = pinnedRef(ports.pins, referenceUpstream(reference));
      if (ref !== null) bindings.push({ name: reference.written, ref });
    }
  }
  const { syntax } = node.dockerfile;
  const syntaxRef = syntax === null ? null : pinnedRef(ports.pins, syntaxUpstream(node));
  if (syntax !== null && syntaxRef !== null) bindings.push({ name: syntax.name, ref: syntaxRef });
  return bindings;
}

async function bindFolders(
  { node, key }: KeyedNode & { readonly key: string },
  ports: BuildPorts,
  dir: string,
) {
  const folders: { name: string; dir: string }[] = [];
  for (const reference of node.references) {
    const upstream = reference.kind === 'named-upstream' ? referenceUpstream(reference) : undefined;
    const pin = upstream === undefined ? undefined : ports.pins.get(upstreamId(upstream));
    if (upstream === undefined || pin?.state !== 'pinned') continue;
    const folder = contextFolder(dir, `upstream-${folders.length + 1}`, key);
    await ports.materialise({
      upstream,
      pin: pin.pin,
      name: reference.written,
      dir: folder,
      mtimeSeconds: SOURCE_DATE_EPOCH,
    });
    folders.push({ name: reference.written, dir: folder });
  }
  return folders;
}

function pinnedRef(pins: PinTable, upstream: WantedUpstream | undefined): string | null {
  const pin = upstream === undefined ? undefined : pins.get(upstreamId(upstream));
  return pin?.state === 'pinned' ? pin.ref : null;
}

function usesBuiltinSyntax({ node }: KeyedNode, pins: PinTable): boolean {
  return node.dockerfile.syntax !== null && pinnedRef(pins, syntaxUpstream(node)) === null;
}

function toBuildSecret({ id, source }: SecretDeclaration, { source: { root } }: BuildPorts): BuildSecret {
  return source.kind === 'env' ? { id, env: source.name } : { id, file: path.resolve(root, source.path) };
}
