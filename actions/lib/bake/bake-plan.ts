/** Spells a plan as a file that `docker buildx bake` builds. Pure: what lies in the registry comes in as data. */
import { posix } from 'node:path';
import type { ImageNode, Reference } from '../graph/image-graph.ts';
import type { SecretDeclaration } from '../matrix/matrix.ts';
import type { PlannedWork } from '../plan/make-plan.ts';
import { type Pin, referenceUpstream, syntaxUpstream, upstreamId } from '../plan/wanted-upstreams.ts';

/** What a plan alone does not say. */
export interface BakePlanOptions {
  /** Platform manifests of parents that are not built, by node id: `host/repository@sha256:…`. */
  readonly parents: ReadonlyMap<string, string>;
  readonly cache: (
    image: string,
    platform: string,
  ) => { readonly from: readonly string[]; readonly to: string | null };
  readonly sourceUrl: string | null;
  readonly sourceDateEpoch: number;
}

/** The document, and what is to be told beside it. */
export interface BakePlan {
  readonly document: {
    readonly group: Readonly<Record<string, { readonly targets: readonly string[] }>>;
    readonly target: Readonly<Record<string, BakePlanTarget>>;
  };
  readonly notes: readonly string[];
}

/** A target as Bake reads it: https://docs.docker.com/build/bake/reference/ */
interface BakePlanTarget {
  readonly context: string;
  readonly dockerfile: string;
  readonly target?: string;
  readonly args: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly contexts: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  readonly platforms: readonly string[];
  readonly secret: readonly string[];
  readonly 'cache-from': readonly string[];
  readonly 'cache-to': readonly string[];
  readonly output: readonly string[];
  readonly attest: readonly string[];
}

type Work = Pick<PlannedWork, 'plan' | 'graph' | 'decisions' | 'pins'>;

/** Of the plan's images those that are built, or that nobody was asked about. */
export function bakePlan(work: Work, options: BakePlanOptions): BakePlan {
  const { plan, graph, decisions } = work;
  const built = graph.nodes.filter(({ id }) => isBuilt(decisions.get(id)?.action));
  const names = targetNames(built);
  const targets = built.map((node) => {
    const planned = plan.images.find(({ id }) => id === node.id);
    const tags = planned?.ref == null ? [] : [planned.ref];
    return [names.get(node.id) ?? node.id, toTarget(node, tags, { work, names, options })] as const;
  });
  const groups = new Map<string, string[]>();
  for (const { id, image } of built) {
    const name = names.get(id) ?? id;
    const wave = decisions.get(id)?.wave ?? null;
    // What only others need is built with them.
    const memberships = [
      ...(image.tags.length > 0 ? ['default'] : []),
      ...(wave === null ? [] : [`wave-${wave}`]),
    ];
    for (const group of memberships) groups.set(group, [...(groups.get(group) ?? []), name]);
  }
  const group = [...groups].map(([name, members]) => [name, { targets: members }] as const);
  return {
    document: { group: Object.fromEntries(group), target: Object.fromEntries(targets) },
    notes: [...blockedNotes(work), ...built.flatMap((node) => upstreamNotes(node, work))],
  };
}

function isBuilt(action: string | undefined): boolean {
  return action === 'build' || action === 'unknown';
}

