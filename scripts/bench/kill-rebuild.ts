/**
 * Kills `darkroom rebuild` with SIGKILL at random moments, on an engine and a registry of its own, and looks at what is
 * left: the next run must heal it, and no tag may ever point at something unfinished.
 * Usage: node scripts/bench/kill-rebuild.ts [runs]
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../../actions/lib/docker/engine.ts';
import { readBound } from '../../actions/lib/plan/read-bound.ts';
import { getJson } from '../../actions/lib/registry/artifact.ts';
import { resolvePlatformDigest } from '../../actions/lib/registry/platform-manifest.ts';
import { createRegistryClient } from '../../actions/lib/registry/registry-client.ts';
import { markdownTable } from '../../actions/lib/report/text-table.ts';
import { PLATFORM, startCommand } from '../../test/support/darkroom-command.ts';
import { createRepo } from '../../test/support/git-repo.ts';
import { makeTinyRoot } from '../../test/support/tiny-root.ts';
import { ensureEngine, ensureRegistry, stopEngine } from '../engine/engine.ts';
import { findFolders } from '../engine/folders.ts';

/** Parents by image, in an order in which parents come first. */
const GRAPH: Readonly<Record<string, string>> = {
  base: 'root',
  left: 'base',
  right: 'base',
  top: 'left',
};
const IMAGES = ['root', ...Object.keys(GRAPH)];
const PUBLISHING_MS = 300;
const PROJECT = 'acme/killed';

const runs = Number(process.argv[2] ?? 20);
const work = mkdtempSync(path.join(tmpdir(), 'darkroom-kill-'));
const folders = { ...findFolders(), state: path.join(work, 'darkroom') };
const temporary = path.join(work, 'tmp');
const mark = `kill-${randomUUID().slice(0, 8)}`;
const client = createRegistryClient();
const repo = await createRepo();
mkdirSync(temporary);
try {
  const engine = await ensureEngine(say, folders);
  const registry = await ensureRegistry(say, folders);
  const rows = await killAll(engine, registry);
  const headings = ['run', 'killed after', 'keys', 'tags', 'record', 'left after 2 s', 'next run'];
  process.stdout.write(`${markdownTable(headings, rows)}\n`);
} finally {
  await stopEngine(folders);
  repo.remove();
  rmSync(work, { recursive: true, force: true });
}

async function killAll(engine: Engine, registry: string): Promise<string[][]> {
  await writeImages();
  const whole = Date.now();
  await rebuild();
  changeSources(0);
  const start = Date.now();
  await rebuild();
  const lasts = Date.now() - start;
  say(`a first rebuild took ${start - whole} ms, one after a change ${lasts} ms`);
  const rows: string[][] = [];
  for (let run = 1; run <= runs; run += 1) {
    changeSources(run);
    const before = await tagDigests(registry);
    const started = Date.now();
    const child = command(['rebuild', '--json']);
    // Publishing takes a small part of the time: every fourth run is killed in it.
    if (run % 4 === 0) await lastKey(registry, lasts);
    await sleep(Math.random() * (run % 4 === 0 ? PUBLISHING_MS : lasts));
    child.kill('SIGKILL');
    const after = Date.now() - started;
    const { exitCode } = await child;
    await sleep(2000);
    const keys = await standingKeys(registry);
    const record = await recordState(registry);
    const tags = await judgeTags(registry, before);
    const left = await leftovers(engine);
    const healed = await heal(registry);
    const ended = exitCode === undefined ? `${after} ms` : `${after} ms, had ended`;
    rows.push([String(run), ended, `${keys}/${IMAGES.length}`, tags, record, left, healed]);
    say(rows.at(-1)?.join(' | ') ?? '');
  }
  return rows;
}

/** Returns when the last image to be built has its key. */
async function lastKey(registry: string, patience: number): Promise<void> {
  const { tag = '' } = (await plannedKeys()).get('top') ?? {};
  const deadline = Date.now() + 3 * patience;
  while (Date.now() < deadline) {
    if ((await client.headManifest({ ...repository(registry, 'top'), tag })) !== null) return;
    await sleep(5);
  }
}

async function writeImages(): Promise<void> {
  const matrix = IMAGES.map((image) => `  ${image}: { platforms: [${PLATFORM}] }\n`).join('');
  repo.git('remote', 'add', 'origin', `https://example.invalid/${PROJECT}.git`);
  repo.write('action-matrix.yml', `images:\n${matrix}`);
  repo.write('containers/root/Dockerfile', 'FROM scratch\nCOPY root /\n');
  await makeTinyRoot(path.join(repo.dir, 'containers/root/root'));
  for (const [image, parent] of Object.entries(GRAPH)) {
    // The last step is silent for a while: Buildx has nothing to say that would tell it that nobody listens.
    const step = `RUN : ${mark}; cat /source.txt /proc/sys/kernel/random/uuid > /${image}; sleep 0.7`;
    repo.write(`containers/${image}/Dockerfile`, `FROM ${parent}\nCOPY source.txt /\n${step}\n`);
    repo.write(`containers/${image}/source.txt`, 'first\n');
  }
  repo.commit();
}

