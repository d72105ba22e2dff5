/** Turns a matrix and its resolved Dockerfiles into a graph; owns the rule which edge is internal. */
import type { ResolvedDockerfile } from '../dockerfile/dockerfile.ts';
import { DarkroomError, formatPlace, type Place, type Problem } from '../errors/darkroom-error.ts';
import { nearestName } from '../errors/nearest-name.ts';
import { normaliseImageReference } from '../image/image-reference.ts';
import type { ImageDeclaration, Matrix, Platform } from '../matrix/matrix.ts';
import type { ImageGraph, ImageNode, Reference } from './image-graph.ts';

/** A declared image with its Dockerfile resolved for one platform. */
export interface ResolvedImage {
  readonly image: ImageDeclaration;
  readonly platform: Platform;
  readonly args: Readonly<Record<string, string>>;
  readonly dockerfile: ResolvedDockerfile;
}

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly place: Place;
}

/**
 * Builds the graph of every image and platform of a matrix.
 * @throws DarkroomError `graph/cycle` with each edge's file and line, `graph/missing-platform` when a parent is not
 * built for a platform its child needs, `graph/bad-reference` for a name that is no image reference.
 */
export function buildGraph(matrix: Matrix, images: readonly ResolvedImage[]): ImageGraph {
  const problems: Problem[] = [];
  const nodes = new Map<string, ImageNode>();
  for (const resolved of images) {
    const references = classifyReferences(matrix, resolved, problems);
    problems.push(...hiddenStages(resolved));
    const id = nodeId(resolved.image, resolved.platform);
    nodes.set(id, {
      ...resolved,
      id,
      references,
      parents: parentIds(matrix, resolved, references, problems),
      wholeContext: resolved.dockerfile.wholeContext,
      licence: resolved.image.licence,
    });
  }
  if (problems.length > 0) throw new DarkroomError(problems, { kind: 'use' });
  return { nodes: inherit(sortNodes(nodes)) };
}

/** Names a node: the image's name, with the platform only where an image has several. */
export function nodeId(image: ImageDeclaration, platform: Platform): string {
  return image.platforms.length === 1 ? image.name : `${image.name}@${platform}`;
}

/** What each name of a Dockerfile stands for, once per name. */
function classifyReferences(
  matrix: Matrix,
  { image, platform, dockerfile }: ResolvedImage,
  problems: Problem[],
): readonly Reference[] {
  const references = new Map<string, Reference>();
  for (const { name, written, place, platform: named } of dockerfile.references) {
    try {
      // Images are built where their platform is native, so the builder's own platform is the image's.
      const reference = classifyReference(matrix, image, { name, place, platform: named ?? platform });
      const known = references.get(name);
      if (known === undefined) references.set(name, reference);
      else if ('platform' in known && 'platform' in reference && known.platform !== reference.platform) {
        problems.push({
          code: 'graph/two-platforms',
          place,
          message: `"${name}" is used for "${known.platform}" and for "${reference.platform}" in one Dockerfile; expected one platform per name.`,
          hint: `Declare the second use as an image of its own with "platforms: [${reference.platform}]".`,
        });
      }
    } catch (error) {
      if (!(error instanceof DarkroomError)) throw error;
      problems.push({
        code: 'graph/bad-reference',
        place,
        message: `"${name}"${written === name ? '' : ` (from "${written}")`} is no stage, no image of ${matrix.file} and no image reference.`,
        ...(written === name ? {} : { hint: `Give the ARG its value under "args:" of "${image.name}".` }),
      });
    }
  }
  return [...references.values()];
}

/** BuildKit would silently put a named context in place of a stage of the same name. */
function hiddenStages({ image, dockerfile }: ResolvedImage): readonly Problem[] {
  return [...image.contexts].flatMap(([name, { place }]) =>
    dockerfile.stageNames.includes(name.toLowerCase())
      ? [
          {
            code: 'graph/context-hides-stage' as const,
            place,
            message: `The context "${name}" of "${image.name}" has the name of a stage in ${image.dockerfile}.`,
            hint: 'Rename one of them.',
          },
        ]
      : [],
  );
}

/** Decides what a name stands for: a named context, an image of the matrix, a named upstream, else an image upstream. */
function classifyReference(
  matrix: Matrix,
  image: ImageDeclaration,
  { name, place, platform }: { readonly name: string; readonly place: Place; readonly platform: Platform },
): Reference {
  const common = { written: name, place };
  const context = image.contexts.get(name);
  if (context?.kind === 'folder') return { ...common, kind: 'context', folder: context.path };
  if (context?.kind === 'docker-image') {
    const reference = normaliseImageReference(context.reference);
    return { ...common, kind: 'upstream', reference, platform };
  }
  const named = context?.kind === 'image' ? matrix.images.get(context.name) : undefined;
  const parent = context === undefined ? internalImage(matrix, name) : named;
  if (parent !== undefined) {
    return { ...common, kind: 'parent', image: parent.name, platform, node: nodeId(parent, platform) };
  }
  const upstream = matrix.upstreams.get(context?.name ?? name);
  if (upstream !== undefined) return { ...common, kind: 'named-upstream', upstream };
  const near = nearestName(name, matrix.images.keys());
  const reference = normaliseImageReference(name);
  return { ...common, kind: 'upstream', reference, platform, ...(near === undefined ? {} : { near }) };
}

