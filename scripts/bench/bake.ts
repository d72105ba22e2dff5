/**
 * Measures Darkroom against `docker buildx bake`, in turn, over one repository of images that stand on each other: with the
 * same BuildKit, the same registry behind a proxy that counts, and a builder emptied before every run. All run as whole
 * processes. It starts an engine of its own beside any other, and deletes it at the end.
 * Usage: node scripts/bench/bake.ts [--images 12] [--runs 5] [--tool NAME]… [--provenance] [--traffic FOLDER]
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
import { type BenchTool, benchTools, runDarkroom } from './bench-tools.ts';
import { type CountingProxy, type Passed, startCountingProxy } from './counting-proxy.ts';
import { layersOf } from './image-layers.ts';
import { machineFacts } from './machine-facts.ts';
import { spreadOf } from './spread.ts';

const SEED_BYTES = 7_500_000;
const SEEDS = 4;

/** One run of one tool. */
interface Run {
  /** On the clock of `performance.now()`, in milliseconds. */
  readonly started: number;
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
    tool: { type: 'string', multiple: true },
    provenance: { type: 'boolean', default: false },
    traffic: { type: 'string' },
  },
});
const images = benchImages(Number(options.images));
const levels = [...new Set(images.map(({ level }) => `level-${level}`))];
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
    const { address } = proxy;
    const upstream = await makeUpstream(engine, address);
    await writeRepository(repository, images, {
      registry: address,
      upstream,
      provenance: options.provenance,
    });
    const place = { engine, stateHome: path.dirname(folders.state), repository, registry: address, levels };
    await runDarkroom(place, ['lock']);
    const tools = benchTools(place).filter(({ name }) => options.tool?.includes(name) ?? true);
    const rows: string[][] = [];
    for (const one of cases()) {
      const runs = await runCase(one, tools, { engine, proxy, registry });
      rows.push(...tools.map((tool) => describeRuns(one.name, tool.name, runs)));
    }
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
    { name: 'nothing', runs, change: () => {} },
    { name: 'a source, COPY --link', runs, change: () => changeSource(repository, linked) },
    { name: 'a source, RUN after COPY', runs, change: () => changeSource(repository, compiled) },
    { name: 'the base', runs, change: (run) => changePackages(repository, 'base', run + 2) },
  ];
}

async function runCase(
  one: Case,
  tools: readonly BenchTool[],
  { engine, proxy, registry }: { engine: Engine; proxy: CountingProxy; registry: string },
): Promise<ReadonlyMap<string, readonly Run[]>> {
  const done = new Map<string, Run[]>(tools.map(({ name }) => [name, []]));
  for (let run = 0; run < one.runs; run += 1) {
    one.change(run);
    await commit(repository);
    // None always runs on the caches of disk and processor that another has warmed.
    for (const tool of run % 2 === 0 ? tools : tools.toReversed()) {
      await emptyBuilder(engine);
      const before = await allLayers(tool, registry);
      proxy.take();
      const started = performance.now();
      await tool.run();
      const seconds = (performance.now() - started) / 1000;
      const passed = proxy.take();
      const changed = [...(await allLayers(tool, registry))].filter(([digest]) => !before.has(digest));
      const changedBytes = changed.reduce((sum, [, size]) => sum + size, 0);
      done.get(tool.name)?.push({ started, seconds, passed, changedBytes });
      say(`${one.name}, run ${run + 1}, ${tool.name}: ${seconds.toFixed(2)} s`);
    }
  }
  if (options.traffic !== undefined) {
    const file = path.join(options.traffic, `${one.name.replaceAll(/\W+/g, '-')}.json`);
    writeFileSync(file, JSON.stringify(Object.fromEntries(done)));
  }
  return done;
}

/** Whatever Buildx and the engine keep of earlier builds goes; that it has gone shows in the bytes that are pulled. */
async function emptyBuilder({ buildx, builder, env }: Engine): Promise<void> {
  const [command = '', ...first] = buildx;
  await execa(command, [...first, 'prune', '--builder', builder, '--all', '--force'], { env });
}

/** The layers of every image as a tool published it, by digest. */
async function allLayers({ home }: BenchTool, registry: string): Promise<ReadonlyMap<string, number>> {
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
  const words = [...first, 'build', '--builder', builder, ...output, path.join(dir, 'upstream')];
  await execa(command, words, { env });
  return name;
}

function describeRuns(what: string, tool: string, runs: ReadonlyMap<string, readonly Run[]>): string[] {
  const median = (of: (run: Run) => number, name = tool) => spreadOf((runs.get(name) ?? []).map(of)).median;
  const sum = (of: 'pulled' | 'pushed') => (run: Run) =>
    run.passed.reduce((total, one) => total + one[of], 0);
  const seconds = spreadOf((runs.get(tool) ?? []).map((run) => run.seconds));
  const changed = median((run) => run.changedBytes);
  const moved = median(sum('pulled')) + median(sum('pushed'));
  return [
    ...[what, tool, seconds.median.toFixed(2), seconds.min.toFixed(2)],
    `${(seconds.median / median((run) => run.seconds, 'darkroom')).toFixed(1)} ×`,
    ...[median(sum('pulled')), median(sum('pushed')), changed].map((bytes) => prettyBytes(bytes)),
    changed === 0 ? '' : (moved / changed).toFixed(2),
    String(median((run) => run.passed.length)),
  ];
}

async function versions({ docker, buildx, env }: Engine): Promise<string> {
  const [command = '', ...first] = buildx;
  const plugin = await execa(command, [...first, 'version'], { env });
  const daemon = await execa(docker, ['version', '--format', '{{.Server.Version}}'], { env });
  return `${plugin.stdout.trim()}, Docker Engine ${daemon.stdout.trim()}`;
}

function report(tools: string, rows: readonly string[][]): string {
  const provenance = options.provenance ? 'mode=max' : 'off';
  const heads = [
    ...['changed', 'tool', 'median s', 'min s', 'to darkroom', 'pulled', 'pushed'],
    ...['changed layers', 'moved ÷ changed', 'requests'],
  ];
  return `${machineFacts()}; ${tools}.
${images.length} images on ${levels.length} levels, one base below; in every image a RUN of 2 s that writes 7.5 MB, in the last level
2 MB of sources; the upstream has 30 MB. Builder emptied before every run, registry warm, ${options.runs} runs each, in turn.
All: zstd, OCI media types, registry cache mode=max per image, the same SOURCE_DATE_EPOCH.
darkroom: the whole command, with git, plan and publish; provenance mode=max. actions: the same as bundles, plan, build and
publish one after the other, the jobs of a wave at once on this machine.
bake-linked: one call, parents as target: contexts; bake-levels: one call per level, parents by tag; provenance ${provenance}.

${markdownTable(heads, rows)}
`;
}
