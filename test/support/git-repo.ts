/** Real repositories for tests: a temporary folder, a fixed identity and clock, and no configuration of the user's. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A path below the repository; bytes where it is not UTF-8. */
export type RepoPath = string | Buffer;

/** One temporary repository. */
export interface TestRepo {
  /** Absolute path of the work tree, symlinks resolved. */
  readonly dir: string;
  /** Writes a file and its folders; the mode holds whatever the umask is. */
  write(path: RepoPath, content: string | Uint8Array, options?: { readonly mode?: number }): void;
  /** Makes a symlink and its folders. */
  symlink(path: RepoPath, target: RepoPath): void;
  /** Removes a file or folder of the work tree. */
  delete(path: RepoPath): void;
  /** Runs git in the work tree and gives its output without the last line end. @throws when git fails */
  git(...args: string[]): string;
  /** Stages everything, commits (also when nothing changed) and gives the commit's id. */
  commit(message?: string): string;
  /** Clones it with `git clone ARGS file://…` into a new repository of its own. */
  clone(...args: string[]): TestRepo;
  /** Removes the repository. */
  remove(): void;
}

const SETTINGS = [
  'protocol.file.allow=always',
  'advice.detachedHead=false',
  'commit.gpgSign=false',
  'gc.auto=0',
];

/** Makes an empty repository on branch `main`; `init` holds more arguments of `git init`. */
export async function createRepo(options: { readonly init?: readonly string[] } = {}): Promise<TestRepo> {
  const parent = temporaryFolder();
  git(parent, ['init', '--quiet', '--initial-branch=main', ...(options.init ?? []), 'repo']);
  return openRepo(join(parent, 'repo'), parent);
}

function openRepo(dir: string, parent: string): TestRepo {
  const repo: TestRepo = {
    dir,
    write(path, content, { mode = 0o644 } = {}) {
      const file = below(dir, path);
      makeFolder(file);
      writeFileSync(file, content);
      chmodSync(file, mode);
    },
    symlink(path, target) {
      const file = below(dir, path);
      makeFolder(file);
      symlinkSync(target, file);
    },
    delete: (path) => rmSync(below(dir, path), { recursive: true, force: true }),
    git: (...args) => git(dir, args),
    commit(message = 'change') {
      git(dir, ['add', '--all']);
      git(dir, ['commit', '--quiet', '--allow-empty', '--no-verify', '--message', message]);
      return git(dir, ['rev-parse', 'HEAD']);
    },
    clone(...args) {
      const target = temporaryFolder();
      git(target, ['clone', '--quiet', ...args, `file://${dir}`, 'repo']);
      return openRepo(join(target, 'repo'), target);
    },
    remove: () => rmSync(parent, { recursive: true, force: true }),
  };
  return repo;
}

function git(cwd: string, args: readonly string[]): string {
  const settings = SETTINGS.flatMap((setting) => ['-c', setting]);
  const output = execFileSync('git', [...settings, ...args], {
    cwd,
    env: environment(),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1 << 30,
  });
  return output.replace(/\n$/, '');
}

function environment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'));
  return {
    ...Object.fromEntries(inherited),
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_AUTHOR_NAME: 'Darkroom Tests',
    GIT_AUTHOR_EMAIL: 'tests@example.invalid',
    GIT_AUTHOR_DATE: '1700000000 +0000',
    GIT_COMMITTER_NAME: 'Darkroom Tests',
    GIT_COMMITTER_EMAIL: 'tests@example.invalid',
    GIT_COMMITTER_DATE: '1700000000 +0000',
  };
}

function temporaryFolder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), 'darkroom-test-')));
}

function below(dir: string, path: RepoPath): RepoPath {
  return typeof path === 'string' ? join(dir, path) : Buffer.concat([Buffer.from(`${dir}/`), path]);
}

function makeFolder(file: RepoPath): void {
  if (typeof file === 'string') mkdirSync(dirname(file), { recursive: true });
  else mkdirSync(file.subarray(0, file.lastIndexOf(0x2f)), { recursive: true });
}
