/** Random build contexts: trees, ignore files and sources, the same for the same seed. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ContextRead } from '../../actions/lib/dockerfile/dockerfile.ts';
import { comparePaths } from '../../actions/lib/git/path-text.ts';
import type { TreeEntry } from '../../actions/lib/git/source.ts';
import { hasWildcards } from '../../actions/lib/key/file-match.ts';

/** A tree as git would list it; the id of a file is its content, that of a link the key of its target. */
export interface CaseTree {
  readonly entries: readonly TreeEntry[];
  readonly targets: ReadonlyMap<string, Buffer>;
}

/** One build. */
export interface ContextCase {
  readonly tree: CaseTree;
  readonly ignore: string;
  readonly reads: readonly ContextRead[];
}

/** Numbers in [0, 1) from a seed (a linear congruential generator: repeatable, nothing more). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const NAMES = [
  ...['a', 'b', 'src', 'lib', 'app.py', 'x.txt', 'y.txt', '.env', '.git-keep', 'read me', 'é', '日本', '🙂'],
  ...[
    'a-b',
    'a.b',
    'A',
    '[z]',
    '!n',
    'a+b',
    '^k',
    '$d',
    'x{2}',
    'p|q',
    ' lead',
    'trail ',
    "it's",
    '#h',
    '~t',
  ],
];

/** Makes a tree from lines: a path, `*` behind an executable, ` -> ` before the target of a link. */
export function treeOf(lines: readonly string[]): CaseTree {
  const targets = new Map<string, Buffer>();
  const entries = lines.map((line): TreeEntry => {
    const [path = '', target] = line.split(' -> ');
    if (target !== undefined) {
      targets.set(`link:${target}`, Buffer.from(target));
      return { mode: '120000', id: `link:${target}`, path };
    }
    const executable = path.endsWith('*');
    const name = executable ? path.slice(0, -1) : path;
    return { mode: executable ? '100755' : '100644', id: `content of ${name}`, path: name };
  });
  return { entries: entries.sort((a, b) => comparePaths(a.path, b.path)), targets };
}

/** Reads of the main context from sources as written in COPY. */
export function readsOf(paths: readonly string[]): readonly ContextRead[] {
  return paths.map((path, index) => ({
    from: null,
    path,
    wildcards: true,
    optional: hasWildcards(path),
    place: { file: 'Dockerfile', line: index + 2 },
  }));
}

/** Writes entries, and folders without a file, below a folder. */
export function writeTree(
  folder: string,
  entries: readonly TreeEntry[],
  targets: CaseTree['targets'],
  emptyFolders: readonly string[] = [],
): void {
  mkdirSync(folder, { recursive: true });
  for (const { mode, id, path } of entries) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    if (mode === '120000') symlinkSync(targets.get(id) ?? '', file);
    else writeFileSync(file, id, { mode: mode === '100755' ? 0o755 : 0o644 });
  }
  for (const path of emptyFolders) mkdirSync(join(folder, path), { recursive: true });
}

/** Draws one case. */
export function drawCase(random: () => number): ContextCase {
  const names = Array.from({ length: 6 }, () => pick(random, NAMES));
  const tree = drawTree(random, names);
  const paths = tree.entries.map((entry) => entry.path);
  const ignore = times(random, 5, () => drawIgnoreLine(random, names, paths)).join('\n');
  const sources = [
    drawSource(random, names, paths),
    ...times(random, 2, () => drawSource(random, names, paths)),
  ];
  return { tree, ignore, reads: readsOf([...new Set(sources)]) };
}

function drawTree(random: () => number, names: readonly string[]): CaseTree {
  const folders = [''];
  const lines = new Map<string, string>();
  for (let index = 0; index < 16; index += 1) {
    const folder = pick(random, folders);
    const path = `${folder}${pick(random, names)}`;
    if (lines.has(path) || folders.includes(`${path}/`)) continue;
    const kind = random();
    if (kind < 0.3) folders.push(`${path}/`);
    else if (kind < 0.45) lines.set(path, `${path} -> ${drawTarget(random, names, folder)}`);
    else lines.set(path, kind < 0.6 ? `${path}*` : path);
  }
  lines.set('z', 'z');
  return treeOf([...lines.values()]);
}

function drawTarget(random: () => number, names: readonly string[], folder: string): string {
  const up = '../'.repeat(folder.split('/').length - 1);
  const [one, two] = [pick(random, names), pick(random, names)];
  return pick(random, [
    one,
    `${up}${one}`,
    `${up}${one}/${two}`,
    `/${one}`,
    `./${one}/../${two}`,
    '../../outside',
    'z',
  ]);
}

function drawSource(random: () => number, names: readonly string[], paths: readonly string[]): string {
  const kind = random();
  if (kind < 0.12) return '.';
  if (kind < 0.75) return drawPath(random, paths);
  return Array.from({ length: random() < 0.6 ? 1 : 2 }, () => drawSegment(random, names)).join('/');
}

function drawIgnoreLine(random: () => number, names: readonly string[], paths: readonly string[]): string {
  if (random() < 0.08) return pick(random, ['# a comment', '', ' # no comment', '!*', '**', '*', '.', '/']);
  const depth = 1 + Math.floor(random() * 3);
  const segments = Array.from({ length: depth }, () => drawSegment(random, names)).join('/');
  const body = random() < 0.5 ? drawPath(random, paths) : segments;
  const before = `${random() < 0.3 ? '!' : ''}${pick(random, ['', '', '', '', '/', './', ' '])}`;
  return `${before}${body}${pick(random, ['', '', '', '', '/', '/**', '/*', ' ', '\r'])}`;
}

function drawSegment(random: () => number, names: readonly string[]): string {
  const name = pick(random, names);
  const first = [...name][0] ?? '';
  const kinds = [name, name, name, '*', '**', `${first}*`, '?', `?${name.slice(first.length)}`, '*.txt'];
  return pick(random, [...kinds, '[a-c]*', '[^a]*', `**${name}`, `*${[...name].at(-1)}`, `\\${first}*`]);
}

function drawPath(random: () => number, paths: readonly string[]): string {
  const segments = pick(random, paths).split('/');
  return segments
    .slice(0, random() < 0.5 ? segments.length : 1 + Math.floor(random() * segments.length))
    .join('/');
}

function times<T>(random: () => number, most: number, make: () => T): readonly T[] {
  return Array.from({ length: Math.floor(random() * (most + 1)) }, make);
}

function pick<T>(random: () => number, list: readonly T[]): T {
  const one = list[Math.floor(random() * list.length)];
  if (one === undefined) throw new RangeError('nothing to pick from');
  return one;
}
