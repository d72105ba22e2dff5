/** Reads what git prints with `-z`: the entries of a tree and the state of a work tree. */
import { comparePaths, decodePath } from './path-text.ts';
import type { FileMode, TreeEntry } from './source.ts';

const MODE_LENGTH = 6;
/** Fields before the path, by the first letter of a line of `git status --porcelain=v2`. */
const STATUS_FIELDS: Readonly<Record<string, number>> = { '1': 8, u: 10, '?': 1 };

/** What `git status --porcelain=v2 --branch -z` says. */
export interface WorkTreeStatus {
  /** `null` when HEAD is detached. */
  readonly branch: string | null;
  /** Paths that differ from HEAD, sorted; an untracked repository ends in `/`. */
  readonly dirty: readonly string[];
}

/** Parses `git ls-tree -r -z`; git prints entries sorted by the bytes of their paths. */
export function parseTree(output: Uint8Array): readonly TreeEntry[] {
  const text = decodePath(output);
  const entries: TreeEntry[] = [];
  let start = 0;
  while (start < text.length) {
    const tab = text.indexOf('\t', start);
    const end = text.indexOf('\0', tab);
    const id = text.slice(text.indexOf(' ', start + MODE_LENGTH + 1) + 1, tab);
    entries.push({
      mode: text.slice(start, start + MODE_LENGTH) as FileMode,
      id,
      path: text.slice(tab + 1, end),
    });
    start = end + 1;
  }
  return entries;
}

/** Parses `git status --porcelain=v2 --branch --no-renames -z`. */
export function parseStatus(output: Uint8Array): WorkTreeStatus {
  const records = decodePath(output).split('\0');
  const head = records.find((record) => record.startsWith('# branch.head '))?.slice('# branch.head '.length);
  const dirty = records.flatMap((record) => {
    const fields = STATUS_FIELDS[record.charAt(0)];
    return fields === undefined ? [] : [record.split(' ').slice(fields).join(' ')];
  });
  return {
    branch: head === undefined || head === '(detached)' ? null : head,
    dirty: dirty.sort(comparePaths),
  };
}
