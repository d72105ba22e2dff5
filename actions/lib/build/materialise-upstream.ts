import { mkdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { DarkroomError } from '../errors/darkroom-error.ts';
import { exportGitUpstream } from '../git/fetch-git-upstream.ts';
import type { WantedUpstream } from '../plan/wanted-upstreams.ts';
import { downloadHttpUpstream } from '../registry/hash-http-upstream.ts';
import { hashLocalFolder } from '../registry/hash-local-folder.ts';
import { SOURCE_DATE_EPOCH } from './export-node.ts';

/**
 * Puts an upstream that is no image where BuildKit can read it, and only if it is what the key says: a git commit's tree,
 * a file by its name in the address, or a link to the local folder.
 * @param dir absolute path that does not exist yet; its last part tells BuildKit contents apart
 * @throws DarkroomError `upstream/changed` when the content is not what was pinned; `git/…`, `upstream/…`
 */
export async function materialiseUpstream(
  upstream: WantedUpstream,
  pin: string,
  dir: string,
  places: { readonly root: string; readonly gitCache: string },
): Promise<void> {
  switch (upstream.kind) {
    case 'git':
      await exportGitUpstream(upstream.url, pin, dir, places.gitCache, { mtimeSeconds: SOURCE_DATE_EPOCH });
      return;
    case 'http': {
      await mkdir(dir, { recursive: true });
      const name = path.posix.basename(new URL(upstream.name).pathname) || 'download';
      const found = await downloadHttpUpstream(
        upstream.name,
        path.join(dir, decodeURIComponent(name).replaceAll('/', '_')),
      );
      if (found !== pin) throw changed(upstream.name, pin, found);
      return;
    }
    case 'local': {
      const found = await hashLocalFolder(places.root, upstream.name);
      if (found !== pin) throw changed(upstream.name, pin, found);
      await symlink(path.resolve(places.root, upstream.name), dir);
      return;
    }
    case 'image':
      throw new Error(`${upstream.name} is an image and is bound by digest`);
  }
}

function changed(name: string, pin: string, found: string): DarkroomError {
  return new DarkroomError({
    code: 'upstream/changed',
    message: `"${name}" is not what the lock says: its sha256 is ${found}, expected ${pin}.`,
    hint: 'If the change is meant, run "darkroom lock --update" and commit the lock.',
  });
}
