/** Finds for every node the files that can reach its image: per context, after the ignore file. Pure. */
import { DarkroomError, type Problem } from '../errors/darkroom-error.ts';
import { listNames, nearestName } from '../errors/nearest-name.ts';
import type { TreeEntry } from '../git/source.ts';
import type { ImageGraph, ImageNode } from '../graph/image-graph.ts';
import { ignoreFileFor, parseIgnoreFile } from '../key/ignore-patterns.ts';
import { type ContextSelection, createContextSelector } from '../key/select-context-files.ts';
import type { SourceTexts } from './read-sources.ts';

/** The files of one context; `path` of an entry is relative to `folder`. */
export interface ContextInputs {
  /** Relative to the repository, `.` for its root. */
  readonly folder: string;
  readonly files: readonly TreeEntry[];
  /** Folders that arrive empty, since everything in them is ignored. */
  readonly emptyFolders: readonly string[];
}

/** Everything of the repository that can reach one image. */
export interface NodeInputs {
  readonly dockerfile: TreeEntry;
  readonly main: ContextInputs;
  /** By the name the Dockerfile uses. */
  readonly contexts: ReadonlyMap<string, ContextInputs>;
}

/**
 * Selects the inputs of every node.
 * @throws DarkroomError `plan/missing-source` for every source that matches no file, `key/…` for a bad ignore file
 */
export function selectInputs(
  graph: ImageGraph,
  entries: readonly TreeEntry[],
  texts: SourceTexts,
): ReadonlyMap<string, NodeInputs> {
  const problems: Problem[] = [];
  const select = createContextSelector(
    entries,
    (path) => {
      const text = texts.texts.get(path);
      return text === undefined ? null : parseIgnoreFile(text, path);
    },
    texts.linkTargets,
  );
  const inputs = new Map<string, NodeInputs>();
  for (const node of graph.nodes) {
    const dockerfile = texts.find(node.image.dockerfile);
    if (dockerfile === undefined) throw new Error(`${node.image.dockerfile} was read but is not in the tree`);
    const ignoreFile = (folder: string, isMain: boolean): string | null =>
      ignoreFileFor(isMain ? node.image.dockerfile : null, folder, (path) => texts.find(path) !== undefined);
    const take = (folder: string, name: string | null): ContextInputs => {
      const ignore = ignoreFile(folder, name === null);
      const selection = select(folder, ignore, readsOf(node, name));
      problems.push(
        ...missingSources(node, folder, ignore, selection, (path) => nearFile(entries, folder, path)),
        ...unsendableNames(node, selection),
      );
      return { folder, files: selection.files, emptyFolders: selection.emptyFolders };
    };
    const contexts = node.references.flatMap((reference) =>
      reference.kind === 'context'
        ? [[reference.written, take(reference.folder, reference.written)] as const]
        : [],
    );
    inputs.set(node.id, { dockerfile, main: take(node.image.context, null), contexts: new Map(contexts) });
  }
  if (problems.length > 0) throw new DarkroomError(problems, { kind: 'use' });
  return inputs;
}

/** Reads from the main context (`null`) or a named one; a named context used as a base counts whole. */
function readsOf(node: ImageNode, context: string | null) {
  const whole = context === null ? node.wholeContext !== null : node.dockerfile.bases.has(context);
  return whole ? 'whole' : node.dockerfile.reads.filter((read) => read.from === context);
}

function missingSources(
  node: ImageNode,
  folder: string,
  ignore: string | null,
  selection: ContextSelection,
  nearFile: (path: string) => string,
): readonly Problem[] {
  return selection.missing.map((read) => ({
    code: 'plan/missing-source',
    place: read.place,
    message: `The source "${read.path}" matches no file of the context "${folder}" of "${node.image.name}".${nearFile(read.path)}`,
    hint: `Expected a path relative to that folder, known to git (not in .gitignore)${ignore === null ? '' : ` and not excluded by ${ignore}`}.`,
  }));
}

function nearFile(entries: readonly TreeEntry[], folder: string, path: string): string {
  const prefix = folder === '.' ? '' : `${folder}/`;
  const names = entries.flatMap((entry) =>
    entry.path.startsWith(prefix) ? [entry.path.slice(prefix.length)] : [],
  );
  const near = nearestName(path, names);
  return near === undefined ? '' : ` Did you mean "${near}"?`;
}

/** BuildKit's protocol carries names and targets of links as UTF-8 and breaks off at any other. */
function unsendableNames(node: ImageNode, { unsendable }: ContextSelection): readonly Problem[] {
  const names = unsendable.map(({ path }) => JSON.stringify(path));
  if (names.length === 0) return [];
  return [
    {
      code: 'plan/unsendable-name',
      place: node.image.place,
      message: `The image "${node.image.name}" copies files whose names or link targets are not UTF-8, which BuildKit cannot take: ${listNames(names)}.`,
      hint: 'Rename them, or exclude them in the ignore file.',
    },
  ];
}
