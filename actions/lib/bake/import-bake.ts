/** Makes a matrix of the targets of a Bake or Compose file. Pure: what git knows comes in as functions. */
import type { BakeFile } from './bake-file.ts';
import type { Influences } from './bake-variables.ts';
import { findAliases, type ReferencesOf } from './find-aliases.ts';
import { type ImportedImage, importImage } from './import-image.ts';
import { mergeTwins } from './merge-twins.ts';
import { nameImages } from './name-images.ts';
import { ownWayOf } from './not-carried.ts';
import { findBase, type LeftTarget, type PlacedTarget, parentsOf, placeTargets } from './place-targets.ts';

/** What is to be imported. */
export interface ImportRequest {
  readonly file: BakeFile;
  readonly influences: Influences;
  /** Folders that the paths of the file may be relative to, the likeliest first; relative to the top of the repository. */
  readonly bases: readonly string[];
  /** Whether git knows a file. */
  has(path: string): boolean;
  readonly referencesOf: ReferencesOf;
  readonly now: Date;
}

/** What became of a file. */
export interface BakeImport {
  readonly registry: string | null;
  readonly upstreams: ReadonlyMap<string, { readonly git: string; readonly ref: string }>;
  readonly images: readonly ImportedImage[];
  readonly left: readonly LeftTarget[];
  /** What Darkroom does by itself in place of options that were said, as `cache-to: …`. */
  readonly replaced: readonly string[];
}

/** Turns targets into images of a matrix. */
export function importBake({ file, influences, bases, has, referencesOf, now }: ImportRequest): BakeImport {
  const base = findBase(file, bases, has);
  const { placed, left } = placeTargets(file, base, has);
  const { merged, twins } = mergeTwins(placed);
  const named = nameImages(merged.map(({ target }) => target));
  const names = new Map(
    placed.map(({ target: { name } }) => [name, named.names.get(twins.get(name) ?? name) ?? name] as const),
  );
  const aliases = findAliases(merged, names, referencesOf);
  const parents = new Set(
    placed.flatMap(({ target }) => parentsOf(target)).map((name) => twins.get(name) ?? name),
  );
  const images = merged.map((one) =>
    importImage(one, {
      ...{ base, registry: named.registry, names, now },
      twins: [...twins].flatMap(([twin, of]) => (of === one.target.name ? [twin] : [])),
      aliases: aliases.get(one.target.name) ?? [],
      isInternal: parents.has(one.target.name) && !isAskedFor(one),
      influences: influences.get(one.target.name) ?? new Map(),
    }),
  );
  const upstreams = new Map(images.flatMap((image) => [...image.upstreams]));
  return { registry: named.registry, upstreams, images, left, replaced: replacedIn(placed) };
}

/** What only others need has no tag, or the output that Buildx gives to what was not asked for. */
function isAskedFor({ target: { outputs, tags } }: PlacedTarget): boolean {
  return tags.length > 0 && outputs.join() !== 'cacheonly';
}

function replacedIn(placed: readonly PlacedTarget[]): readonly string[] {
  const options = new Set(placed.flatMap(({ target }) => [...target.others]));
  return [...options].toSorted().flatMap((option) => {
    const way = ownWayOf(option);
    return way === undefined ? [] : [`${option}: ${way}`];
  });
}