/** Three of five images get other keys. */
function changeSources(run: number): void {
  repo.write('containers/left/source.txt', `${mark} ${run}\n`);
  repo.write('containers/right/source.txt', `${mark} ${run}\n`);
  repo.commit();
}

function command(args: readonly string[]) {
  return startCommand(repo.dir, args, {
    ...{ XDG_STATE_HOME: work, XDG_CACHE_HOME: path.dirname(folders.cache), TMPDIR: temporary },
    ...{ DARKROOM_KILL_MARK: mark, NODE_DISABLE_COMPILE_CACHE: '1' },
  });
}

async function rebuild(): Promise<{ built: string[]; hits: string[] }> {
  const { stdout, stderr, exitCode } = await command(['rebuild', '--json']);
  if (exitCode !== 0) throw new Error(`rebuild ended with ${exitCode}: ${stderr}`);
  return JSON.parse(stdout) as { built: string[]; hits: string[] };
}

/** Everything the next run must have put right; `yes` when it has. */
async function heal(registry: string): Promise<string> {
  const { built } = await rebuild();
  const wrong: string[] = [];
  for (const [image, { key, tag }] of await plannedKeys()) {
    const ref = repository(registry, image);
    const head = await client.headManifest({ ...ref, tag });
    const main = await client.headManifest({ ...ref, tag: 'main' });
    if (head === null || head.digest !== main?.digest) {
      wrong.push(`${image}:main is not its key`);
      continue;
    }
    const parent = GRAPH[image];
    if (parent === undefined) continue;
    const bound = await readBound(client, ref, { key, digest: head.digest });
    const standing = await resolvePlatformDigest(
      client,
      { ...repository(registry, parent), tag: 'main' },
      PLATFORM,
    );
    if (bound?.[parent] !== standing) wrong.push(`${image} stands on another ${parent}`);
  }
  const folders = readdirSync(temporary);
  if (folders.length > 0) wrong.push(`folders: ${folders.join(' ')}`);
  if ((await recordState(registry)) !== 'done') wrong.push('the record is not done');
  return wrong.length === 0 ? `healed, built ${built.length}` : `WRONG: ${wrong.join('; ')}`;
}

async function plannedKeys(): Promise<ReadonlyMap<string, { key: string; tag: string }>> {
  const { stdout } = await command(['plan', '--json']);
  const { images } = JSON.parse(stdout) as { images: { name: string; key: string; tag: string }[] };
  return new Map(images.map(({ name, key, tag }) => [name, { key, tag }]));
}

async function standingKeys(registry: string): Promise<number> {
  const keys = await plannedKeys();
  const heads = await Promise.all(
    [...keys].map(([image, { tag }]) => client.headManifest({ ...repository(registry, image), tag })),
  );
  return heads.filter((head) => head !== null).length;
}

async function tagDigests(registry: string): Promise<ReadonlyMap<string, string | undefined>> {
  const heads = await Promise.all(
    IMAGES.map((image) => client.headManifest({ ...repository(registry, image), tag: 'main' })),
  );
  return new Map(IMAGES.map((image, index) => [image, heads[index]?.digest]));
}

/** Whether every tag names an image of which everything is there, and how many have moved. */
async function judgeTags(registry: string, before: ReadonlyMap<string, string | undefined>): Promise<string> {
  let moved = 0;
  for (const [image, digest] of await tagDigests(registry)) {
    const ref = repository(registry, image);
    const platform = await resolvePlatformDigest(client, { ...ref, tag: 'main' }, PLATFORM);
    const manifest = platform === null ? null : await client.getManifest({ ...ref, digest: platform });
    if (manifest?.document.kind !== 'image') return `WRONG: ${image}:main names no image`;
    for (const { digest: blob } of [manifest.document.config, ...manifest.document.layers]) {
      const { ok } = await fetch(`http://${registry}/v2/${ref.repository}/blobs/${blob}`, { method: 'HEAD' });
      if (!ok) return `WRONG: ${image}:main lacks ${blob}`;
    }
    if (before.get(image) !== digest) moved += 1;
  }
  return moved === 0 ? 'as before' : `${moved} moved`;
}

async function recordState(registry: string): Promise<string> {
  const document = await getJson(client, { ...repository(registry, 'darkroom'), tag: 'published-main' });
  return (document as { state?: string } | null)?.state ?? 'none';
}

/** Processes of the killed run, steps the builder still carries out, and folders. */
async function leftovers(engine: Engine): Promise<string> {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  const ours = pids.filter((pid) => readProc(pid, 'environ').includes(`DARKROOM_KILL_MARK=${mark}`));
  const steps = pids.filter((pid) => readProc(pid, 'cmdline').includes(`: ${mark};`) && !ours.includes(pid));
  const folders = readdirSync(temporary).length;
  const found = [
    ...(ours.length > 0 ? [`${ours.length} processes (${path.basename(engine.buildx[0] ?? '')})`] : []),
    ...(steps.length > 0 ? [`${steps.length} steps`] : []),
    ...(folders > 0 ? [`${folders} folders`] : []),
  ];
  return found.length === 0 ? 'nothing' : found.join(', ');
}

function readProc(pid: string, file: 'environ' | 'cmdline'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

function repository(registry: string, image: string) {
  return { registry, repository: `${PROJECT}/${image}` };
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
