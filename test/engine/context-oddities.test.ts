/** Behaviour of the real BuildKit that a plainer reading of the manuals would get wrong, and that keys depend on. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ignoreFileFor, parseIgnoreFile } from '../../actions/lib/key/ignore-patterns.ts';
import { type ContextBuilder, copyEach, createContextBuilder, selectCase } from '../support/context-build.ts';
import { readsOf, treeOf } from '../support/context-cases.ts';
import { makeTinyRoot } from '../support/tiny-root.ts';

jest.setTimeout(600_000);

let builder: ContextBuilder;

beforeAll(async () => {
  builder = await createContextBuilder();
});

afterAll(() => builder.remove());

interface Oddity {
  readonly files: readonly string[];
  readonly ignore?: string;
  readonly sources: readonly string[];
  /** Paths selected; `refused` when BuildKit ends the build over a source that is not there. */
  readonly selected: readonly string[] | 'refused';
  /** What the image holds where that is not the selected files under their own paths. */
  readonly image?: readonly string[];
}

const ODDITIES: Readonly<Record<string, Oddity>> = {
  'a bare name is ignored at the root only': {
    files: ['x', 'a/x'],
    ignore: 'x',
    sources: ['.'],
    selected: ['a/x'],
  },
  'a name after **/ is ignored everywhere': {
    files: ['x', 'a/x', 'a/b/x', 'y'],
    ignore: '**/x',
    sources: ['.'],
    selected: ['y'],
  },
  'a name right after ** is ignored as the end of any path': {
    files: ['xx', 'a/yx', 'z'],
    ignore: '**x',
    sources: ['.'],
    selected: ['z'],
  },
  'an indented # is a pattern': { files: ['#a', 'b'], ignore: ' #a', sources: ['.'], selected: ['b'] },
  'a byte order mark is no part of the first pattern': {
    files: ['a', 'b'],
    ignore: '\ufeffa',
    sources: ['.'],
    selected: ['b'],
  },
  'slashes around a pattern and carriage returns count for nothing': {
    files: ['a/x', 'b'],
    ignore: '/a/\r\n',
    sources: ['.'],
    selected: ['b'],
  },
  'an exception brings back a file of an ignored folder': {
    files: ['a/x', 'a/y'],
    ignore: 'a\n!a/x',
    sources: ['.'],
    selected: ['a/x'],
  },
  'spaces after an exclamation mark are dropped': {
    files: ['a', 'b'],
    ignore: '*\n! a',
    sources: ['.'],
    selected: ['a'],
  },
  'an exception that climbs loses its exclamation mark': {
    files: ['a', 'b'],
    ignore: '!../../a',
    sources: ['.'],
    selected: ['b'],
  },
  'a bar in a pattern with a wildcard means "or"': {
    files: ['a', 'bxx', 'c'],
    ignore: 'a|b*',
    sources: ['.'],
    selected: ['c'],
  },
  'braces without digits are plain letters': {
    files: ['a.js', 'a.{js,ts}'],
    ignore: '*.{js,ts}',
    sources: ['.'],
    selected: ['a.js'],
  },
  'a class may match a slash in an ignore file': {
    files: ['a/b', 'axb', 'c'],
    ignore: 'a[^c]b',
    sources: ['.'],
    selected: ['c'],
  },
  'an exception below two wildcards is not looked for': {
    files: ['a/b/c', 'd'],
    ignore: 'a\n!a/*/**',
    sources: ['.'],
    selected: ['d'],
  },
  'a folder whose files are all ignored arrives empty': {
    files: ['logs/x'],
    ignore: 'logs/*',
    sources: ['logs'],
    selected: [],
    image: ['0'],
  },
  'an ignored source is refused': { files: ['a', 'b'], ignore: 'a', sources: ['a'], selected: 'refused' },
  'two stars in a source are one to COPY, though more is sent': {
    files: ['x', 'a/x', 'a/b/x'],
    sources: ['**/x'],
    selected: ['a/b/x', 'a/x', 'x'],
    image: ['0', '0/x'],
  },
  'a wildcard that matches nothing is accepted': {
    files: ['a'],
    sources: ['*.no'],
    selected: [],
    image: [],
  },
  'a link as source is replaced by what it leads to': {
    files: ['link -> d/real', 'd/real', 'd/other'],
    sources: ['link'],
    selected: ['d/real', 'link'],
    image: ['0', '0/link'],
  },
  'a link inside a copied folder stays a link, its target is not sent': {
    files: ['a/link -> ../b', 'b'],
    sources: ['a'],
    selected: ['a/link'],
    image: ['0', '0/link'],
  },
  'a link to the outside leads back to the root of the context': {
    files: ['link -> ../../b', 'b', 'c'],
    sources: ['link'],
    selected: ['b', 'link'],
    image: ['0', '0/link'],
  },
  'a link to nothing is refused as a source': {
    files: ['link -> no', 'b'],
    sources: ['link'],
    selected: 'refused',
  },
  'a link through itself is a circle even where text alone would leave it': {
    files: ['a', 'self -> ./self/../a'],
    sources: ['self'],
    selected: 'refused',
  },
  'a link through a folder that is not there leads on': {
    files: ['a', 'link -> no/../a'],
    sources: ['link'],
    selected: ['a', 'link'],
    image: ['0', '0/link'],
  },
  'a second source behind one folder link is not sent': {
    files: ['link -> d', 'd/a', 'd/b'],
    sources: ['link/a', 'link/b'],
    selected: 'refused',
  },
  'a link is followed before the ignore file takes it away': {
    files: ['link -> b', 'b'],
    ignore: 'link',
    sources: ['link'],
    selected: 'refused',
  },
  'outer spaces of a source are lost on the way': {
    files: [' a', 'b'],
    sources: [' a'],
    selected: 'refused',
  },
  'names may hold line feeds': {
    files: ['d/a\nb'],
    sources: ['d'],
    selected: ['d/a\nb'],
    image: ['0', '0/a\nb'],
  },
};