/**
 * By the matrix's own registry, not by one given on the command line: what an option says must not change a key. For
 * BuildKit `:latest` and no tag are one name; any other tag is a published image, unless an alias says otherwise.
 */
export function internalImage(matrix: Matrix, written: string): ImageDeclaration | undefined {
  const named = matrix.images.get(written);
  if (named !== undefined) return named;
  const normalised = normaliseImageReference(written);
  return [...matrix.images.values()].find(({ name, aliases }) => {
    const own = matrix.registry === undefined ? [] : [`${matrix.registry}/${name}`];
    return [...own, ...aliases].some((alias) => normaliseImageReference(alias) === normalised);
  });
}

function parentIds(
  matrix: Matrix,
  child: ResolvedImage,
  references: readonly Reference[],
  problems: Problem[],
): readonly string[] {
  const ids = new Set<string>();
  for (const reference of references) {
    if (reference.kind !== 'parent') continue;
    const parent = matrix.images.get(reference.image);
    if (parent === undefined) continue;
    if (!parent.platforms.includes(reference.platform)) {
      problems.push({
        code: 'graph/missing-platform',
        place: reference.place,
        message: `"${child.image.name}" needs "${parent.name}" for "${reference.platform}", which is built only for ${parent.platforms.join(', ')}.`,
        hint: `Add "${reference.platform}" to the platforms of "${parent.name}" (${formatPlace(parent.place)}).`,
      });
    }
    ids.add(reference.node);
  }
  return [...ids];
}

/** Orders nodes parents first, otherwise as written. @throws DarkroomError `graph/cycle` */
function sortNodes(nodes: ReadonlyMap<string, ImageNode>): readonly ImageNode[] {
  const sorted: ImageNode[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const path: Edge[] = [];
  const visit = (id: string): void => {
    if (state.get(id) === 'done') return;
    if (state.get(id) === 'open') throw cycleError(path, id);
    const node = nodes.get(id);
    if (node === undefined) return;
    state.set(id, 'open');
    for (const parent of node.parents) {
      path.push({ from: id, to: parent, place: edgePlace(node, parent) });
      visit(parent);
      path.pop();
    }
    state.set(id, 'done');
    sorted.push(node);
  };
  for (const id of nodes.keys()) visit(id);
  return sorted;
}

function edgePlace(node: ImageNode, parentId: string): Place {
  const edge = node.references.find(
    (reference) => reference.kind === 'parent' && reference.node === parentId,
  );
  return edge?.place ?? node.image.place;
}

function cycleError(path: readonly Edge[], id: string): DarkroomError {
  const start = path.findIndex((edge) => edge.from === id);
  const edges = path.slice(start);
  const lines = edges.map((edge) => `  ${formatPlace(edge.place)}: ${edge.from} needs ${edge.to}`);
  const first = edges[0];
  return new DarkroomError(
    {
      code: 'graph/cycle',
      ...(first === undefined ? {} : { place: first.place }),
      message: `Images need each other in a circle: ${[...edges.map((edge) => edge.from), id].join(' → ')}.\n${lines.join('\n')}`,
      hint: 'Remove one of these edges: move what both need into an image of its own.',
    },
    { kind: 'use' },
  );
}

/** Hands licences and the effect of a parent's ONBUILD down; `nodes` are sorted parents first. */
function inherit(nodes: readonly ImageNode[]): readonly ImageNode[] {
  const done = new Map<string, ImageNode>();
  for (const node of nodes) {
    const parents = node.parents.flatMap((id) => done.get(id) ?? []);
    const licence = new Set(node.licence);
    for (const id of [...parents.flatMap((parent) => parent.licence), ...upstreamLicences(node)])
      licence.add(id);
    const onbuild = parents.find((parent) => parent.dockerfile.hasOnbuild && standsOn(node, parent));
    const inherited = { ...node, licence: [...licence] };
    done.set(node.id, onbuild === undefined ? inherited : withTriggers(inherited, onbuild));
  }
  return [...done.values()];
}

/** Triggers of a parent may read any file, declare any argument and ask for any secret of the child. */
function withTriggers(node: ImageNode, parent: ImageNode): ImageNode {
  const { image, dockerfile } = node;
  return {
    ...node,
    args: { ...image.args, ...node.args },
    dockerfile: {
      ...dockerfile,
      secretIds: new Set([...dockerfile.secretIds, ...image.secrets.map(({ id }) => id)]),
    },
    wholeContext: node.wholeContext ?? {
      reason: `its parent "${parent.image.name}" has ONBUILD triggers`,
      place: image.place,
    },
  };
}

function standsOn(node: ImageNode, parent: ImageNode): boolean {
  return node.references.some(
    (reference) =>
      reference.kind === 'parent' &&
      reference.node === parent.id &&
      node.dockerfile.bases.has(reference.written),
  );
}

function upstreamLicences(node: ImageNode): readonly string[] {
  return node.references.flatMap((reference) =>
    reference.kind === 'named-upstream' ? reference.upstream.licence : [],
  );
}
