/** Recomputes a published key vector from its inputs, as another tool would: git ids from contents, then the selection. */
import { createHash } from 'node:crypto';
import type { ContextRead } from '../../actions/lib/dockerfile/dockerfile.ts';
import { comparePaths, decodePath, encodePath } from '../../actions/lib/git/path-text.ts';
import type { FileMode, TreeEntry } from '../../actions/lib/git/source.ts';
import { type FileInput, fileInputs, lfsName, type Preimage } from '../../actions/lib/key/content-key.ts';
import { contextTree } from '../../actions/lib/key/context-tree.ts';
import { hasWildcards } from '../../actions/lib/key/file-match.ts';
import { ignoreFileFor, parseIgnoreFile } from '../../actions/lib/key/ignore-patterns.ts';
import { selectContextFiles } from '../../actions/lib/key/select-context-files.ts';

/** Text, or bytes that are no text. */
type Bytes = string | { readonly base64: string };

/** Sources of one context, as BuildKit sees them. */
interface ContextFacts {
  readonly folder: string;
  readonly reads: readonly string[] | 'whole';
}

/** What a Dockerfile, a matrix and a lock say. */
export interface VectorInput {
  /** `[mode, path, content]`; the target of a link, the commit of a submodule. */
  readonly tree: readonly (readonly [FileMode, Bytes, Bytes])[];
  /** Path of the Dockerfile in the tree. */
  readonly dockerfile: string;
  readonly syntax: string | null;
  readonly platform: string;
  readonly target: string | null;
  readonly context: ContextFacts;
  readonly contexts: Readonly<Record<string, ContextFacts>>;
  readonly declaredArgs: readonly string[];
  readonly args: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** Ids that `RUN --mount=type=secret` asks for. */
  readonly secretIds: readonly string[];
  readonly secrets: readonly { readonly id: string; readonly version: string; readonly value: string }[];
  readonly parents: Readonly<Record<string, string>>;
  readonly upstreams: Readonly<Record<string, string>>;
}

/** One published vector. */
export interface KeyVector {
  readonly name: string;
  readonly input: VectorInput;
  readonly canonical: string;
  readonly key: string;
}

/** The published file. */
export interface KeyVectors {
  readonly spec: string;
  readonly vectors: readonly KeyVector[];
  /** Two vectors by name, and whether their keys must be the same. */
  readonly pairs: readonly {
    readonly keys: 'equal' | 'differ';
    readonly of: readonly [string, string];
    readonly because: string;
  }[];
}

/** The pre-image of a vector's inputs. */
export function preimageOf(input: VectorInput): Preimage {
  const contents = new Map(
    input.tree.map(([, path, content]) => [pathText(path), toBytes(content)] as const),
  );
  const entries = input.tree
    .map(([mode, path, content]): TreeEntry => ({ mode, id: gitId(mode, content), path: pathText(path) }))
    .sort((a, b) => comparePaths(a.path, b.path));
  const filesOf = ({ folder, reads }: ContextFacts, dockerfile: string | null): readonly FileInput[] => {
    const targets = new Map(
      entries.map(({ id, path }) => [id, contents.get(path) ?? Buffer.alloc(0)] as const),
    );
    const ignore = ignoreFileFor(dockerfile, folder, (path) => contents.has(path));
    const patterns = ignore === null ? null : parseIgnoreFile(contents.get(ignore) ?? '', ignore);
    return fileInputs(
      selectContextFiles(
        contextTree(entries, folder, targets),
        patterns,
        reads === 'whole' ? reads : reads.map(toRead),
      ),
    );
  };
  const files = filesOf(input.context, input.dockerfile);
  const named = Object.entries(input.contexts).map(([name, facts]) => [name, filesOf(facts, null)] as const);
  return {
    spec: 'darkroom-key/1',
    platform: input.platform,
    target: input.target,
    dockerfile: { blob: gitId('100644', textOf(contents, input.dockerfile)), syntax: input.syntax },
    args: Object.fromEntries(
      Object.entries(input.args).filter(([name]) => input.declaredArgs.includes(name)),
    ),
    labels: input.labels,
    files,
    contexts: Object.fromEntries(named),
    lfs: Object.fromEntries([
      ...lfsObjects(input.context, null, files, contents),
      ...Object.entries(input.contexts).flatMap(([name, facts]) =>
        lfsObjects(facts, name, filesOf(facts, null), contents),
      ),
    ]),
    secrets: Object.fromEntries(
      input.secrets.filter(({ id }) => input.secretIds.includes(id)).map(({ id, version }) => [id, version]),
    ),
    parents: input.parents,
    upstreams: input.upstreams,
  };
}

function gitId(mode: FileMode, content: Bytes): string {
  const bytes = toBytes(content);
  if (mode === '160000') return bytes.toString();
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

function lfsObjects(
  { folder }: ContextFacts,
  context: string | null,
  files: readonly FileInput[],
  contents: ReadonlyMap<string, Buffer>,
): readonly (readonly [string, string])[] {
  return files.flatMap((file) => {
    const content = contents.get(folder === '.' ? file[2] : `${folder}/${file[2]}`)?.toString() ?? '';
    const oid = /^version https:\/\/git-lfs\.github\.com\/spec\/v1\noid sha256:([0-9a-f]{64})\n/.exec(
      content,
    )?.[1];
    return oid === undefined ? [] : [[lfsName(context, file), oid] as const];
  });
}

function toRead(path: string): ContextRead {
  return { from: null, path, wildcards: true, optional: hasWildcards(path), place: { file: 'Dockerfile' } };
}

function textOf(contents: ReadonlyMap<string, Buffer>, path: string): string {
  const content = contents.get(path);
  if (content === undefined) throw new RangeError(`the vector has no ${path}`);
  return content.toString();
}

function toBytes(value: Bytes): Buffer {
  return typeof value === 'string' ? Buffer.from(value) : Buffer.from(value.base64, 'base64');
}

/** A path of the tree as the sources hold it. */
function pathText(value: Bytes): string {
  return typeof value === 'string' ? decodePath(encodePath(value)) : decodePath(toBytes(value));
}
