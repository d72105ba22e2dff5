/** What is kept whatever else is, and with it everything it names. */

/** What may not go, by image: keys by the hash in their tags, manifests by digest. */
export interface Roots {
  readonly keys: ReadonlyMap<string, ReadonlySet<string>>;
  readonly digests: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Roots that grow. */
export interface GrowingRoots extends Roots {
  /** The image of a key and the key itself, in full or its first 32 digits. */
  addKey(image: string, key: string): void;
  addDigest(image: string, digest: string): void;
}

/** Starts with none, or with those of others. */
export function growRoots(from?: Roots): GrowingRoots {
  const copy = (sets: Roots['keys'] | undefined) =>
    new Map([...(sets ?? [])].map(([image, own]) => [image, new Set(own)]));
  const [keys, digests] = [copy(from?.keys), copy(from?.digests)];
  const add = (sets: Map<string, Set<string>>, image: string, value: string): void => {
    sets.set(image, (sets.get(image) ?? new Set()).add(value));
  };
  return {
    ...{ keys, digests },
    addKey: (image, key) => add(keys, image, key.slice(0, 32)),
    addDigest: (image, digest) => add(digests, image, digest),
  };
}
