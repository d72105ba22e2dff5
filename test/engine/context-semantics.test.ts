/**
 * Holds the file selection against the real BuildKit. Every case is built twice: from the whole tree with its ignore
 * file, and from the selected files alone. Same image: nothing is missing. Same files as selected: nothing is too much.
 */
import { availableParallelism } from 'node:os';
import { posix } from 'node:path';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import pLimit from 'p-limit';
import { hasWildcards } from '../../actions/lib/key/file-match.ts';
import { parseIgnoreFile } from '../../actions/lib/key/ignore-patterns.ts';
import type { ContextSelection } from '../../actions/lib/key/select-context-files.ts';
import {
  type ContextBuilder,
  copyEach,
  createContextBuilder,
  type Listing,
  selectCase,
} from '../support/context-build.ts';
import { type ContextCase, drawCase, randomFrom } from '../support/context-cases.ts';

jest.setTimeout(600_000);

const CASES = Number(process.env.DARKROOM_TEST_CASES ?? 150);
// Drawn anew but where the answer must be the same for the same commit; see support/fixed-seed.ts.
const DRAWN = process.env.CI === 'true' ? 777 : Date.now() % 1_000_000;
const SEED = Number(process.env.DARKROOM_TEST_SEED ?? DRAWN);
/** Cases that BuildKit refuses say little: one in so many of them is built. */
const ONE_MISSING_IN = 4;

let builder: ContextBuilder;

beforeAll(async () => {
  builder = await createContextBuilder();
});

afterAll(() => builder.remove());

it(`selects what BuildKit reads in ${CASES} random contexts (DARKROOM_TEST_SEED=${SEED})`, async () => {
  const limit = pLimit(availableParallelism());
  const results = await Promise.all(drawCases().map((one) => limit(() => disagreement(one))));
  const wrong = results.filter((result) => result !== null);
  // Not all of them: a comparison of hundreds of logs takes all memory.
  expect(wrong.slice(0, 3)).toEqual([]);
});

function drawCases(): readonly ContextCase[] {
  const random = randomFrom(SEED);
  const cases: ContextCase[] = [];
  let missing = 0;
  while (cases.length < CASES) {
    const one = drawCase(random);
    if (!isAccepted(one.ignore)) continue;
    if (selectCase(one).missing.length > 0) missing += 1;
    if (selectCase(one).missing.length === 0 || missing % ONE_MISSING_IN === 0) cases.push(one);
  }
  return cases;
}

function isAccepted(ignore: string): boolean {
  try {
    parseIgnoreFile(ignore);
    return true;
  } catch {
    return false;
  }
}

/** `null` when BuildKit and the selection agree, else the case and what they disagree about. */
async function disagreement(one: ContextCase): Promise<object | null> {
  const selection = selectCase(one);
  const dockerfile = copyEach(one);
  const whole = await builder.build(builder.write(one), { dockerfile, ignore: one.ignore });
  if (selection.missing.length > 0) {
    return whole.listing === null ? null : { ...report(one), says: 'missing', missing: selection.missing };
  }
  const isAll = selection.files.length === one.tree.entries.length;
  const exported = isAll ? whole : await builder.build(builder.write(one, selection), { dockerfile });
  if (whole.listing === null || exported.listing === null) {
    // A wildcard may match nothing, so its failures (a dangling link, no such folder) are left to BuildKit.
    const isForeseen = one.reads.some(({ path }) => hasWildcards(path)) && whole.listing === exported.listing;
    return isForeseen ? null : { ...report(one), whole: whole.log, exported: exported.log };
  }
  const emptied = emptiedFiles(whole.listing);
  const [found, expected] = [without(whole.listing, emptied), without(exported.listing, emptied)];
  if (JSON.stringify(found) !== JSON.stringify(expected)) return { ...report(one), found, expected };
  if (emptied.length > 0 || mayCopyLess(one, selection)) return null;
  const [copied, selected] = [originsOf(found), originsOf(selection.files.map(({ id }) => id))];
  return JSON.stringify(copied) === JSON.stringify(selected) ? null : { ...report(one), copied, selected };
}

function report({ tree, ignore, reads }: ContextCase): object {
  const files = tree.entries.map(({ mode, id, path }) =>
    mode === '120000' ? `${path} -> ${id.slice(5)}` : path,
  );
  return { files, ignore, sources: reads.map(({ path }) => path) };
}

/** No file of these trees is empty: BuildKit's walk kept it, and its opener took it for ignored. */
function emptiedFiles(listing: Listing): readonly string[] {
  return Object.keys(listing).filter((path) => listing[path] === 'file ' || listing[path] === 'executable ');
}

function without(listing: Listing, paths: readonly string[]): Listing {
  return Object.fromEntries(Object.entries(listing).filter(([path]) => !paths.includes(path)));
}

/**
 * BuildKit sends more than it copies for `**`, which COPY reads as `*`, for `|`, which beside a wildcard means "or" to the
 * sender and itself to COPY, and where a wildcard names links beside folders; and of files with one name only the last
 * copied is seen.
 */
function mayCopyLess({ tree, reads }: ContextCase, { files }: ContextSelection): boolean {
  const wild = reads.filter(({ path }) => hasWildcards(path));
  const names = new Set(files.map(({ path }) => posix.basename(path)));
  return (
    wild.some(({ path }) => path.includes('**') || path.includes('|')) ||
    (wild.length > 0 && (tree.targets.size > 0 || names.size < files.length))
  );
}

/** Content says where a file comes from: the regular files behind a listing or a list of ids. */
function originsOf(values: Listing | readonly string[]): readonly string[] {
  const origins = Object.values(values).flatMap((value) => /content of .*$/s.exec(value)?.[0] ?? []);
  return [...new Set(origins)].sort();
}
