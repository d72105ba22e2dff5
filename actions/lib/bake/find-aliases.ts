/** Finds tags of the imported images that other Dockerfiles among them stand on: by an alias they become edges. */
import { normaliseImageReference } from '../image/image-reference.ts';
import type { PlacedTarget } from './place-targets.ts';

/** Reads what the Dockerfile of a target takes from elsewhere, for its first platform. */
export type ReferencesOf = (target: PlacedTarget) => readonly string[];

/** Aliases by target: names as the Dockerfiles write them. */
export function findAliases(
  placed: readonly PlacedTarget[],
  names: ReadonlyMap<string, string>,
  referencesOf: ReferencesOf,
): ReadonlyMap<string, readonly string[]> {
  const owners = ownersOfTags(placed);
  const taken = new Set(names.values());
  const aliases = new Map<string, Set<string>>();
  for (const child of placed) {
    const { target } = child;
    const written = referencesOf(child).filter(
      (one) => !taken.has(one) && target.contexts[one] === undefined,
    );
    for (const one of written) {
      const owner = owners.get(normalised(one) ?? '');
      // An image that builds on its own last version is no circle.
      if (owner === undefined || owner === target.name) continue;
      aliases.set(owner, (aliases.get(owner) ?? new Set()).add(one));
    }
  }
  return new Map([...aliases].map(([target, written]) => [target, [...written]]));
}

/** Of two targets with one tag the first has it. */
function ownersOfTags(placed: readonly PlacedTarget[]): ReadonlyMap<string, string> {
  const tags = placed.flatMap(({ target }) =>
    target.tags.map((tag) => [normalised(tag), target.name] as const),
  );
  return new Map(tags.flatMap(([tag, name]) => (tag === null ? [] : [[tag, name] as const])).toReversed());
}

function normalised(reference: string): string | null {
  try {
    return normaliseImageReference(reference);
  } catch {
    return null;
  }
}
