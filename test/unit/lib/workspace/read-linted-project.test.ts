// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of Dockerfiles
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type LintedDockerfile, lineageOf } from '../../../../actions/lib/lint/linted-dockerfile.ts';
import type { ReadProject } from '../../../../actions/lib/workspace/read-linted-project.ts';
import { lintFolder, places, readFolder, repoOf } from '../../../support/lint-folder.ts';

const BAD = 'FROM a\nRUN pip install x>=2\n';

const names = ({ dockerfiles }: ReadProject) => dockerfiles.map(({ source }) => source.file);
const fileOf = ({ dockerfiles }: ReadProject, name: string) =>
  dockerfiles.find(({ source }) => source.file === name) as LintedDockerfile;
const basesOf = (read: ReadProject, name: string) =>
  lineageOf(fileOf(read, name).stages.at(-1) as LintedDockerfile['stages'][number]).map(({ base }) =>
    base.kind === 'image' ? base.name : base.kind,
  );

describe('which Dockerfiles', () => {
  it('are those that git does not ignore, and those that a matrix or a Compose file names', async () => {
    const { dir, write, remove } = await repoOf({
      'a/Dockerfile': BAD,
      'b/image.txt': BAD,
      'c/built': BAD,
      'old/Dockerfile': BAD,
      '.gitignore': 'ignored/\n',
      'action-matrix.yml': 'images: { b: { context: b, dockerfile: image.txt } }\n',
      'compose.yaml': 'services: { c: { build: { context: c, dockerfile: built } } }\n',
      'Dockerfile.md': 'FROM here\n',
    });
    write('ignored/Dockerfile', BAD);
    write('new/Dockerfile', BAD);
    expect(names(await readFolder(dir))).toEqual([
      'a/Dockerfile',
      'b/image.txt',
      'c/built',
      'new/Dockerfile',
      'old/Dockerfile',
    ]);
    remove();
  });

  it('are neither templates, nor parts of others, nor what a package manager brought', async () => {
    const { dir, remove } = await repoOf({
      'a/Dockerfile': 'FROM a:{{ version }}\n',
      'a/Dockerfile.common': 'ENV A=1\n',
      'b/Dockerfile': 'FROM a:{{ version }}\n',
      'b/Dockerfile.common': 'ENV A=1\n',
      'compose.yaml': 'services: { b: { build: b } }\n',
      'vendor/modules.txt': '',
      'vendor/c/Dockerfile': BAD,
      'vendor/c/compose.yaml': 'services: { c: { build: { dockerfile: gone } } }\n',
    });
    expect(names(await readFolder(dir))).toEqual(['b/Dockerfile']);
    expect((await lintFolder(dir)).map(({ finding }) => finding.file)).toEqual(['b/Dockerfile']);
    const asked = await readFolder(dir, ['a/Dockerfile', 'a/Dockerfile.common', 'vendor/c/Dockerfile']);
    expect(names(asked)).toEqual(['a/Dockerfile.common', 'vendor/c/Dockerfile']);
    expect(asked.notices).toEqual(['a/Dockerfile is a template: what is made of it can be looked at.']);
    remove();
  });

  it('are those of the folder the command works in, and of the paths it is given', async () => {
    const { dir, write, remove } = await repoOf({
      'a/Dockerfile': BAD,
      'b/Dockerfile': BAD,
      'b/c/any': BAD,
      'b/notes': 'x',
    });
    write('.gitignore', 'out\n');
    write('out/Dockerfile', BAD);
    expect(names(await readFolder(path.join(dir, 'b')))).toEqual(['b/Dockerfile']);
    expect(names(await readFolder(dir, ['a', 'b/c/any']))).toEqual(['a/Dockerfile', 'b/c/any']);
    expect(names(await readFolder(dir, ['out']))).toEqual(['out/Dockerfile']);
    expect(names(await readFolder(path.join(dir, 'out')))).toEqual(['Dockerfile']);
    expect(names(await readFolder(dir, ['b/notes']))).toEqual([]);
    remove();
  });

  it.each([
    ['gone', 'lint/no-path'],
    ['..', 'lint/outside'],
    ['/etc/passwd', 'lint/outside'],
  ])('are not at %s, which is wrong use', async (wanted, code) => {
    const { dir, remove } = await repoOf({ Dockerfile: BAD });
    await expect(readFolder(dir, [wanted])).rejects.toMatchObject({ kind: 'use', problems: [{ code }] });
    remove();
  });
});

