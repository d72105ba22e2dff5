/** Decides paths by an ordered list of patterns as BuildKit does while it walks a folder tree from the top. */
import { type PathPattern, searchRoot } from './path-pattern.ts';

/** What is known about a folder. */
export interface FolderMatch {
  readonly matched: boolean;
  /** Nothing below the folder can be decided otherwise. */
  readonly settled: boolean;
  /** Per pattern: it matched this folder or one above. */
  readonly byPattern: Uint8Array;
}

/** Remembers folders, so each is decided once. */
export interface PatternWalk {
  /** Decides a file or link. */
  matches(path: string): boolean;
  /** Decides a folder, which is what the walk passes before anything in it. */
  folder(path: string): FolderMatch;
}

/** Starts a walk over any tree. */
export function createPatternWalk(patterns: readonly PathPattern[]): PatternWalk {
  const exceptionsReach = reachOf(patterns.filter((pattern) => pattern.exception));
  const folders = new Map<string, FolderMatch>();
  const parentOf = (path: string): FolderMatch | null => {
    const slash = path.lastIndexOf('/');
    return slash === -1 ? null : folder(path.slice(0, slash));
  };

  function folder(path: string): FolderMatch {
    const known = folders.get(path);
    if (known !== undefined) return known;
    const parent = parentOf(path);
    const byPattern = new Uint8Array(patterns.length);
    const matched = parent?.settled === true || decide(patterns, path, parent, byPattern);
    const settled = matched && (parent?.settled === true || !exceptionsReach(path));
    const decided = { matched, settled, byPattern };
    folders.set(path, decided);
    return decided;
  }

  return {
    folder,
    matches(path) {
      const parent = parentOf(path);
      return parent?.settled === true || decide(patterns, path, parent, null);
    },
  };
}

/**
 * The last pattern that matches wins. A pattern counts as matching below a folder it matched, but it is tried only
 * where it could change the decision so far: so an order like `a*`, `!a/b`, `a` keeps `a/b`, as it does in BuildKit.
 */
function decide(
  patterns: readonly PathPattern[],
  path: string,
  parent: FolderMatch | null,
  byPattern: Uint8Array | null,
): boolean {
  let matched = false;
  for (const [index, pattern] of patterns.entries()) {
    const inherited = parent?.byPattern[index] === 1;
    if (!inherited && (pattern.exception !== matched || !pattern.matches(path))) continue;
    if (byPattern !== null) byPattern[index] = 1;
    matched = !pattern.exception;
  }
  return matched;
}

/**
 * Tells into which folders BuildKit goes for the sake of patterns: into all when one of them may match anywhere, else
 * into those on the way to where they look.
 */
export function reachOf(patterns: readonly PathPattern[]): (folder: string) => boolean {
  const roots = patterns.map(searchRoot);
  return (folder) => roots.includes(null) || roots.some((root) => `${root}/`.startsWith(`${folder}/`));
}
