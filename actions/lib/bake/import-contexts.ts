/** Turns the named contexts of a target into those of a matrix, and git contexts into upstreams. */

import { toImageName } from '../matrix/to-image-name.ts';
import { CONTEXT_NAME, CONTEXT_SOURCE, GIT_REF, GIT_URL, isOfKind } from '../matrix/value-kinds.ts';
import type { BakeTarget } from './bake-file.ts';
import { pathIn } from './place-targets.ts';

/** What the contexts of one target become. */
export interface ImportedContexts {
  readonly contexts: Readonly<Record<string, string>>;
  /** By name: git sources that contexts stand for. */
  readonly upstreams: ReadonlyMap<string, { readonly git: string; readonly ref: string }>;
  readonly notes: readonly string[];
}

/**
 * Reads the named contexts of one target.
 * @param names of images, by target
 */
export function importContexts(
  target: BakeTarget,
  base: string,
  names: ReadonlyMap<string, string>,
): ImportedContexts {
  const contexts: Record<string, string> = {};
  const upstreams = new Map<string, { git: string; ref: string }>();
  const notes: string[] = [];
  const images = new Set(names.values());
  for (const [name, written] of Object.entries(target.contexts)) {
    const git = gitSource(written);
    const source = git === null ? sourceOf(written, base, names) : `upstream:${upstreamName(name, images)}`;
    if (source === null || !isOfKind(CONTEXT_SOURCE, source) || !isOfKind(CONTEXT_NAME, name)) {
      notes.push(`the context ${name} (${written}) is not carried over`);
      continue;
    }
    if (git !== null) upstreams.set(upstreamName(name, images), git);
    contexts[name] = source;
  }
  return { contexts, upstreams, notes };
}

function sourceOf(written: string, base: string, names: ReadonlyMap<string, string>): string | null {
  const [, parent] = /^target:(.+)$/.exec(written) ?? [];
  if (parent !== undefined) return `image:${names.get(parent) ?? ''}`;
  if (written.startsWith('docker-image://')) return written;
  return pathIn(base, written);
}

/** `https://host/repository.git#ref`; what names a folder in it has no counterpart. */
function gitSource(written: string): { git: string; ref: string } | null {
  const [url = '', ref = 'HEAD'] = written.split('#', 2);
  const isGit =
    /\.git$/.test(url) ||
    /^(?:git@|ssh:|git:)/.test(url) ||
    /^https:\/\/github\.com\/[^/]+\/[^/]+$/.test(url);
  if (!isGit || !isOfKind(GIT_URL, url) || !isOfKind(GIT_REF, ref) || ref.includes(':')) return null;
  return { git: url, ref };
}

/** An upstream may not have the name of an image. */
function upstreamName(context: string, images: ReadonlySet<string>): string {
  const name = toImageName(context);
  return images.has(name) ? `${name}-source` : name;
}
