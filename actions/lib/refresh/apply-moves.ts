/** Puts moved pins into a lock, whatever else stands in it by now. */
import type { Lock } from '../matrix/lock.ts';
import { toRecord } from '../matrix/read-value.ts';
import type { LockChange } from '../upstream/resolve-upstreams.ts';

/** What a lock is given. */
export type AppliedLock = {
  readonly lock: Lock;
  /** Changes that were carried out: those that found what they were decided on. */
  readonly applied: readonly LockChange[];
};

/** Gives the lock with every change whose `from` is what stands in it. */
export function applyMoves(lock: Lock, changes: readonly LockChange[]): AppliedLock {
  const applied: LockChange[] = [];
  const images = new Map(
    Object.entries(lock.images).map(([name, pins]) => [name, new Map(Object.entries(pins))]),
  );
  const flat = {
    git: new Map(Object.entries(lock.git)),
    http: new Map(Object.entries(lock.http)),
    local: new Map(Object.entries(lock.local)),
  };
  for (const change of changes) {
    const { name, platform } = lockEntry(change);
    const pins =
      change.kind === 'image' ? (images.get(name) ?? new Map<string, string>()) : flat[change.kind];
    const key = change.kind === 'image' ? platform : name;
    if ((pins.get(key) ?? null) !== change.from) continue;
    if (change.to === null) pins.delete(key);
    else pins.set(key, change.to);
    if (change.kind === 'image') images.set(name, pins);
    applied.push(change);
  }
  const kept = [...images].filter(([, pins]) => pins.size > 0);
  return {
    lock: {
      version: 1,
      images: toRecord(kept.map(([name, pins]) => [name, toRecord([...pins])])),
      git: toRecord([...flat.git]),
      http: toRecord([...flat.http]),
      local: toRecord([...flat.local]),
    },
    applied,
  };
}

/** The keys of an entry; `platform` is empty where there is none. */
export function lockEntry({ kind, what }: Pick<LockChange, 'kind' | 'what'>): {
  readonly name: string;
  readonly platform: string;
} {
  if (kind !== 'image') return { name: what, platform: '' };
  const blank = what.lastIndexOf(' ');
  return { name: what.slice(0, blank), platform: what.slice(blank + 1) };
}

/** What differs between two locks. */
export function compareLocks(before: Lock, after: Lock): readonly LockChange[] {
  const [was, is] = [pinsOf(before), pinsOf(after)];
  return [...new Map([...was, ...is]).values()].flatMap(({ kind, what }) => {
    const key = `${kind}\n${what}`;
    const [from, to] = [was.get(key)?.pin ?? null, is.get(key)?.pin ?? null];
    return from === to ? [] : [{ kind, what, from, to }];
  });
}

function pinsOf(lock: Lock) {
  const images = Object.entries(lock.images).flatMap(([name, pins]) =>
    Object.entries(pins).map(([platform, pin]) => ({
      kind: 'image' as const,
      what: `${name} ${platform}`,
      pin,
    })),
  );
  const others = (['git', 'http', 'local'] as const).flatMap((kind) =>
    Object.entries(lock[kind]).map(([what, pin]) => ({ kind, what, pin })),
  );
  return new Map([...images, ...others].map((one) => [`${one.kind}\n${one.what}`, one]));
}
