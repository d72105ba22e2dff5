import { describe, expect, it } from '@jest/globals';
import type { ContextRead } from '../../../../actions/lib/dockerfile/dockerfile.ts';
import type { TreeEntry } from '../../../../actions/lib/git/source.ts';
import { contextTree } from '../../../../actions/lib/key/context-tree.ts';
import { parseIgnoreFile } from '../../../../actions/lib/key/ignore-patterns.ts';
import {
  createContextSelector,
  selectContextFiles,
} from '../../../../actions/lib/key/select-context-files.ts';
import { readsOf, treeOf } from '../../../support/context-cases.ts';

interface Asked {
  readonly folder?: string;
  readonly ignore?: string;
  readonly reads: readonly string[] | 'whole';
}

function select(lines: readonly string[] | readonly TreeEntry[], { folder = '.', ignore, reads }: Asked) {
  const isText = (line: string | TreeEntry): line is string => typeof line === 'string';
  const texts = lines.filter(isText);
  const { entries, targets } =
    texts.length > 0 ? treeOf(texts) : { entries: lines as readonly TreeEntry[], targets: new Map() };
  const patterns = ignore === undefined ? null : parseIgnoreFile(ignore);
  const tree = contextTree(entries, folder, targets);
  const { files, emptyFolders, unsendable, missing } = selectContextFiles(
    tree,
    patterns,
    reads === 'whole' ? reads : readsOf(reads),
  );
  return {
    files: files.map(({ path }) => path),
    emptyFolders,
    unsendable,
    missing: missing.map(({ path }) => path),
  };
}

const SUBMODULE = { mode: '160000', id: 'c'.repeat(40) } as const;
const FILE = { mode: '100644', id: '1' } as const;

describe('a selection', () => {
  it('is relative to its context and leaves out what lies beside it', () => {
    const lines = ['svc/a', 'svc/b/c', 'svc-2/a', 'svc.txt', 'other'];
    expect(select(lines, { folder: 'svc', reads: ['.'] }).files).toEqual(['a', 'b/c']);
  });

  it('sorts by bytes, which differs from text order beyond the first plane', () => {
    expect(select(['\u{1f642}', '\ufffd', 'a/b', 'a-b'], { reads: ['.'] }).files).toEqual([
      'a-b',
      'a/b',
      '\ufffd',
      '\u{1f642}',
    ]);
  });

  it('is empty for a context that nothing reads', () => {
    expect(select(['a'], { reads: [] })).toMatchObject({ files: [], missing: [] });
  });

  it('holds everything when a source cannot be resolved', () => {
    expect(select(['a', 'b'], { ignore: 'b', reads: 'whole' }).files).toEqual(['a']);
  });

  it('names the sources that match nothing, but not wildcards', () => {
    expect(select(['a', 'b'], { ignore: 'b', reads: ['a', 'b', 'c/d', '*.no'] }).missing).toEqual([
      'b',
      'c/d',
    ]);
  });

  it('names a source that BuildKit refuses as a pattern, wildcard or not', () => {
    expect(select(['a'], { reads: ['\\l*', 'a'] }).missing).toEqual(['\\l*']);
    expect(select(['a'], { reads: ['\\l*', '.'] }).missing).toEqual([]);
  });

  it('finds a source through links, and none in a circle of links', () => {
    const lines = ['d/f', 'l -> d', 'x -> y', 'y -> x'];
    expect(select(lines, { reads: ['l/f'] })).toMatchObject({ files: ['d/f', 'l'], missing: [] });
    expect(select(lines, { reads: ['x'] }).missing).toEqual(['x']);
    expect(select(['a', 'self -> ./self/../a'], { reads: ['self'] }).missing).toEqual(['self']);
    expect(select(['a', 'l -> no/../a'], { reads: ['l'] }).missing).toEqual([]);
  });

  it('is everything when a link leads to the root', () => {
    expect(select(['a', 'l -> /'], { reads: ['l'] }).files).toEqual(['a', 'l']);
  });

  it('knows folders that the ignore file empties, the lowest only, and finds them as sources', () => {
    const lines = ['logs/a/x', 'logs/b/y', 'keep/z', 'gone/w'];
    const selection = select(lines, { ignore: '*/*/*\ngone', reads: ['logs', 'keep'] });
    expect(selection).toMatchObject({ files: ['keep/z'], emptyFolders: ['logs/a', 'logs/b'], missing: [] });
  });

  it('marks names that are not UTF-8, and links to such', () => {
    const entries = [{ ...FILE, path: 'a\udcff' }];
    expect(select(entries, { reads: ['.'] }).unsendable).toEqual(entries);
    const links = [{ mode: '120000', id: 'l', path: 'l' }] as const;
    const tree = contextTree(links, '.', new Map([['l', Buffer.from([0xff])]]));
    expect(selectContextFiles(tree, null, readsOf(['.'])).unsendable).toEqual(links);
  });

  it('fails loudly when the target of a link was not read', () => {
    const tree = contextTree([{ mode: '120000', id: 'l', path: 'l' }], '.', new Map());
    expect(() => selectContextFiles(tree, null, readsOf(['l']))).toThrow('was not read');
  });
});

