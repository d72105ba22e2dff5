/**
 * Writes which tags of Docker's official images move from one release of a distribution to the next, and where those that
 * are no longer built stand: `scripts/lint-data/image-tags.ts FOLDER`, a clone of docker-library/official-images.
 */
import { writeFileSync } from 'node:fs';
import { execa } from 'execa';

const OUTPUT = 'actions/lib/lint/data/image-tags.json';
const IMAGES = ['golang', 'node', 'python', 'ruby', 'rust'];
/** Older ones are in no Dockerfile that still builds. */
const OLDEST: Readonly<Record<string, string>> = { node: '14', python: '3.6' };
const CODENAME = /^(?:jessie|stretch|buster|bullseye|bookworm|trixie|forky|alpine\d+\.\d+)$/;

const [folder = '.'] = process.argv.slice(2);
const git = execa({ cwd: folder, maxBuffer: 500_000_000 });
const images: Record<string, object> = {};
for (const image of IMAGES) images[image] = await readImage(image);
const { stdout: date } = await git`git log -1 --format=%cs`;
const source = 'github.com/docker-library/official-images, library/*, with its history';
const text = JSON.stringify({ source, date, images }, null, 1).replace(/^ +/gm, (blanks) => blanks.repeat(2));
writeFileSync(OUTPUT, `${text}\n`);

/** Tags without the name of a release: those still built with the tag beside them that has it, the others with the name. */
async function readImage(image: string): Promise<object> {
  const { stdout } = await git`git log --format=%H -- ${`library/${image}`}`;
  const [newest = '', ...older] = stdout.split('\n');
  const moving = await readTags(newest, image);
  const settled = new Map<string, string>();
  const steps = older.filter((_, at) => at % 3 === 0);
  for (const commit of steps) {
    for (const [tag, named] of await readTags(commit, image)) {
      const word = named.split('-').find((one) => CODENAME.test(one));
      if (!moving.has(tag) && !settled.has(tag) && isWanted(image, tag)) settled.set(tag, word ?? '');
    }
  }
  return { moving: ordered(moving), settled: ordered(settled) };
}

/** The `slim` ones stand on the same release. */
function isWanted(image: string, tag: string): boolean {
  const oldest = OLDEST[image];
  return (
    oldest !== undefined && /^[\d.]+$/.test(tag) && tag.localeCompare(oldest, 'en', { numeric: true }) >= 0
  );
}

async function readTags(commit: string, image: string): Promise<ReadonlyMap<string, string>> {
  const { stdout, exitCode } = await git({ reject: false })`git show ${`${commit}:library/${image}`}`;
  const found = new Map<string, string>();
  for (const paragraph of exitCode === 0 ? stdout.split(/\n\s*\n/) : []) {
    if (/windows/i.test(paragraph)) continue;
    const tags = [...paragraph.matchAll(/^(?:Shared)?Tags: *(.+)$/gm)].flatMap(([, list = '']) =>
      list.split(/,\s*/).map((tag) => tag.trim()),
    );
    for (const tag of tags) {
      const named = isWritten(tag) ? tags.find((other) => isSameWithRelease(tag, other)) : undefined;
      if (named !== undefined) found.set(tag, named);
    }
  }
  return found;
}

/** A version, `lts`, `slim`, `alpine`; no candidates and no dates. */
function isWritten(tag: string): boolean {
  return /^(?:\d+(?:\.\d+){0,2}|lts|current|latest|stable|oldstable)(?:-slim|-alpine)?$/.test(tag);
}

function isSameWithRelease(tag: string, other: string): boolean {
  const words = other.split('-');
  const without = words.filter((word) => !CODENAME.test(word));
  const alpine = words.some((word) => /^alpine\d/.test(word)) ? ['alpine'] : [];
  return without.length < words.length && [...without, ...alpine].join('-') === tag;
}

function ordered(tags: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries([...tags].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true })));
}
