/** Finds where targets lie in the repository, and which of them cannot be images of a matrix. */
import { posix } from 'node:path';
import { PLATFORMS } from '../matrix/value-kinds.ts';
import type { BakeFile, BakeTarget } from './bake-file.ts';

/** A target whose Dockerfile is in the repository; paths are relative to its top. */
export interface PlacedTarget {
  readonly target: BakeTarget;
  readonly context: string;
  readonly dockerfile: string;
  readonly platforms: readonly string[];
}

/** A target that is left out. */
export interface LeftTarget {
  readonly target: string;
  readonly reason: string;
}

/** Outputs that are files, and leave no image. */
const FILES = new Set(['local', 'tar', 'cacheonly']);
const IMAGES = new Set(['image', 'registry', 'docker', 'oci']);
const ADDRESS = /^(?:[a-z][\w+.-]*:\/\/|git@|github\.com\/)/i;

/**
 * The folder from which the paths of a file make most sense: that with the most Dockerfiles where the targets say; the
 * first of several.
 * @param candidates relative to the top of the repository
 */
export function findBase(
  file: BakeFile,
  candidates: readonly string[],
  has: (path: string) => boolean,
): string {
  const count = (base: string): number =>
    [...file.values()].filter((target) => {
      const dockerfile = dockerfileOf(base, target);
      return dockerfile !== null && has(dockerfile.path);
    }).length;
  const counted = candidates.map((base) => ({ base, count: count(base) }));
  return counted.toSorted((a, b) => b.count - a.count)[0]?.base ?? '.';
}

/** Places every target, parents and children alike; a target whose parent is left out is left out too. */
export function placeTargets(
  file: BakeFile,
  base: string,
  has: (path: string) => boolean,
): { readonly placed: readonly PlacedTarget[]; readonly left: readonly LeftTarget[] } {
  const parents = new Set([...file.values()].flatMap(parentsOf));
  const left = new Map<string, string>();
  const placed = new Map<string, PlacedTarget>();
  for (const target of file.values()) {
    const reason = reasonToLeave(target, parents.has(target.name));
    const one = reason === null ? place(target, base, has) : reason;
    if (typeof one === 'string') left.set(target.name, one);
    else placed.set(target.name, one);
  }
  for (let before = -1; before !== left.size; ) {
    before = left.size;
    for (const [name, { target }] of placed) {
      const lost = parentsOf(target).find((parent) => left.has(parent));
      if (lost === undefined) continue;
      left.set(name, `it needs "${lost}"`);
      placed.delete(name);
    }
  }
  return {
    placed: withPlatformsOfChildren(placed),
    left: [...left].map(([target, reason]) => ({ target, reason })),
  };
}

/**
 * The targets that say of themselves that they are images, by a tag or an output, with what they are built from.
 * @param inherited names of targets that others only take options from
 */
export function imageTargets(file: BakeFile, inherited: ReadonlySet<string>): BakeFile {
  const kept = new Set<string>();
  const keep = (name: string): void => {
    const target = file.get(name);
    if (target === undefined || kept.has(name)) return;
    kept.add(name);
    for (const parent of parentsOf(target)) keep(parent);
  };
  for (const { name, tags, outputs } of file.values()) {
    const isImage = outputs.some((output) => IMAGES.has(output)) || (outputs.length === 0 && tags.length > 0);
    if (isImage && !inherited.has(name)) keep(name);
  }
  return new Map([...file].filter(([name]) => kept.has(name)));
}

