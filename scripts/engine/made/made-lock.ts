/** Owns `made.lock`: which upstream images were made on this machine, and what came out. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DarkroomError } from '../../../actions/lib/errors/darkroom-error.ts';
import { withLock } from '../../../actions/lib/process/with-lock.ts';

/** What was made for one platform. */
export interface MadeImage {
  /** `sha256:…` of the platform manifest in the registry on loopback. */
  readonly digest: string;
  /** ISO 8601. */
  readonly madeAt: string;
}

/** The document: by reference such as `docker.io/library/debian:bookworm-slim`, then by platform. */
export interface MadeLock {
  readonly version: 1;
  readonly images: Readonly<Record<string, Readonly<Record<string, MadeImage>>>>;
}

/** Returns what was made so far. @throws DarkroomError `made/bad-lock` when the file is not such a document */
export async function readMade(state: string): Promise<MadeLock> {
  const file = lockFile(state);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return { version: 1, images: {} };
  try {
    const value = JSON.parse(text) as MadeLock;
    if (value.version === 1 && typeof value.images === 'object') return value;
  } catch {
    // Said below, as for a document of another shape.
  }
  throw new DarkroomError({
    code: 'made/bad-lock',
    place: { file },
    message: 'This is not a list of made images of version 1.',
    hint: 'Delete the file; the images are made again when they are needed.',
  });
}

/** Adds or replaces one image. Two commands at once lose nothing. */
export async function recordMade(
  state: string,
  made: { readonly reference: string; readonly platform: string; readonly digest: string },
): Promise<void> {
  await withLock(state, async () => {
    const { images } = await readMade(state);
    const image: MadeImage = { digest: made.digest, madeAt: new Date().toISOString() };
    const platforms = { ...images[made.reference], [made.platform]: image };
    await writeMade(state, { ...images, [made.reference]: platforms });
  });
}

/** Forgets images, so that they are made anew when they are next needed. */
export async function forgetMade(
  state: string,
  forgotten: readonly { readonly reference: string; readonly platform: string }[],
): Promise<void> {
  await withLock(state, async () => {
    const images = structuredClone((await readMade(state)).images) as Record<
      string,
      Record<string, MadeImage>
    >;
    for (const { reference, platform } of forgotten) delete images[reference]?.[platform];
    await writeMade(state, images);
  });
}

async function writeMade(state: string, images: MadeLock['images']): Promise<void> {
  const lock: MadeLock = { version: 1, images };
  const next = `${lockFile(state)}.next`;
  await writeFile(next, `${JSON.stringify(lock, null, 2)}\n`);
  await rename(next, lockFile(state));
}

function lockFile(state: string): string {
  return join(state, 'made.lock');
}
