/** Puts upstreams that are no images where BuildKit can read them, and only if they are what the key says. */
import { chmod, cp, lstat, lutimes, mkdir, readdir, utimes } from 'node:fs/promises';
import path from 'node:path';
import { DarkroomError } from '../errors/darkroom-error.ts';
import { exportGitUpstream } from '../git/fetch-git-upstream.ts';
import type { WantedUpstream } from '../plan/wanted-upstreams.ts';
import { downloadHttpUpstream } from './hash-http-upstream.ts';
import { hashLocalFolder } from './hash-local-folder.ts';

/** What is put where. */
export interface UpstreamRequest {
  readonly upstream: WantedUpstream;
  /** Commit or sha256 from the lock. */
  readonly pin: string;
  /** The name the Dockerfile uses: a download is a file of this name, since the key knows no other. */
  readonly name: string;
  /** Absolute path that does not exist yet. */
  readonly dir: string;
  /** Seconds since 1970, for every file and folder. */
  readonly mtimeSeconds: number;
}

/**
 * Writes a git commit's tree, a downloaded file, or a copy of a local folder.
 * @throws DarkroomError `upstream/changed` when the content is not what was pinned; `git/…`, `upstream/…`
 */
export async function materialiseUpstream(
  { upstream, pin, name, dir, mtimeSeconds }: UpstreamRequest,
  places: { readonly root: string; readonly gitCache: string },
): Promise<void> {
  switch (upstream.kind) {
    case 'git':
      await exportGitUpstream(upstream.url, pin, dir, places.gitCache, { mtimeSeconds });
      return;
    case 'http':
      await mkdir(dir, { recursive: true });
      expectPin(upstream.name, pin, await downloadHttpUpstream(upstream.name, path.join(dir, name)));
      await normalise(dir, mtimeSeconds);
      return;
    case 'local':
      // A copy, so that nothing changes between the hash and the build, and nothing but what is hashed gets in.
      await cp(path.resolve(places.root, upstream.name), dir, { recursive: true, verbatimSymlinks: true });
      expectPin(upstream.name, pin, await hashLocalFolder(path.dirname(dir), path.basename(dir)));
      await normalise(dir, mtimeSeconds);
      return;
    case 'image':
      throw new Error(`${upstream.name} is an image and is bound by digest`);
  }
}

function expectPin(name: string, pin: string, found: string): void {
  if (found === pin) return;
  throw new DarkroomError({
    code: 'upstream/changed',
    message: `"${name}" is not what the lock says: its sha256 is ${found}, expected ${pin}.`,
    hint: 'If the change is meant, run "darkroom lock --update" and commit the lock.',
  });
}

/** Gives a file or folder, and what is below it, the modes that count and one time. */
async function normalise(file: string, mtimeSeconds: number): Promise<void> {
  const found = await lstat(file);
  if (found.isSymbolicLink()) {
    await lutimes(file, mtimeSeconds, mtimeSeconds);
    return;
  }
  if (found.isDirectory()) {
    for (const name of await readdir(file)) await normalise(path.join(file, name), mtimeSeconds);
  }
  await chmod(file, found.isDirectory() || (found.mode & 0o100) !== 0 ? 0o755 : 0o644);
  await utimes(file, mtimeSeconds, mtimeSeconds);
}