describe('BuildKit and the selection agree that', () => {
  it.each(Object.entries(ODDITIES))('%s', async (_, { files, ignore = '', sources, selected, image }) => {
    const one = { tree: treeOf(files), ignore, reads: readsOf(sources) };
    const selection = selectCase(one);
    const { listing } = await builder.build(builder.write(one), { dockerfile: copyEach(one), ignore });
    if (selected === 'refused') {
      expect(listing).toBeNull();
      expect(selection.missing).not.toEqual([]);
      return;
    }
    expect(selection.files.map(({ path }) => path)).toEqual(selected);
    expect(selection.missing).toEqual([]);
    const held = Object.keys(listing ?? { refused: '' }).filter(
      (path) => image !== undefined || !isFolder(listing, path),
    );
    expect(held).toEqual(image ?? selected.map((path) => `0/${path}`));
  });
});

function isFolder(listing: Readonly<Record<string, string>> | null, path: string): boolean {
  return listing?.[path] === 'folder';
}

it('a Dockerfile and an ignore file are ordinary files of the context', async () => {
  const folder = builder.folder();
  writeFileSync(join(folder, '.dockerignore'), 'ignored\n');
  writeFileSync(join(folder, 'Dockerfile'), '');
  const { listing } = await builder.build(folder, { dockerfile: 'FROM scratch\nCOPY . /\n' });
  expect(Object.keys(listing ?? {})).toEqual(['.dockerignore', 'Dockerfile']);
});

it('a Dockerfile that is ignored cannot be copied', async () => {
  const folder = builder.folder();
  writeFileSync(join(folder, '.dockerignore'), 'Dockerfile\n');
  writeFileSync(join(folder, 'Dockerfile'), '');
  const { log } = await builder.build(folder, { dockerfile: 'FROM scratch\nCOPY Dockerfile /\n' });
  expect(log).toContain('"/Dockerfile": not found');
});

