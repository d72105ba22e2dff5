/** Files of the build context by where they lie in an image. */
import { posix } from 'node:path';
import { compilePathPattern } from '../key/path-pattern.ts';
import type { LintedDockerfile, LintedStage } from './linted-dockerfile.ts';
import type { LintedContext, LintedProject } from './linted-project.ts';
import { fileOf, type PlacedCopy, placedCopies } from './stage-places.ts';

/** A file that was copied. */
export interface CopiedFile {
  /** From the root of the project. */
  readonly file: string;
  readonly copy: PlacedCopy;
}

/** Files of contexts in what a stage makes, by absolute path; `isComplete` unless some may be in it that are not listed. */
export interface CopiedFiles {
  readonly byPath: ReadonlyMap<string, CopiedFile>;
  readonly isComplete: boolean;
}

const known = new WeakMap<LintedStage, CopiedFiles>();

/** What `COPY` and `ADD` bring into a stage and those that it stands on; later ones replace earlier ones. */
export function copiedFiles(stage: LintedStage, file: LintedDockerfile, project: LintedProject): CopiedFiles {
  const before = known.get(stage);
  if (before !== undefined) return before;
  const byPath = new Map<string, CopiedFile>();
  let isComplete = !placedCopies(stage).some(writesText);
  for (const copy of placedCopies(stage)) {
    const context = copy.from === '' ? project.contextOf(fileOf(copy.stage, file, project)) : null;
    if (context === null || copy.destination === null || copy.sources.includes(null)) {
      isComplete = false;
      continue;
    }
    for (const source of copy.sources) {
      if (isRemote(source ?? '')) isComplete = false;
      else
        for (const [to, from] of placesOf(source ?? '', copy, context)) {
          byPath.set(to, { file: posix.join(context.folder, from), copy });
        }
    }
  }
  const found = { byPath, isComplete };
  known.set(stage, found);
  return found;
}

/** A here-document is a file of the image without one in the context. */
function writesText({ instruction }: PlacedCopy): boolean {
  return /<<-?["'\w]/.test(instruction.body.text);
}

/** Files of a context that a source names, as paths in the context. */
export function matchesOf(source: string, { files }: LintedContext): readonly string[] {
  const clean = cleanSource(source);
  if (clean === '.') return [...files.keys()];
  if (files.has(clean)) return [clean];
  const pattern = /[*?[]/.test(clean) ? compilePathPattern(clean) : null;
  if (pattern == null) return [...files.keys()].filter((file) => file.startsWith(`${clean}/`));
  return [...files.keys()].filter((file) => prefixes(file).some((part) => pattern.matches(part)));
}

/** A source as BuildKit reads it: from the root of the context and never above it; `.` for all of it. */
export function cleanSource(source: string): string {
  return posix.join('/', source).slice(1).replace(/\/$/, '') || '.';
}

function isRemote(source: string): boolean {
  return /^(?:https?|ssh|git):\/\/|^git@/.test(source);
}

function* placesOf(
  source: string,
  copy: PlacedCopy,
  context: LintedContext,
): Iterable<readonly [string, string]> {
  const destination = copy.destination ?? '/';
  const clean = cleanSource(source);
  for (const file of matchesOf(source, context)) {
    // Of a folder what is in it is copied, of a pattern every folder that matches.
    const top = clean === '.' ? '' : prefixes(file).find((part) => part === clean || matches(clean, part));
    const isFile = top === file;
    const rest = isFile
      ? posix.basename(file)
      : file.slice(top === '' || top === undefined ? 0 : top.length + 1);
    yield [isFile && !copy.isIntoFolder ? destination : posix.join(destination, rest), file];
  }
}

function matches(pattern: string, path: string): boolean {
  return /[*?[]/.test(pattern) && compilePathPattern(pattern)?.matches(path) === true;
}

/** `a`, `a/b` and `a/b/c` of `a/b/c`. */
function prefixes(path: string): readonly string[] {
  const parts = path.split('/');
  return parts.map((_, at) => parts.slice(0, at + 1).join('/'));
}
