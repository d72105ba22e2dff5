import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createProject, type Project, planned } from '../support/darkroom-command.ts';
import { createRepo, type TestRepo } from '../support/git-repo.ts';
import { lfsPointer, storeLfsContent } from '../support/lfs.ts';

jest.setTimeout(180_000);

const COPY_ALL = 'FROM scratch\nCOPY . /\n';
const LFS_CONTENT = 'what the pointer stands for\n';
const NAMES = {
  blank: 'a b c',
  newline: 'line\nbreak',
  composed: 'caf\u00e9',
  decomposed: 'cafe\u0301',
  quotes: `it's "quoted"`,
  dash: '-rf',
  hash: '#1',
  glob: '[x]*?',
};

/** One image per kind of file. */
const MATRIX = `images:
  modes: {}
  beaten: {}
  emptied: {}
  names: {}
  crlf: {}
  sub: {}
  lfs: {}
`;

describe('what is in an image is what git says', () => {
  let project: Project;
  let library: TestRepo;

  beforeAll(async () => {
    library = await createRepo();
    library.write('lib/code.txt', 'of the submodule\n');
    library.commit();
    project = await createProject({ 'action-matrix.yml': MATRIX });
    const { repo } = project;
    for (const name of ['modes', 'beaten', 'emptied', 'names', 'crlf'])
      repo.write(`containers/${name}/Dockerfile`, COPY_ALL);
    writeModes(repo);
    writeIgnored(repo);
    for (const name of Object.values(NAMES)) repo.write(`containers/names/${name}`, `${name}\n`);
    repo.symlink('containers/names/link', NAMES.blank);
    repo.symlink('containers/names/dangling', 'nowhere/at all');
    repo.write('containers/crlf/.gitattributes', '*.bat text eol=crlf\n');
    repo.write('containers/crlf/run.bat', 'echo one\r\necho two\r\n');
    repo.git('submodule', 'add', '--quiet', `file://${library.dir}`, 'containers/sub/vendor');
    repo.write('containers/sub/Dockerfile', 'FROM scratch\nCOPY vendor /vendor\n');
    repo.write('.gitattributes', '*.bin filter=lfs diff=lfs merge=lfs -text\n');
    repo.write('containers/lfs/Dockerfile', 'FROM scratch\nCOPY model.bin /\n');
    repo.write('containers/lfs/model.bin', lfsPointer(LFS_CONTENT));
    storeLfsContent(repo, LFS_CONTENT);
    repo.commit();
    // There, but in no commit: ignored files, and modes and times git does not know.
    repo.write('containers/modes/token.secret', 'ignored by git\n');
    const rebuilt = await project.rebuild();
    expect(rebuilt).toMatchObject({ failed: [], exitCode: 0 });
    expect(rebuilt.built).toHaveLength(7);
  });

  afterAll(() => {
    project?.repo.remove();
    library?.remove();
  });

  it('modes are 644 and 755, and nothing git ignores is there', async () => {
    expect(await project.files('modes')).toEqual({
      '.gitignore': '644 *.secret\n',
      Dockerfile: `644 ${COPY_ALL}`,
      'open.txt': '644 open\n',
      'closed.txt': '644 closed\n',
      'run.sh': '755 run\n',
      'own.sh': '755 own\n',
    });
  });

  it('the ignore file beside the Dockerfile beats the one of the context, which COPY takes along unapplied', async () => {
    expect(await project.files('beaten')).toEqual({
      '.dockerignore': '644 *.txt\n',
      Dockerfile: `644 ${COPY_ALL}`,
      'Dockerfile.dockerignore': '644 *.log\n',
      'kept.txt': '644 kept\n',
    });
  });

  it('a folder that the ignore file empties arrives empty', async () => {
    expect(await project.files('emptied')).toEqual({
      '.dockerignore': '644 logs/*\n',
      Dockerfile: `644 ${COPY_ALL}`,
      logs: 'folder',
    });
  });

  it('any name is only a name, and symlinks stay symlinks', async () => {
    const files = Object.fromEntries(Object.values(NAMES).map((name) => [name, `644 ${name}\n`]));
    expect(await project.files('names')).toEqual({
      ...files,
      Dockerfile: `644 ${COPY_ALL}`,
      link: `link ${NAMES.blank}`,
      dangling: 'link nowhere/at all',
    });
  });

  it('line ends are those of the blob, not of the work tree', async () => {
    expect(await project.files('crlf')).toMatchObject({ 'run.bat': '644 echo one\necho two\n' });
  });

  it('a submodule is its files', async () => {
    expect(await project.files('sub')).toEqual({
      vendor: 'folder',
      'vendor/lib': 'folder',
      'vendor/lib/code.txt': '644 of the submodule\n',
    });
  });

  it('a pointer of Git LFS is its content', async () => {
    expect(await project.files('lfs')).toEqual({ 'model.bin': `644 ${LFS_CONTENT}` });
  });

  it('a new file of a dirty tree is built, and its later commit is a hit', async () => {
    project.repo.write('containers/modes/new.txt', 'new\n', { mode: 0o600 });
    const plan = await project.plan();
    expect(plan.source.dirty).toEqual([path.join('containers/modes/new.txt')]);
    expect(planned(plan, 'modes').reasons).toEqual(['containers/modes/new.txt was added']);
    expect((await project.rebuild()).built).toEqual(['modes']);
    expect(await project.files('modes')).toMatchObject({ 'new.txt': '644 new\n' });
    project.repo.commit();
    expect(await project.rebuild()).toMatchObject({ built: [], exitCode: 0 });
  });

  it('a moved submodule rebuilds what copies it, and a lost object of LFS is named', async () => {
    library.write('lib/code.txt', 'moved\n');
    library.commit();
    const vendor = path.join(project.repo.dir, 'containers/sub/vendor');
    project.repo.git('-C', vendor, 'pull', '--quiet');
    project.repo.write('containers/lfs/model.bin', lfsPointer('never fetched\n'));
    project.repo.commit();
    const rebuilt = await project.rebuild();
    expect(rebuilt).toMatchObject({ built: ['sub'], failed: ['lfs'], published: {}, exitCode: 1 });
    expect(rebuilt.problems.map(({ code }) => code)).toEqual(['git/missing-lfs-content']);
    expect(rebuilt.stderr).toContain('containers/lfs/model.bin');
  });
});

function writeModes(repo: TestRepo): void {
  repo.write('containers/modes/.gitignore', '*.secret\n');
  repo.write('containers/modes/open.txt', 'open\n', { mode: 0o666 });
  repo.write('containers/modes/closed.txt', 'closed\n', { mode: 0o600 });
  repo.write('containers/modes/run.sh', 'run\n', { mode: 0o777 });
  repo.write('containers/modes/own.sh', 'own\n', { mode: 0o700 });
}

function writeIgnored(repo: TestRepo): void {
  repo.write('containers/beaten/.dockerignore', '*.txt\n');
  repo.write('containers/beaten/Dockerfile.dockerignore', '*.log\n');
  repo.write('containers/beaten/kept.txt', 'kept\n');
  repo.write('containers/beaten/left.log', 'left out\n');
  repo.write('containers/emptied/.dockerignore', 'logs/*\n');
  repo.write('containers/emptied/logs/one.log', 'left out\n');
}