it('an ignore file beside the Dockerfile wins over the one in the context, even when it is empty', async () => {
  const folder = builder.folder();
  writeFileSync(join(folder, '.dockerignore'), 'a\n');
  writeFileSync(join(folder, 'a'), '');
  const dockerfile = 'FROM scratch\nCOPY . /\n';
  const own = await builder.build(folder, { dockerfile, ignore: '' });
  expect(Object.keys(own.listing ?? {})).toEqual(['.dockerignore', 'a']);
  expect(ignoreFileFor('x/Dockerfile', 'c', () => true)).toBe('x/Dockerfile.dockerignore');
  const shared = await builder.build(folder, { dockerfile });
  expect(Object.keys(shared.listing ?? {})).toEqual(['.dockerignore']);
});

it('a named context has its own .dockerignore', async () => {
  const [main, named] = [builder.folder(), builder.folder()];
  writeFileSync(join(named, '.dockerignore'), 'a\n');
  writeFileSync(join(named, 'a'), '');
  writeFileSync(join(named, 'b'), '');
  const { listing } = await builder.build(main, {
    dockerfile: 'FROM scratch\nCOPY --from=named . /\n',
    ignore: 'b\n',
    options: ['--build-context', `named=${named}`],
  });
  expect(Object.keys(listing ?? {})).toEqual(['.dockerignore', 'b']);
});

it('a file that the walk keeps and the opener ignores arrives empty, so it counts', async () => {
  const one = { tree: treeOf(['a/b', 'c']), ignore: 'a*\n!a/b\na\n', reads: readsOf(['.']) };
  const { listing } = await builder.build(builder.write(one), {
    dockerfile: copyEach(one),
    ignore: one.ignore,
  });
  expect(listing?.['0/a/b']).toBe('file ');
  expect(selectCase(one).files.map(({ path }) => path)).toEqual(['a/b', 'c']);
});

it('a name that is not UTF-8 cannot be sent', async () => {
  const folder = builder.folder();
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/bad`), Buffer.from([0xff])]), '');
  const { log } = await builder.build(folder, { dockerfile: 'FROM scratch\nCOPY . /\n' });
  expect(log).toContain('invalid UTF-8');
  const entries = [{ mode: '100644', id: '1', path: 'bad\udcff' }] as const;
  const one = { tree: { entries, targets: new Map() }, ignore: '', reads: readsOf(['.']) };
  expect(selectCase(one).unsendable).toEqual(entries);
});

it.each(['[', '!', '!/', 'a\\', 'a{2}{3}*', '*[[:no:]]', '*\\g'])(
  'the ignore pattern %j is refused',
  async (ignore) => {
    const one = { tree: treeOf(['a', 'b']), ignore, reads: readsOf(['.']) };
    const { listing } = await builder.build(builder.write(one), { dockerfile: copyEach(one), ignore });
    expect(listing).toBeNull();
    expect(() => parseIgnoreFile(ignore)).toThrow('BuildKit cannot use the ignore pattern');
  },
);

it.each([
  { source: 'd', selected: ['d/real', 'd/x'] },
  { source: 'link', selected: ['d/real', 'link'] },
  { source: 'no', selected: 'missing' },
] as const)('a bind mount of $source reads $selected', async ({ source, selected }) => {
  const one = {
    tree: treeOf(['d/real', 'd/x', 'e', 'link -> d/real']),
    ignore: '',
    reads: readsOf([source]),
  };
  const root = builder.folder();
  await makeTinyRoot(root);
  mkdirSync(join(root, 'tmp'));
  const { listing } = await builder.build(builder.write(one), {
    dockerfile: `FROM scratch AS reader
COPY --from=root / /
RUN --mount=type=bind,source=${source},target=/m for file in /m /m/*; do if [ -f $file ]; then cat $file; fi; done > /read
FROM scratch
COPY --from=reader /read /
`,
    options: ['--build-context', `root=${root}`],
  });
  const selection = selectCase(one);
  if (selected === 'missing') {
    expect(listing).toBeNull();
    expect(selection.missing).toHaveLength(1);
    return;
  }
  expect(selection.files.map(({ path }) => path)).toEqual(selected);
  const read = selection.files.filter(({ mode }) => mode !== '120000').map(({ id }) => id);
  expect(listing?.read).toBe(`file ${read.join('')}`);
});