describe('a submodule', () => {
  const entries = [
    { ...FILE, path: 'a' },
    { ...SUBMODULE, path: 'lib/sub' },
  ] as const;

  it.each(['lib', 'lib/sub', 'lib/sub/any/file', 'lib/*', 'lib/*/x.txt', '**/x.txt'])(
    'counts when %j is copied',
    (source) => {
      expect(select(entries, { reads: [source] })).toMatchObject({ files: ['lib/sub'], missing: [] });
    },
  );

  it.each(['a', '*', '*.txt', 'other/*/x'])('does not count when %j is copied', (source) => {
    expect(select(entries, { reads: [source] }).files).not.toContain('lib/sub/any');
    expect(select(entries, { reads: [source, 'a'] }).files.includes('lib/sub')).toBe(source === '*');
  });

  it('is ignored only when nothing in it can be excepted', () => {
    expect(select(entries, { ignore: 'lib', reads: ['.'] }).files).toEqual(['a']);
    expect(select(entries, { ignore: 'lib\n!lib/sub/x', reads: ['.'] }).files).toEqual(['a', 'lib/sub']);
  });

  it('is the whole context when the context lies in it', () => {
    expect(select(entries, { folder: 'lib/sub/images/x', reads: ['.'] }).files).toEqual(['.']);
    expect(select(entries, { folder: 'lib/sub', reads: ['y'] })).toMatchObject({ files: ['.'], missing: [] });
  });
});

it('a context behind a symlink is refused by name', () => {
  expect(() => select(['real/a', 'svc -> real'], { folder: 'svc', reads: ['.'] })).toThrow(
    'reached through the symlink "svc"',
  );
});

it('a selector answers once for images with the same context, ignore file and sources', () => {
  const { entries, targets } = treeOf(['svc/a', 'svc/b', 'svc/.dockerignore']);
  const asked: string[] = [];
  const ignoreAt = (path: string) => {
    asked.push(path);
    return parseIgnoreFile('b');
  };
  const selector = createContextSelector(entries, ignoreAt, targets);
  const first = selector('svc', 'svc/.dockerignore', readsOf(['.']));
  expect(selector('svc', 'svc/.dockerignore', readsOf(['.']))).toBe(first);
  expect(selector('svc', null, readsOf(['.'])).files).toHaveLength(3);
  expect(asked).toEqual(['svc/.dockerignore']);
});

it('a selector gives missing reads back with the places of the image that asks', () => {
  const selector = createContextSelector([], () => null, new Map());
  const at = (line: number): ContextRead => ({
    from: null,
    path: 'no',
    wildcards: true,
    optional: false,
    place: { file: 'D', line },
  });
  expect(selector('.', null, [at(1)]).missing).toEqual([at(1)]);
  expect(selector('.', null, [at(2)]).missing).toEqual([at(2)]);
});
