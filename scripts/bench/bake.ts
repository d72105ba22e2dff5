/**
 * Measures `darkroom rebuild --push` against `docker buildx bake`, in turn, over one repository of images that stand on
 * each other: with the same BuildKit, the same registry behind a proxy that counts, and a builder emptied before every run.
 * Both run as whole processes. It starts an engine of its own beside any other, and deletes it at the end.
 * Usage: node scripts/bench/bake.ts [--images 12] [--runs 5] [--provenance] [--traffic FILE]
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import prettyBytes from 'pretty-bytes';
import type { Engine } from '../../actions/lib/docker/engine.ts';
import { markdownTable } from '../../actions/lib/report/text-table.ts';
import { makeTinyRoot } from '../../test/support/tiny-root.ts';
import { ensureEngine, ensureRegistry, stopEngine } from '../engine/engine.ts';
import { findFolders } from '../engine/folders.ts';
import { benchImages, changePackages, changeSource, commit, writeRepository } from './bake-repository.ts';
import { type CountingProxy, type Passed, startCountingProxy } from './counting-proxy.ts';
import { layersOf } from './image-layers.ts';
import { machineFacts } from './machine-facts.ts';
import { spreadOf } from './spread.ts';

const DARKROOM = path.resolve(import.meta.dirname, '../darkroom');
const SEED_BYTES = 7_500_000;
const SEEDS = 4;

const TOOLS = ['darkroom', 'bake-linked', 'bake-levels'] as const;
type Tool = (typeof TOOLS)[number];

/** One run of one tool. */
interface Run {
  readonly seconds: number;
  readonly passed: readonly Passed[];
  /** Bytes of the layers that images have now and did not have before. */
  readonly changedBytes: number;
}

/** A change, run several times by each tool. */
interface Case {
  readonly name: string;
  readonly runs: number;
  change(run: number): void;
}

const { values: options } = parseArgs({
  options: {
    images: { type: 'string', default: '12' },
    runs: { type: 'string', default: '5' },
    provenance: { type: 'boolean', default: false },
    traffic: { type: 'string' },
  },
});
const images = benchImages(Number(options.images));
const dir = mkdtempSync(path.join(tmpdir(), 'darkroom-bake-'));
const repository = path.join(dir, 'repository');
const folders = { ...findFolders(), state: path.join(dir, 'state', 'darkroom') };
const say = (line: string): void => void process.stderr.write(`${line}\n`);

try {
  process.stdout.write(await measure());
} finally {
  await stopEngine(folders);
  rmSync(dir, { recursive: true, force: true });
}

async function measure(): Promise<string> {
  mkdirSync(folders.state, { recursive: true });
  const engine = await ensureEngine(say, folders);
  if (engine.kind !== 'own') {
    throw new Error('This bench empties the builder it uses, and so does not use a Docker of yours.');
  }
  const registry = await ensureRegistry(say, folders);
  const proxy = await startCountingProxy(registry);
  try {
    const upstream = await makeUpstream(engine, proxy.address);
    const { provenance } = options;
    await writeRepository(repository, images, { registry: proxy.address, upstream, provenance });
    await runTool('darkroom', engine, ['lock']);
    const rows: string[][] = [];
    for (const one of cases()) rows.push(...describeCase(one, await runCase(one, engine, proxy, registry)));
    return report(await versions(engine), rows);
  } finally {
    proxy.close();
  }
}

function cases(): readonly Case[] {
  const runs = Number(options.runs);
  const linked = images.findLast(({ sources }) => sources === 'linked')?.name ?? '';
  const compiled = images.findLast(({ sources }) => sources === 'compiled')?.name ?? '';
  return [
    { name: 'everything, registry empty', runs: 1, change: () => {} },
    { name: 'nothing changed', runs, change: () => {} },
    { name: 'a source, COPY --link', runs, change: () => changeSource(repository, linked) },
    { name: 'a source, RUN after COPY', runs, change: () => changeSource(repository, compiled) },
    { name: 'the base', runs, change: (run) => changePackages(repository, 'base', run + 2) },
  ];
}

async function runCase(
  one: Case,
  engine: Engine,
  proxy: CountingProxy,
  registry: string,
): Promise<Record<Tool, Run[]>> {
  const done: Record<Tool, Run[]> = { darkroom: [], 'bake-linked': [], 'bake-levels': [] };
  for (let run = 0; run < one.runs; run += 1) {
    one.change(run);
    await commit(repository);
    // Neither always runs on the caches of disk and processor that the other has warmed.
    for (const tool of run % 2 === 0 ? TOOLS : TOOLS.toReversed()) {
      await emptyBuilder(engine);
      const before = await allLayers(tool, registry);
      proxy.take();
      const started = performance.now();
      await runTool(tool, engine, tool === 'darkroom' ? ['rebuild', '--push'] : []);
      const seconds = (performance.now() - started) / 1000;
      const passed = proxy.take();
      const after = await allLayers(tool, registry);
      const changed = [...after].filter(([digest]) => !before.has(digest));
      const changedBytes = changed.reduce((sum, [, size]) => sum + size, 0);
      done[tool].push({ seconds, passed, changedBytes });
      say(`${one.name}, run ${run + 1}, ${tool}: ${seconds.toFixed(2)} s`);
    }
  }
  if (options.traffic !== undefined) {
    writeFileSync(
      path.join(options.traffic, `${one.name.replaceAll(/\W+/g, '-')}.json`),
      JSON.stringify(done),
    );
  }
  return done;
}