describe('parents', () => {
  it('are found across Dockerfiles by name, home, alias and Compose image', async () => {
    const { dir, remove } = await repoOf({
      'action-matrix.yml': [
        'registry: ghcr.io/acme/x',
        'images:',
        '  base: { context: base, target: run, args: { OS: "debian:12" } }',
        '  middle: { context: middle, aliases: [acme/middle:1] }',
        '  top: { context: top }',
      ].join('\n'),
      'base/Dockerfile': 'ARG OS\nFROM ${OS} AS run\nFROM other AS last\n',
      'middle/Dockerfile': 'FROM ghcr.io/acme/x/base\n',
      'top/Dockerfile': 'FROM acme/middle:1\n',
      'compose.yaml': 'services: { web: { build: web, image: acme/web }, shell: { build: shell } }\n',
      'web/Dockerfile': 'FROM alpine:3.20\n',
      'shell/Dockerfile': 'FROM docker.io/acme/web:latest\n',
    });
    const read = await readFolder(dir);
    expect(basesOf(read, 'top/Dockerfile')).toEqual(['debian:12', 'ghcr.io/acme/x/base', 'acme/middle:1']);
    expect(basesOf(read, 'shell/Dockerfile')).toEqual(['alpine:3.20', 'docker.io/acme/web:latest']);
    remove();
  });

  it('that stand on each other end', async () => {
    const { dir, remove } = await repoOf({
      'action-matrix.yml': 'images: { a: { context: a }, b: { context: b } }\n',
      'a/Dockerfile': 'FROM b\n',
      'b/Dockerfile': 'FROM a\n',
    });
    const read = await readFolder(dir);
    expect(names(read)).toEqual(['a/Dockerfile', 'b/Dockerfile']);
    expect(basesOf(read, 'a/Dockerfile').length).toBeLessThanOrEqual(3);
    remove();
  });

  it('may be hundreds deep, and are followed a hundred deep', async () => {
    const count = 300;
    const images = Array.from({ length: count }, (_, index) => `i${index}`);
    const { dir, remove } = await repoOf({
      'action-matrix.yml': `images:\n${images.map((name) => `  ${name}: { context: ${name} }`).join('\n')}\n`,
      ...Object.fromEntries(
        images.map((name, index) => [`${name}/Dockerfile`, `FROM ${images[index + 1] ?? 'debian'}\n`]),
      ),
    });
    const read = await readFolder(dir);
    expect(names(read)).toHaveLength(count);
    expect(basesOf(read, 'i0/Dockerfile')).toHaveLength(100);
    remove();
  });

  it('are looked for in every way in which a Dockerfile is built', async () => {
    const { dir, remove } = await repoOf({
      'action-matrix.yml':
        'images: { a: { context: ., args: { V: "1" } }, b: { context: ., args: { V: "2" } }, c: { context: ., args: { V: "1" } } }\n',
      Dockerfile: 'ARG V\nFROM debian:${V}\nRUN pip install x>=2\n',
    });
    const read = await readFolder(dir);
    const bases = read.dockerfiles.map(({ stages }) => stages[0]?.base);
    expect(bases).toMatchObject([{ name: 'debian:1' }, { name: 'debian:2' }]);
    expect(places(await lintFolder(dir))).toEqual(['Dockerfile:3:unquoted-specifier']);
    remove();
  });
});

