/** Looks at the folders a request names, before anything is built for it. */
import { constants } from 'node:fs';
import { access, lstat, mkdir, opendir, readFile, realpath, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DarkroomError, type Problem } from '../errors/darkroom-error.ts';
import { isFrameName } from '../scene/frame-name.ts';
import type { ScenePlace } from '../scene/scene-place.ts';
import type { SceneRequest } from '../scene/scene-request.ts';

/** Checks what can be checked on this machine. @throws DarkroomError `scene/…`: everything that is wrong, at once */
export async function checkPlaces({ frames, storage, baseline }: SceneRequest): Promise<void> {
  const found = await Promise.all([
    frames?.kind === 'folder' ? checkFrames(frames.path, storage) : null,
    storage.kind === 'folder' ? checkStorage(storage.path) : null,
    baseline === null ? null : checkBaseline(baseline),
  ]);
  const problems = found.filter((one) => one !== null);
  if (problems.length > 0) throw new DarkroomError(problems, { kind: 'use' });
}

/**
 * Makes the storage's folder, with the rights of whoever asks. One that is made in a repository is none of its files.
 * @throws DarkroomError `scene/bad-storage`
 */
export async function makeStorage(storage: ScenePlace): Promise<void> {
  if (storage.kind !== 'folder') return;
  try {
    const made = await mkdir(storage.path, { recursive: true });
    if (made !== undefined) await writeFile(path.join(storage.path, '.gitignore'), '*\n');
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    throw new DarkroomError(badStorage(storage.path, `it cannot be made (${code})`), {
      kind: 'use',
      cause: error,
    });
  }
}

async function checkFrames(folder: string, storage: ScenePlace): Promise<Problem | null> {
  const wrong = (code: Problem['code'], what: string, hint?: string): Problem => {
    return { code, message: `"frames" is ${JSON.stringify(folder)}, ${what}.`, ...(hint && { hint }) };
  };
  const expected = 'expected a folder with photographs or videos';
  try {
    const real = await realpath(folder);
    if (!(await stat(real)).isDirectory()) return wrong('scene/bad-frames', `which is a file; ${expected}`);
    const kept = storage.kind === 'folder' ? await realPathOf(storage.path) : null;
    if (kept !== null && !path.relative(real, kept).startsWith('..')) {
      return wrong(
        'scene/frames-hold-storage',
        `which holds the storage ${JSON.stringify(kept)}; what is made there would count as photographs`,
        'Give a folder outside of the photographs with "storage" (--storage ../scenes, for one).',
      );
    }
    const first = await firstFrame(real);
    if (first === null) return wrong('scene/no-frames', `where no photograph or video lies; ${expected}`);
    await access(first, constants.R_OK);
    return null;
  } catch (error) {
    const { code, path: where = folder } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return wrong('scene/bad-frames', `which is not there; ${expected}`);
    return wrong('scene/bad-frames', `where ${JSON.stringify(where)} cannot be read (${code}); ${expected}`);
  }
}

/** Looks no further than the first. */
async function firstFrame(folder: string): Promise<string | null> {
  const folders: string[] = [];
  for await (const entry of await opendir(folder)) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) folders.push(file);
    else if (isFrameName(entry.name)) return file;
  }
  for (const one of folders.sort()) {
    const found = await firstFrame(one);
    if (found !== null) return found;
  }
  return null;
}

/** The folder is made later: until then its nearest parent has to take it. */
async function checkStorage(folder: string): Promise<Problem | null> {
  const nearest = await existingParent(folder);
  try {
    if (!(await stat(nearest)).isDirectory())
      return badStorage(folder, `${JSON.stringify(nearest)} is a file`);
    await access(nearest, constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return badStorage(folder, `${JSON.stringify(nearest)} cannot be written (${code})`);
  }
}

function badStorage(folder: string, why: string): Problem {
  return {
    code: 'scene/bad-storage',
    message: `"storage" is ${JSON.stringify(folder)}, but ${why}; expected a folder you may write to.`,
  };
}

async function checkBaseline(file: string): Promise<Problem | null> {
  const wrong = (why: string): Problem => {
    const message = `"baseline" is ${JSON.stringify(file)}, which ${why}; expected the "report.json" of an earlier run.`;
    return { code: 'scene/bad-baseline', message };
  };
  try {
    const report: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (typeof report !== 'object' || report === null) return wrong('holds no JSON object');
    const missing = ['sfm', 'train', 'photographs'].find((name) => !(name in report));
    return missing === undefined ? null : wrong(`is no report of a scene: it holds no "${missing}"`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return wrong(code === undefined ? 'holds no JSON' : `cannot be read (${code})`);
  }
}

/** The folder itself or the nearest above it that is there, be it a symlink to nothing. */
async function existingParent(folder: string): Promise<string> {
  try {
    await lstat(folder);
    return folder;
  } catch {
    const parent = path.dirname(folder);
    return parent === folder ? folder : existingParent(parent);
  }
}

/** With the symlinks of what is there resolved. */
async function realPathOf(folder: string): Promise<string> {
  try {
    return await realpath(folder);
  } catch {
    const parent = path.dirname(folder);
    return parent === folder ? folder : path.join(await realPathOf(parent), path.basename(folder));
  }
}
