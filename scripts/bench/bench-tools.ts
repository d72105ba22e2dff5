/** The ways to get a repository's images into a registry that are measured against each other. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import type { Engine } from '../../actions/lib/docker/engine.ts';
import { runLine } from '../../test/support/workflow-line.ts';

/** One way. */
export interface BenchTool {
  readonly name: string;
  /** Path in the registry below which its images lie. */
  readonly home: string;
  run(): Promise<void>;
}

/** What the tools run on. */
export interface BenchPlace {
  readonly engine: Engine;
  /** `XDG_STATE_HOME` of the engine. */
  readonly stateHome: string;
  readonly repository: string;
  /** `host:port` of the registry as the tools see it. */
  readonly registry: string;
  /** Groups of `bake-levels.json`, in order. */
  readonly levels: readonly string[];
}

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Lists the tools; that of the actions only where their bundles were built. */
export function benchTools(place: BenchPlace): readonly BenchTool[] {
  return [
    { name: 'darkroom', home: 'darkroom-home', run: () => runDarkroom(place, ['rebuild', '--push']) },
    ...(existsSync(path.join(ROOT, 'actions/plan/dist/index.js'))
      ? [{ name: 'actions', home: 'actions-home', run: () => runActions(place) }]
      : []),
    { name: 'bake-linked', home: 'bake-linked', run: () => runBake(place, 'bake-linked', ['default']) },
    { name: 'bake-levels', home: 'bake-levels', run: () => runBake(place, 'bake-levels', place.levels) },
  ];
}

/** Runs the command in the repository. */
export async function runDarkroom(
  { stateHome, repository }: BenchPlace,
  words: readonly string[],
): Promise<void> {
  const options = { env: { XDG_STATE_HOME: stateHome }, stdin: 'ignore' } as const;
  await execa(path.join(ROOT, 'scripts/darkroom'), [...words, '-C', repository], options);
}

/** The bundles of plan, build and publish, started one after the other as a runner starts the steps of images.yml. */
async function runActions({ engine, repository, registry }: BenchPlace): Promise<void> {
  const { DOCKER_HOST = '', DOCKER_CONFIG = '' } = engine.env;
  const docker = {
    DOCKER_HOST,
    DOCKER_CONFIG,
    PATH: `${path.dirname(engine.docker)}:${process.env.PATH ?? ''}`,
  };
  const { builds, publish } = await runLine({
    cwd: repository,
    env: { ...docker, INPUT_REGISTRY: `${registry}/actions-home` },
  });
  const failed = [...builds.values(), ...(publish === null ? [] : [publish])].find(
    (step) => step.exitCode !== 0,
  );
  if (publish === null || failed !== undefined) throw new Error(`the actions failed:\n${failed?.log}`);
}

async function runBake(
  { engine, repository }: BenchPlace,
  name: string,
  groups: readonly string[],
): Promise<void> {
  const [command = '', ...first] = engine.buildx;
  const bake = [...first, 'bake', '--builder', engine.builder, '--file', `${name}.json`];
  for (const group of groups) {
    const words = [...bake, '--progress', 'quiet', group];
    await execa(command, words, { cwd: repository, env: engine.env, stdin: 'ignore' });
  }
}