describe('an image of the matrix that a named context stands for', () => {
  it('is the parent', async () => {
    const { dir, remove } = await repoOf({
      'action-matrix.yml':
        'images: { a: { context: a, contexts: { os: image:b } }, b: { context: b }, os: { context: os } }\n',
      'a/Dockerfile': 'FROM os\n',
      'b/Dockerfile': 'FROM debian:13\n',
      'os/Dockerfile': 'FROM debian:12\n',
    });
    expect(basesOf(await readFolder(dir), 'a/Dockerfile')).toEqual(['debian:13', 'os']);
    remove();
  });
});

describe('contexts', () => {
  const contextIn = (read: ReadProject, name: string) => read.project.contextOf(fileOf(read, name));

  it('are what is sent: of an image of the matrix what git knows, else what lies there', async () => {
    const files = {
      'app/keep': 'abc',
      'app/drop.log': '',
      'app/.dockerignore': '*.log\n',
      'app/Dockerfile': BAD,
    };
    const { dir, write, remove } = await repoOf({ ...files, '.gitignore': '.env\ndata/\n' });
    write('app/.env', 'S=1');
    write('app/data/deep/big', 'x');
    write('app/new', '');
    const alone = contextIn(await readFolder(dir), 'app/Dockerfile');
    expect(alone).toMatchObject({ folder: 'app', isGiven: false, ignoreFile: 'app/.dockerignore' });
    expect([...(alone?.files ?? [])].map(([name]) => name)).toEqual([
      '.dockerignore',
      '.env',
      'Dockerfile',
      'data/deep/big',
      'keep',
      'new',
    ]);
    expect(alone?.files.get('keep')).toBe(3);
    expect(alone?.ignored).toEqual(new Set(['drop.log']));
    expect(alone?.untracked).toEqual(new Set(['.env', 'data/deep/big', 'new']));
    write('action-matrix.yml', 'images: { app: { context: app } }\n');
    const ofImage = contextIn(await readFolder(dir), 'app/Dockerfile');
    expect(ofImage).toMatchObject({
      isGiven: true,
      givenBy: expect.stringMatching(/^the (?:image|service) ".+" of ".+ya?ml"$/),
    });
    expect([...(ofImage?.files.keys() ?? [])]).toEqual(['.dockerignore', 'Dockerfile', 'keep', 'new']);
    remove();
  });

  it('are guessed by what is copied where nobody says', async () => {
    const { dir, remove } = await repoOf({
      'docker/Dockerfile': 'FROM a\nCOPY src/app.py /\n',
      'api/Dockerfile': 'FROM a\nCOPY main.py gone.py /\n',
      'api/main.py': '',
      'src/app.py': '',
      'far/Dockerfile': 'FROM a\nCOPY nowhere /\n',
      'mounts/Dockerfile': 'FROM a\nRUN --mount=source=src/app.py,target=/a.py python /a.py\n',
      'args/Dockerfile': 'FROM a\nARG NAME=none\nCOPY plugins/$NAME/ plugins/x/*/y.py /\n',
      'plugins/x/a/y.py': '',
      'own/Dockerfile': 'FROM a\nCOPY main.py /\nRUN --mount=source=.git,target=/x/.git true\n',
      'own/main.py': '',
      'else/Dockerfile': 'FROM a\nCOPY src/app.py b.py c.py /\n',
    });
    const read = await readFolder(dir);
    const folderOf = (name: string) => contextIn(read, `${name}/Dockerfile`)?.folder;
    expect(['docker', 'api', 'far', 'else'].map(folderOf)).toEqual(['.', 'api', undefined, undefined]);
    expect(['mounts', 'args', 'own'].map(folderOf)).toEqual(['.', '.', 'own']);
    remove();
  });

  it('with an ignore file that BuildKit refuses are none, and that is a finding', async () => {
    const { dir, remove } = await repoOf({ Dockerfile: BAD, '.dockerignore': 'a\n[\n' });
    expect(places(await lintFolder(dir))).toEqual([
      '.dockerignore:2:key/ignore-pattern',
      'Dockerfile:2:unquoted-specifier',
    ]);
    remove();
  });
});