/** Whatever Buildx and the engine keep of earlier builds goes; that it has gone shows in the bytes that are pulled. */
async function emptyBuilder({ buildx, builder, env }: Engine): Promise<void> {
  const [command = '', ...first] = buildx;
  await execa(command, [...first, 'prune', '--builder', builder, '--all', '--force'], { env });
}

async function runTool(tool: Tool, engine: Engine, words: readonly string[]): Promise<void> {
  if (tool === 'darkroom') {
    const env = { XDG_STATE_HOME: path.dirname(folders.state) };
    await execa(DARKROOM, [...words, '-C', repository], { env, stdin: 'ignore' });
    return;
  }
  const [command = '', ...first] = engine.buildx;
  const bake = [
    ...first,
    'bake',
    '--builder',
    engine.builder,
    '--file',
    `${tool}.json`,
    '--progress',
    'quiet',
  ];
  const levels = new Set(images.map(({ level }) => `level-${level}`));
  for (const group of tool === 'bake-linked' ? ['default'] : levels) {
    await execa(command, [...bake, group], { cwd: repository, env: engine.env, stdin: 'ignore' });
  }
}

/** The layers of every image as a tool published it, by digest. */
async function allLayers(tool: Tool, registry: string): Promise<ReadonlyMap<string, number>> {
  const home = tool === 'darkroom' ? 'darkroom-home' : tool;
  const all = await Promise.all(images.map(({ name }) => layersOf(registry, `${home}/${name}`, 'main')));
  return new Map(all.flatMap((layers) => [...layers]));
}

/** A base image of 30 MB that nothing can compress, made without a network. */
async function makeUpstream({ buildx, builder, env }: Engine, registry: string): Promise<string> {
  const root = path.join(dir, 'upstream', 'root');
  await makeTinyRoot(root);
  mkdirSync(path.join(root, 'seed'));
  for (let seed = 0; seed < SEEDS; seed += 1) {
    writeFileSync(path.join(root, 'seed', String(seed)), randomBytes(SEED_BYTES));
  }
  writeFileSync(path.join(dir, 'upstream', 'Dockerfile'), 'FROM scratch\nCOPY root /\n');
  const [command = '', ...first] = buildx;
  const name = `${registry}/upstream/seed:1`;
  const output = ['--output', `type=image,name=${name},push=true,store=false`, '--provenance=false'];
  await execa(command, [...first, 'build', '--builder', builder, ...output, path.join(dir, 'upstream')], {
    env,
  });
  return name;
}

function describeCase({ name }: Case, runs: Record<Tool, readonly Run[]>): readonly string[][] {
  return TOOLS.map((tool) => {
    const seconds = spreadOf(runs[tool].map((run) => run.seconds));
    const own = spreadOf(runs.darkroom.map((run) => run.seconds));
    const sum = (of: 'pulled' | 'pushed') =>
      spreadOf(runs[tool].map(({ passed }) => passed.reduce((total, one) => total + one[of], 0))).median;
    const changed = spreadOf(runs[tool].map(({ changedBytes }) => changedBytes)).median;
    const moved = sum('pulled') + sum('pushed');
    return [
      name,
      tool,
      seconds.median.toFixed(2),
      seconds.min.toFixed(2),
      `${(seconds.median / own.median).toFixed(1)} ×`,
      prettyBytes(sum('pulled')),
      prettyBytes(sum('pushed')),
      prettyBytes(changed),
      changed === 0 ? '' : (moved / changed).toFixed(2),
      String(spreadOf(runs[tool].map(({ passed }) => passed.length)).median),
    ];
  });
}

async function versions({ docker, buildx, env }: Engine): Promise<string> {
  const [command = '', ...first] = buildx;
  const one = await execa(command, [...first, 'version'], { env });
  const other = await execa(docker, ['version', '--format', '{{.Server.Version}}'], { env });
  return `${one.stdout.trim()}, Docker Engine ${other.stdout.trim()}`;
}

function report(tools: string, rows: readonly string[][]): string {
  const provenance = options.provenance ? 'mode=max' : 'off';
  const heads = [
    'changed',
    'tool',
    'median s',
    'min s',
    'to Darkroom',
    'pulled',
    'pushed',
    'changed layers',
    'moved ÷ changed',
    'requests',
  ];
  return `${machineFacts()}; ${tools}.
${images.length} images on ${new Set(images.map(({ level }) => level)).size} levels, one base below; in every image a RUN of 2 s that writes 7.5 MB, in the last level
2 MB of sources; the upstream has 30 MB. Builder emptied before every run, registry warm, ${options.runs} runs each, in turn.
All: zstd, OCI media types, registry cache mode=max per image, the same SOURCE_DATE_EPOCH.
darkroom: the whole command, with git, plan and publish; provenance mode=max.
bake-linked: one call, parents as target: contexts; bake-levels: one call per level, parents by tag; provenance ${provenance}.

${markdownTable(heads, rows)}
`;
}
