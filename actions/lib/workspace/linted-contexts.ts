/** Build contexts as lint sees them: what is sent, what is left out, what git does not know. */
import { lstatSync } from 'node:fs';
import type { Problem } from '../errors/darkroom-error.ts';
import { DarkroomError } from '../errors/darkroom-error.ts';
import { comparePaths } from '../git/path-text.ts';
import type { TreeEntry } from '../git/source.ts';
import { contextTree } from '../key/context-tree.ts';
import { type IgnorePatterns, ignoreFileFor, parseIgnoreFile } from '../key/ignore-patterns.ts';
import { selectContextFiles } from '../key/select-context-files.ts';
import type { LintedContext } from '../lint/linted-project.ts';
import type { ListedProject } from './list-project.ts';
import { pathBelow, walkFolder } from './walk-folder.ts';

/** Which context is wanted. */
export interface WantedContext {
  /** Relative to the root of the project. */
  readonly folder: string;
  /** What git ignores is not sent. */
  readonly isFromGit: boolean;
  /** A matrix or a Compose file names it. */
  readonly isGiven: boolean;
}

/** Finds contexts, each once. */
export interface ContextFinder {
  /** `null` where the ignore file or the folder is of no use; then a problem says why. */
  find(dockerfile: string, wanted: WantedContext): LintedContext | null;
  /** What was found wrong with ignore files so far. */
  readonly problems: readonly Problem[];
}

/** @param read gives the text of a file of the project */
export function contextFinder(listed: ListedProject, read: (file: string) => string | null): ContextFinder {
  const problems: Problem[] = [];
  const known = new Map<string, LintedContext | null>();
  const sizes = new Map<string, number>();
  const untracked = new Set(listed.untracked);
  const sources = {
    git: once(() => toEntries(withFolders(listed, listed.files))),
    disk: once(() =>
      toEntries([...withFolders(listed, listed.files), ...withFolders(listed, listed.ignored)]),
    ),
  };
  const tracked = once(() => new Set(listed.files.filter((file) => !untracked.has(file))));
  const sizeOf = (file: string): number => {
    const size =
      sizes.get(file) ?? lstatSync(pathBelow(listed.root, file), { throwIfNoEntry: false })?.size ?? 0;
    sizes.set(file, size);
    return size;
  };
  const isThere = once(() => new Set(listed.files));

  function make(
    { folder, isFromGit, isGiven }: WantedContext,
    ignoreFile: string | null,
  ): LintedContext | null {
    const tree = contextTree(isFromGit ? sources.git() : sources.disk(), folder, new Map());
    const patterns = ignoreFile === null ? null : patternsOf(ignoreFile, read);
    const all = selectContextFiles(tree, null, 'whole').files;
    if (ignoreFile !== null) expectReasonable(patterns?.patterns.length ?? 0, all.length, ignoreFile);
    const sent = patterns === null ? all : selectContextFiles(tree, patterns, 'whole').files;
    const files = new Map(
      sent.map(({ path }) => [path, sizeOf(folder === '.' ? path : `${folder}/${path}`)]),
    );
    const inProject = (path: string) => (folder === '.' ? path : `${folder}/${path}`);
    return {
      ...{ folder, isGiven, isFromGit, ignoreFile, files },
      untracked: new Set([...files.keys()].filter((path) => listed.isGit && !tracked().has(inProject(path)))),
      ignored: new Set(all.flatMap(({ path }) => (files.has(path) ? [] : [path]))),
    };
  }

  return {
    problems,
    find(dockerfile, wanted) {
      const ignoreFile = ignoreFileFor(dockerfile, wanted.folder, (path) => isThere().has(path));
      const id = JSON.stringify([wanted, ignoreFile]);
      if (!known.has(id))
        known.set(
          id,
          caught(() => make(wanted, ignoreFile), problems),
        );
      return known.get(id) ?? null;
    },
  };
}

function caught<T>(make: () => T, problems: Problem[]): T | null {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof DarkroomError)) throw error;
    problems.push(...error.problems);
    return null;
  }
}

function patternsOf(file: string, read: (file: string) => string | null): IgnorePatterns | null {
  const text = read(file);
  return text === null ? null : parseIgnoreFile(text, file);
}

/** Each pattern is held against each file: this many take half a minute. */
const MOST_MATCHES = 20_000_000;

/** @throws DarkroomError `lint/too-many-patterns` */
function expectReasonable(patterns: number, files: number, file: string): void {
  if (patterns * files <= MOST_MATCHES) return;
  const message = `${patterns} patterns for ${files} files are too much to be looked at; what the context holds is not known`;
  throw new DarkroomError({ code: 'lint/too-many-patterns', place: { file, line: 1 }, message });
}

/** Submodules and ignored folders stand as one name in what git lists. */
function withFolders({ root, isGit }: ListedProject, paths: readonly string[]): readonly string[] {
  if (!isGit) return paths;
  return paths.flatMap((path) => {
    const name = path.replace(/\/$/, '');
    const stat = lstatSync(pathBelow(root, name), { throwIfNoEntry: false });
    if (stat === undefined) return [];
    if (!stat.isDirectory()) return [name];
    const { files } = walkFolder(`${root}/${name}`, LARGEST_FOLDER);
    return files.length === 0 ? [name] : files.map((file) => `${name}/${file}`);
  });
}

/** Of a folder that git ignores no more is looked at: a data set may have millions of files. */
const LARGEST_FOLDER = 5000;

function toEntries(paths: readonly string[]): readonly TreeEntry[] {
  return [...new Set(paths)].sort(comparePaths).map((path) => ({ mode: '100644', id: '', path }));
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