describe('what is wrong with a project', () => {
  it.each([
    ['images: [', 'action-matrix.yml:1:yaml/syntax'],
    ['images: { a: { contxt: . } }', 'action-matrix.yml:1:matrix/unknown-option'],
    ['images: { a: { context: gone } }', 'action-matrix.yml:1:matrix/no-dockerfile'],
  ])('is a finding in the matrix for %s, and stops nothing', async (matrix, place) => {
    const { dir, remove } = await repoOf({ Dockerfile: BAD, 'action-matrix.yml': matrix });
    const found = places(await lintFolder(dir));
    expect(found).toContain(place);
    expect(found).toContain('Dockerfile:2:unquoted-specifier');
    remove();
  });

  it.each<[string, string | Uint8Array, string]>([
    ['NUL bytes', Buffer.from('FROM a\0\n'), 'file/binary'],
    ['UTF-16', Buffer.from('\ufeffFROM a\n', 'utf16le'), 'file/binary'],
    ['Latin-1', Buffer.from('FROM a\n# \xe4\n', 'latin1'), 'file/encoding'],
    ['10 MB', `FROM a\n${'RUN echo a\n'.repeat(1_000_000)}`, 'file/too-large'],
    ['100,000 lines of one RUN', `FROM a\nRUN true${' \\\n && a'.repeat(100_000)}\n`, 'file/too-much'],
    ['many instructions', `FROM a\n${'RUN a\n'.repeat(2001)}`, 'file/too-much'],
    ['many stages', 'FROM a\n'.repeat(251), 'file/too-much'],
    ['many commands', `FROM a\nRUN a${'&& a'.repeat(4000)}\n`, 'file/too-much'],
    ['many redirects', `FROM a\nRUN pip install${' x>=2'.repeat(4001)}\n`, 'file/too-much'],
    ['nothing', '', 'dockerfile/no-from'],
  ])('is told of a Dockerfile of %s', async (_, content, rule) => {
    const { dir, remove } = await repoOf({ Dockerfile: content });
    expect((await lintFolder(dir)).map(({ finding }) => finding.rule)).toEqual([rule]);
    remove();
  });

  it('is nothing where brackets nest deeply', async () => {
    const { dir, remove } = await repoOf({
      Dockerfile: `FROM a\nRUN ${'$('.repeat(20_000)}${')'.repeat(20_000)}\nRUN ${'('.repeat(20_000)}\n`,
    });
    expect(places(await lintFolder(dir))).toEqual([]);
    remove();
  });

  it('is told of links that lead out or in circles, and of what is no file', async () => {
    const { dir, symlink, remove } = await repoOf({ 'real/Dockerfile': BAD });
    symlink('loop/Dockerfile', 'Dockerfile');
    symlink('out/Dockerfile', '/etc/passwd');
    symlink('twice/Dockerfile', '../real/Dockerfile');
    symlink('folder/Dockerfile', '../real');
    symlink('real/self', '.');
    expect(places(await lintFolder(dir))).toEqual([
      'folder/Dockerfile:1:file/unreadable',
      'loop/Dockerfile:1:file/unreadable',
      'out/Dockerfile:1:file/outside',
      'real/Dockerfile:2:unquoted-specifier',
    ]);
    expect(JSON.stringify(await lintFolder(dir))).not.toContain('root:');
    remove();
  });
});

describe('a folder without git', () => {
  it('is walked, whatever its links lead to', async () => {
    const dir = realpathSync(mkdtempSync(path.join(tmpdir(), 'darkroom-test-')));
    for (const folder of ['a/b', 'node_modules/x']) mkdirSync(path.join(dir, folder), { recursive: true });
    for (const folder of ['a', 'node_modules/x']) writeFileSync(path.join(dir, folder, 'Dockerfile'), BAD);
    symlinkSync('..', path.join(dir, 'a/b/up'));
    const read = await readFolder(dir);
    expect(names(read)).toEqual(['a/Dockerfile']);
    expect(read.project.executables).toBeNull();
    expect(read.project.files).toEqual(['a/Dockerfile', 'a/b/up']);
    rmSync(dir, { recursive: true });
  });
});
