/** Git LFS by hand, so that tests need no `git-lfs`. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { TestRepo } from './git-repo.ts';

/** The pointer that stands for some content. */
export function lfsPointer(content: string | Uint8Array): string {
  const size = Buffer.byteLength(content);
  return `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256(content)}\nsize ${size}\n`;
}

/** Puts content where `git-lfs` would; `stored` differs from it in tests of damage. */
export function storeLfsContent(
  repo: TestRepo,
  content: string | Uint8Array,
  stored = content,
  store = '.git/lfs',
): void {
  const oid = sha256(content);
  repo.write(join(store, 'objects', oid.slice(0, 2), oid.slice(2, 4), oid), stored);
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
