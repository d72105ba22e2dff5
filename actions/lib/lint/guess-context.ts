import { posix } from 'node:path';
import { cleanSourcePath, holdsWildcards } from '../dockerfile/source-path.ts';
import { contextSources } from './context-sources.ts';
import type { LintedDockerfile } from './linted-dockerfile.ts';

/**
 * The build context of a Dockerfile that neither a matrix nor a Compose file names: the nearest folder from its own up to
 * the root that holds most of what it copies. `null` where none holds half of it: it is built from somewhere else.
 * @param exists tells whether a path of the project is a file or folder
 */
export function guessContext(file: LintedDockerfile, exists: (path: string) => boolean): string | null {
  const sources = [...sourcesOf(file)];
  const own = posix.dirname(file.source.file);
  if (own === '.' || sources.length === 0) return own;
  let best = { folder: own, held: 0 };
  for (let folder = own; ; folder = posix.dirname(folder)) {
    const held = sources.filter((source) => exists(posix.join(folder, source))).length;
    if (held > best.held) best = { folder, held };
    if (folder === '.') break;
  }
  return best.held * 2 < sources.length ? null : best.folder;
}

/** Paths that `COPY`, `ADD` and bind mounts take from the context, as far as they are plain. */
function sourcesOf({ stages }: LintedDockerfile): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { command } of stages.flatMap(({ instructions }) => instructions)) {
    for (const source of contextSources(command)) {
      const path = cleanSourcePath(plainStart(source));
      if (path !== '.') found.add(path);
    }
  }
  return found;
}

/** `.git` is no file of the project, and lies at its root whatever the context is. */
function plainStart(source: string): string {
  if (/^[\w+.-]+:\/\/|^git@|["'\\]|(?:^|\/)\.git(?:\/|$)/.test(source)) return '';
  if (!source.includes('$') && !holdsWildcards(source)) return source;
  const folders = source.split('/');
  return folders
    .slice(
      0,
      folders.findIndex((part) => part.includes('$') || holdsWildcards(part)),
    )
    .join('/');
}
