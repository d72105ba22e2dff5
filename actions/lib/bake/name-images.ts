/** Decides what the images of imported targets are called, and which registry is home. */
import { parseImageReference } from '../image/image-reference.ts';
import { toImageName } from '../matrix/to-image-name.ts';
import { isOfKind, REGISTRY } from '../matrix/value-kinds.ts';
import type { BakeTarget } from './bake-file.ts';

/** Names by target, and what their tags have in common. */
export interface ImageNames {
  readonly registry: string | null;
  readonly names: ReadonlyMap<string, string>;
}

/** Where a tag puts an image. */
export interface Repository {
  /** `null`: a name without a path means this machine. */
  readonly registry: string | null;
  readonly name: string;
}

/**
 * Names every image after the repository its tags name, as long as that is its own; else after its target. Home is the
 * registry that most targets name.
 */
export function nameImages(targets: readonly BakeTarget[]): ImageNames {
  const registry = mostCommon(targets.map((target) => [...new Set(repositoriesOf(target).flatMap(homeOf))]));
  const wanted = targets.map((target) => {
    const own = repositoriesOf(target);
    const repository = own.find((one) => one.registry === registry) ?? own[0];
    return { target: target.name, name: toImageName(repository?.name ?? target.name) };
  });
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const { target, name } of wanted) {
    const isShared = wanted.some((other) => other.target !== target && other.name === name);
    const chosen = free(isShared ? toImageName(target) : name, taken);
    taken.add(chosen);
    names.set(target, chosen);
  }
  return { registry, names };
}

/** The repository that a tag names; `null` for what is no image reference. */
export function repositoryOfTag(tag: string): (Repository & { readonly tag: string }) | null {
  try {
    const reference = parseImageReference(tag);
    const parts = reference.repository.split('/');
    const name = parts.pop() ?? '';
    const isLocal = reference.registry === 'docker.io' && parts.join('/') === 'library' && !tag.includes('/');
    const registry = isLocal ? null : [reference.registry, ...parts].join('/');
    return { registry, name, tag: reference.tag ?? 'latest' };
  } catch {
    return null;
  }
}

function repositoriesOf({ tags }: BakeTarget): readonly Repository[] {
  return tags.flatMap((tag) => repositoryOfTag(tag) ?? []);
}

function homeOf({ registry }: Repository): readonly string[] {
  return registry !== null && isOfKind(REGISTRY, registry) ? [registry] : [];
}

/** The one that most lists hold; of several the one that comes first. */
function mostCommon(lists: readonly (readonly string[])[]): string | null {
  const counts = new Map<string, number>();
  for (const one of lists.flat()) counts.set(one, (counts.get(one) ?? 0) + 1);
  return [...counts].toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? null;
}

function free(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  for (let number = 2; ; number += 1) if (!taken.has(`${name}-${number}`)) return `${name}-${number}`;
}