/** Bake takes letters, digits, `_` and `-`. */
function targetNames(nodes: readonly ImageNode[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const taken = new Set(['default']);
  for (const { id } of nodes) {
    const wanted = id.replace(/[^\w-]+/g, '-');
    let name = /^wave-\d+$/.test(wanted) ? `${wanted}-image` : wanted;
    while (taken.has(name)) name += '-';
    taken.add(name);
    names.set(id, name);
  }
  return names;
}

function toTarget(
  node: ImageNode,
  tags: readonly string[],
  {
    work,
    names,
    options,
  }: { readonly work: Work; readonly names: ReadonlyMap<string, string>; readonly options: BakePlanOptions },
): BakePlanTarget {
  const { image, platform } = node;
  const cache = options.cache(image.name, platform);
  const source = options.sourceUrl === null ? {} : { 'org.opencontainers.image.source': options.sourceUrl };
  const secrets = image.secrets.filter(({ id }) => node.dockerfile.secretIds.has(id));
  return {
    context: literal(image.context),
    dockerfile: literal(posix.relative(image.context, image.dockerfile)),
    ...(image.target === undefined ? {} : { target: image.target }),
    args: literals({ SOURCE_DATE_EPOCH: String(options.sourceDateEpoch), ...node.args }),
    labels: literals({ ...source, ...image.labels }),
    contexts: literals(contextsOf(node, { work, names, options })),
    tags,
    platforms: [platform],
    secret: secrets.map(secretSpec).map(literal),
    'cache-from': cache.from.map((ref) => `type=registry,ref=${ref}`),
    'cache-to':
      cache.to === null
        ? []
        : [`type=registry,ref=${cache.to},mode=max,image-manifest=true,${PACKING},ignore-error=true`],
    output: [`type=image,${PACKING}`],
    attest: ['type=provenance,mode=max'],
  };
}

const PACKING = 'compression=zstd,oci-mediatypes=true';

/** Names of the Dockerfile by what they stand for: what was planned is what is built. */
function contextsOf(
  node: ImageNode,
  {
    work: { pins },
    names,
    options,
  }: { readonly work: Work; readonly names: ReadonlyMap<string, string>; readonly options: BakePlanOptions },
): Readonly<Record<string, string>> {
  const contexts = node.references.flatMap((reference): readonly (readonly [string, string])[] => {
    const source =
      reference.kind === 'parent'
        ? parentSource(reference.node, names, options)
        : outsideSource(reference, pins);
    return source === null ? [] : [[reference.written, source]];
  });
  const syntax = syntaxUpstream(node);
  const frontend = syntax === undefined ? null : imageSource(pins.get(upstreamId(syntax)));
  const { syntax: line } = node.dockerfile;
  return {
    ...Object.fromEntries(contexts),
    ...(line === null || frontend === null ? {} : { [line.name]: frontend }),
  };
}

function parentSource(
  id: string,
  names: ReadonlyMap<string, string>,
  { parents }: BakePlanOptions,
): string | null {
  const target = names.get(id);
  if (target !== undefined) return `target:${target}`;
  const ref = parents.get(id);
  return ref === undefined ? null : `docker-image://${ref}`;
}

function outsideSource(reference: Exclude<Reference, { kind: 'parent' }>, pins: Work['pins']): string | null {
  if (reference.kind === 'context') return reference.folder;
  const upstream = referenceUpstream(reference);
  const pin = upstream === undefined ? undefined : pins.get(upstreamId(upstream));
  if (upstream === undefined || upstream.kind === 'image') return imageSource(pin);
  if (upstream.kind === 'local') return upstream.name;
  return upstream.kind === 'git' && pin?.state === 'pinned' ? `${upstream.url}#${pin.pin}` : null;
}

function imageSource(pin: Pin | undefined): string | null {
  return pin?.state === 'pinned' && pin.ref !== null ? `docker-image://${pin.ref}` : null;
}

function secretSpec({ id, source }: SecretDeclaration): string {
  return source.kind === 'env' ? `id=${id},env=${source.name}` : `id=${id},src=${source.path}`;
}

/** Bake fills in `${…}` and `%{…}` in every text of a file. */
function literal(text: string): string {
  return text.replace(/[$%](?=\{)/g, (sign) => sign + sign);
}

function literals(texts: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, literal(text)]));
}

function blockedNotes({ graph, decisions }: Work): readonly string[] {
  return graph.nodes.flatMap(({ id }) =>
    decisions.get(id)?.action === 'blocked' ? [`"${id}" is blocked, and left out.`] : [],
  );
}

/** What Bake will not have as it was planned. */
function upstreamNotes(node: ImageNode, { pins }: Work): readonly string[] {
  return node.references.flatMap((reference) => {
    const upstream = referenceUpstream(reference);
    if (upstream === undefined) return [];
    if (upstream.kind === 'http') {
      return [
        `"${node.id}": Bake has no context that is a downloaded file; "${reference.written}" is left out.`,
      ];
    }
    const pin = pins.get(upstreamId(upstream));
    if (upstream.kind === 'local' || pin?.state === 'pinned') return [];
    return [
      `"${node.id}": "${upstream.name}" has no pin, so there is no key, and Bake takes what the name means then.`,
    ];
  });
}