/** Names that stand in lists called `inherits`: resolved targets do not tell any more. */
export function inheritedNames(text: string): ReadonlySet<string> {
  const lists = [...text.matchAll(/\binherits"?\s*[=:]\s*\[([^\]]*)\]/g)].map(([, list = '']) => list);
  return new Set(lists.flatMap((list) => [...list.matchAll(/"([\w-]+)"/g)].map(([, name = '']) => name)));
}

/** Names of the targets that a target is built from. */
export function parentsOf({ contexts }: BakeTarget): readonly string[] {
  return Object.values(contexts).flatMap((one) => /^target:(.+)$/.exec(one)?.[1] ?? []);
}

/** A path of the repository; `null` for an address, and for what lies outside. */
export function pathIn(base: string, written: string): string | null {
  const path = written.replace(/^cwd:\/\//, '');
  if (ADDRESS.test(path) || path.startsWith('/') || path === '-') return null;
  const joined = posix.normalize(posix.join(base, path)).replace(/(?<=.)\/$/, '');
  return joined === '..' || joined.startsWith('../') ? null : joined;
}

/** Whether it leaves files on the machine, or nothing, and no image. */
export function makesFiles({ outputs }: BakeTarget): boolean {
  return outputs.length > 0 && outputs.every((output) => FILES.has(output));
}

function reasonToLeave(target: BakeTarget, isParent: boolean): string | null {
  if (target.others.has('dockerfile-inline'))
    return 'its Dockerfile stands in the file (dockerfile-inline); write it to one of its own';
  if (target.others.has('call')) return 'it checks, and makes no image (call)';
  return makesFiles(target) && !isParent
    ? `it makes files, and no image (output ${target.outputs.join(', ')})`
    : null;
}

function place(target: BakeTarget, base: string, has: (path: string) => boolean): PlacedTarget | string {
  const found = dockerfileOf(base, target);
  if (found === null) return `its context "${target.context}" is no folder of the repository`;
  if (!has(found.path)) return `git knows no file "${found.path}"`;
  const platforms = target.platforms.flatMap((platform) => toPlatform(platform) ?? []);
  if (platforms.length === 0 && target.platforms.some((platform) => platform !== 'local')) {
    return `Darkroom does not build for ${target.platforms.join(', ')}`;
  }
  return { target, context: found.context, dockerfile: found.path, platforms: [...new Set(platforms)] };
}

function dockerfileOf(
  base: string,
  { context, dockerfile }: BakeTarget,
): { readonly context: string; readonly path: string } | null {
  const folder = pathIn(base, context);
  const path = folder === null ? null : pathIn(/^cwd:/.test(dockerfile) ? base : folder, dockerfile);
  return folder === null || path === null ? null : { context: folder, path };
}

/** The one spelling that a matrix has; `null` for what it does not build. */
function toPlatform(written: string): string | null {
  const [, os, arch = '', variant = ''] = /^([^/]+)\/([^/]+)(?:\/(.+))?$/.exec(written.toLowerCase()) ?? [];
  const known = { x86_64: 'amd64', aarch64: 'arm64', armhf: 'arm', i386: '386' }[arch] ?? arch;
  const usual = { amd64: 'v1', arm64: 'v8' }[known];
  const shown = known === 'arm' && variant === '' ? 'v7' : variant === usual ? '' : variant;
  const platform = [os, known, ...(shown === '' ? [] : [shown])].join('/');
  return PLATFORMS.find((one) => one === platform) ?? null;
}

/** A parent that names no platform is built for those of its children. */
function withPlatformsOfChildren(placed: ReadonlyMap<string, PlacedTarget>): readonly PlacedTarget[] {
  const platforms = new Map([...placed].map(([name, one]) => [name, new Set(one.platforms)]));
  const isOpen = new Set([...placed].flatMap(([name, one]) => (one.platforms.length === 0 ? [name] : [])));
  for (let changed = true; changed; ) {
    changed = false;
    for (const [name, { target }] of placed) {
      for (const parent of parentsOf(target).filter((one) => isOpen.has(one))) {
        const known = platforms.get(parent);
        for (const platform of platforms.get(name) ?? []) {
          changed ||= known?.has(platform) === false;
          known?.add(platform);
        }
      }
    }
  }
  return [...placed.values()].map((one) => ({
    ...one,
    platforms: [...(platforms.get(one.target.name) ?? [])],
  }));
}
