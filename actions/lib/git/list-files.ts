import { lstatSync } from 'node:fs';
import { DarkroomError } from '../errors/darkroom-error.ts';
import { type GitRepository, tryGit } from './git-command.ts';
import { comparePaths, decodePath, encodePath } from './path-text.ts';

/** What lies in a work tree, by what git says of it; paths are relative to its top, as in `path-text.ts`. */
export interface ListedFiles {
  /** Absolute path of the work tree's top. */
  readonly root: string;
  readonly tracked: readonly string[];
  readonly untracked: readonly string[];
  /** Executables among both. */
  readonly executables: ReadonlySet<string>;
  /** Left out by ignore files; a folder with nothing else in it stands for all of it, with `/` at its end. */
  readonly ignored: readonly string[];
}

/** Lists the work tree that a folder lies in; `null` where there is none, no git, or git does not trust the folder. */
export async function listFiles(dir: string): Promise<ListedFiles | null> {
  const found = await ask({ cwd: dir, env: {} }, ['rev-parse', '--show-toplevel']);
  const root = found === null ? '' : (found[0] ?? '').replace(/\n$/, '');
  if (root === '') return null;
  const top: GitRepository = { cwd: root, env: {} };
  const list = (...args: readonly string[]) => ask(top, ['ls-files', '-z', ...args]);
  const [tracked, deleted, untracked, ignored] = await Promise.all([
    list('--stage'),
    list('--deleted'),
    list('--others', '--exclude-standard'),
    list('--others', '--ignored', '--exclude-standard', '--directory'),
  ]);
  if (tracked === null || deleted === null || untracked === null || ignored === null) return null;
  const gone = new Set(deleted);
  // `100755 <id> <side of a conflict>\t<path>`
  const entries = tracked
    .map((entry) => ({
      path: entry.slice(entry.indexOf('\t') + 1),
      isExecutable: entry.startsWith('100755'),
    }))
    .filter(({ path }) => !gone.has(path));
  const files = untracked.filter((file) => !file.endsWith('/'));
  return {
    ...{ root, untracked: files, ignored },
    tracked: [...new Set(entries.map(({ path }) => path))].sort(comparePaths),
    executables: new Set([
      ...entries.flatMap(({ path, isExecutable }) => (isExecutable ? [path] : [])),
      ...files.filter((file) => isExecutable(root, file)),
    ]),
  };
}

/** As git would see it: the owner's right counts. */
function isExecutable(root: string, file: string): boolean {
  const path = Buffer.concat([Buffer.from(`${root}/`), encodePath(file)]);
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat?.isFile() === true && (stat.mode & 0o100) !== 0;
}

async function ask(repository: GitRepository, args: readonly string[]): Promise<readonly string[] | null> {
  try {
    const { exitCode, stdout } = await tryGit(repository, args);
    return exitCode === 0
      ? decodePath(stdout)
          .split('\0')
          .filter((name) => name !== '')
      : null;
  } catch (error) {
    if (error instanceof DarkroomError) return null;
    throw error;
  }
}
