/** Looks, before a node is built, whether what it stands on fits on the builder's disk. */
import prettyBytes from 'pretty-bytes';
import type { BuilderDisk } from '../docker/builder-disk.ts';
import { DarkroomError, formatProblem, type Problem } from '../errors/darkroom-error.ts';
import type { ImageNode } from '../graph/image-graph.ts';
import { parseImageReference } from '../image/image-reference.ts';
import type { Descriptor, RegistryClient } from '../registry/registry.ts';

/** Bytes one build takes, as far as registries tell. */
export interface DiskNeed {
  /** Layers of everything that is bound, packed as they lie in the registry. */
  readonly packed: number;
  /** Those among them that the builder unpacks whatever it finds in caches. */
  readonly certain: number;
  /** The exported context, which the builder copies. */
  readonly context: number;
}

/** What the space on a disk allows. */
export type DiskVerdict =
  | { readonly verdict: 'enough' }
  | { readonly verdict: 'doubtful' | 'too little'; readonly problem: Problem };

/** What looking needs of the outside. */
export interface DiskPorts {
  readonly client: Pick<RegistryClient, 'getManifest' | 'headManifest'>;
  /** `null`: not known, then nothing is looked at. */
  builderDisk(): Promise<BuilderDisk | null>;
  readonly warn: (text: string) => void;
}

/** Above this no registry is asked: the largest GPU images unpack to less. */
const PLENTY = 20_000_000_000;
/** The builder keeps a layer as it came and unpacked; CUDA libraries unpack to about two and a half times. */
const KEPT = 1 + 2.5;
/** For what the steps themselves write. */
const SLACK = 1_000_000_000;

/**
 * Judges a disk. Which layers a builder has already, it tells nobody; at most it has as many bytes as it holds in all. So
 * "too little" is only said when the packed layers that it certainly lacks do not fit, and the rest is a doubt.
 */
export function judgeDiskSpace(
  name: string,
  need: DiskNeed,
  disk: { readonly folder: string; readonly free: number; readonly held: number },
): DiskVerdict {
  const least = Math.max(0, need.certain - disk.held);
  const likely = Math.max(0, need.packed * KEPT - disk.held) + need.context + SLACK;
  if (likely <= disk.free) return { verdict: 'enough' };
  const isCertain = least > disk.free;
  const has = `"${disk.folder}", where the builder keeps its data, has ${prettyBytes(disk.free)} free`;
  const message = isCertain
    ? `"${name}" was not built: the layers of its base image alone take ${prettyBytes(least)}, and ${has}`
    : `"${name}" may not fit: it may take about ${prettyBytes(likely)}, and ${has}`;
  const hint = 'Free space with `docker builder prune --all`, or use a runner with a larger disk.';
  return {
    verdict: isCertain ? 'too little' : 'doubtful',
    problem: { code: 'build/disk-too-small', message, hint },
  };
}

/**
 * Looks at the builder's disk for one node; says a doubt as a warning. What cannot be found out counts as nothing: a build
 * that would pass is never refused.
 * @throws DarkroomError `build/disk-too-small`
 */
export async function checkDiskSpace(
  node: ImageNode,
  request: {
    readonly bindings: readonly { readonly name: string; readonly ref: string }[];
    readonly contextBytes: number;
    readonly cacheFrom: readonly string[];
  },
  ports: DiskPorts,
): Promise<void> {
  const disk = await ports.builderDisk();
  if (disk === null || disk.free >= PLENTY) return;
  const held = await disk.held();
  if (held === null) return;
  const layers = await Promise.all(
    request.bindings.map(async ({ name, ref }) => [name, await readLayers(ports, ref)] as const),
  );
  const certain = (await isBaseUnpacked(node, request.cacheFrom, ports))
    ? layers.flatMap(([name, own]) => (node.dockerfile.bases.has(name) ? own : []))
    : [];
  const judged = judgeDiskSpace(
    node.id,
    {
      packed: packedBytes(layers.flatMap(([, own]) => own)),
      certain: packedBytes(certain),
      context: request.contextBytes,
    },
    { ...disk, held },
  );
  if (judged.verdict === 'too little') throw new DarkroomError(judged.problem);
  if (judged.verdict === 'doubtful') ports.warn(formatProblem(judged.problem));
}

/**
 * A base is unpacked for a step that runs on it. Copying onto it with `--link`, or a step found in a cache, leaves it where
 * it is; with several bases it is not known here which one a step runs on.
 */
async function isBaseUnpacked(
  { dockerfile }: ImageNode,
  cacheFrom: readonly string[],
  { client }: DiskPorts,
): Promise<boolean> {
  if (dockerfile.bases.size !== 1 || !dockerfile.instructions.some(({ keyword }) => keyword === 'RUN'))
    return false;
  const caches = await Promise.all(
    // One that cannot be asked may be there for the builder.
    cacheFrom.map((ref) => client.headManifest(parseImageReference(ref)).catch(() => 'unknown')),
  );
  return caches.every((cache) => cache === null);
}

async function readLayers({ client }: DiskPorts, ref: string): Promise<readonly Descriptor[]> {
  const manifest = await client.getManifest(parseImageReference(ref)).catch(() => null);
  return manifest?.document.kind === 'image' ? manifest.document.layers : [];
}

function packedBytes(layers: readonly Descriptor[]): number {
  return [...new Map(layers.map(({ digest, size }) => [digest, size])).values()].reduce(
    (sum, size) => sum + size,
    0,
  );
}
