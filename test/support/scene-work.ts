/** Scenes as a person makes them: the command, its containers, and photographs of places whose cameras are known. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import type { Engine } from '../../actions/lib/docker/engine.ts';
import { startCommand, type Variables } from './darkroom-command.ts';

/** A folder of this machine, and where a container sees it; what begins with a slash and ends in `:ro` is read only. */
export type Mounts = Readonly<Record<string, string>>;

/** What a stage said, and how it ended. */
export interface StageRun {
  readonly exitCode: number | undefined;
  readonly events: readonly Readonly<Record<string, unknown>>[];
  readonly stderr: string;
}

/** An engine, and the images of this repository on it. */
export interface SceneWork {
  readonly engine: Engine;
  /** Reference by digest of an image, built first if it is missing. @throws when it cannot be built */
  image(name: string): Promise<string>;
  /** Starts a program in an image, as the caller. */
  start(ref: string, mounts: Mounts, command: readonly string[], options?: readonly string[]): Running;
  /** Runs one stage by its container alone. */
  stage(
    ref: string,
    mounts: Mounts,
    variables: Readonly<Record<string, string>>,
    options?: readonly string[],
  ): Promise<StageRun>;
  /** Makes photographs in `folder/photos`, and `folder/truth.json`; the arguments are those of `scene_maker`. */
  makePhotos(folder: string, args: readonly string[]): Promise<void>;
  /** Starts `darkroom reconstruct --json`. */
  reconstruct(args: readonly string[], env?: Variables): ReturnType<typeof startCommand>;
  /** Names of the containers of a scene that run. */
  containers(scene: string): Promise<readonly string[]>;
  docker(args: readonly string[]): Promise<string>;
}

/** A program in a container. */
export type Running = ReturnType<typeof startInImage>;

/** Programs of the tests that run in the image with NumPy and Pillow. */
export const SCENE_MAKER: Mounts = { [path.resolve('test/containers')]: '/maker:ro' };

/** Options that make a scene small: seconds on two cores. */
export const SMALL_SCENE: readonly string[] = ['size=96', 'max_gaussians=2000', 'view_harmonics=0'];

/** Opens an engine; `variables` make the command use the same one. */
export function openSceneWork(engine: Engine, variables: Variables): SceneWork {
  const refs = new Map<string, Promise<string>>();
  // One after the other: what two of them stand on is built once.
  let last: Promise<unknown> = Promise.resolve();
  const image = (name: string): Promise<string> => {
    const ref = refs.get(name) ?? last.then(() => buildImage(name, variables));
    last = ref.catch(() => undefined);
    refs.set(name, ref);
    return ref;
  };
  const docker = async (args: readonly string[]): Promise<string> =>
    (await execa(engine.docker, [...args], { env: engine.env })).stdout;
  return {
    ...{ engine, image, docker },
    start: (...args) => startInImage(engine, ...args),
    async stage(ref, mounts, given, more = []) {
      const variables = Object.entries(given).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
      const { exitCode, stdout, stderr } = await startInImage(
        engine,
        ref,
        mounts,
        [],
        [...variables, ...more],
      );
      const events = stdout.split('\n').filter((line) => line !== '');
      return { exitCode, stderr, events: events.map((line) => JSON.parse(line) as StageRun['events'][0]) };
    },
    async makePhotos(folder, args) {
      const command = ['python', '-m', 'scene_maker', '/made', ...args];
      const path = ['--env', 'PYTHONPATH=/maker:/app'];
      const made = await startInImage(
        engine,
        await image('colmap'),
        { ...SCENE_MAKER, [folder]: '/made' },
        command,
        path,
      );
      if (made.exitCode !== 0) throw new Error(`no photographs were made: ${made.stderr}`);
    },
    reconstruct: (args, env = {}) =>
      startCommand(process.cwd(), ['reconstruct', '--json', ...args], { ...variables, ...env }),
    async containers(scene) {
      const filter = ['--filter', `label=darkroom.scene=${scene}`];
      return (await docker(['ps', ...filter, '--format', '{{.Names}}']))
        .split('\n')
        .filter((name) => name !== '');
    },
  };
}

async function buildImage(name: string, variables: Variables): Promise<string> {
  const { exitCode, stdout, stderr } = await startCommand(
    process.cwd(),
    ['--json', 'run', name, 'true'],
    variables,
  );
  if (exitCode !== 0) throw new Error(`"${name}" was not built:\n${stderr}`);
  return (JSON.parse(stdout) as { ref: string }).ref;
}

function startInImage(
  engine: Engine,
  ref: string,
  mounts: Mounts,
  command: readonly string[],
  options: readonly string[] = [],
) {
  const binds = Object.entries(mounts).flatMap(([from, to]) => ['--volume', `${from}:${to}`]);
  const user = ['--user', `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`, '--env', 'HOME=/tmp'];
  return execa(
    engine.docker,
    ['run', '--rm', '--init', '--quiet', ...user, ...binds, ...options, ref, ...command],
    { env: engine.env, stdin: 'ignore', reject: false },
  );
}

/** What lies in a folder, by path: the sha256 and the time of the last change of every file. */
export function filesBelow(folder: string): Readonly<Record<string, string>> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Object.fromEntries(
    files
      .map((entry) => path.join(entry.parentPath, entry.name))
      .sort()
      .map((file) => {
        const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex');
        return [path.relative(folder, file), `${sha256} ${statSync(file).mtimeMs}`];
      }),
  );
}

/** The groups of a pattern, once a running command has said it on stderr. @throws when it ends without a word of it */
export async function said(
  running: ReturnType<typeof startCommand>,
  pattern: RegExp,
): Promise<Readonly<Record<string, string | undefined>>> {
  let text = '';
  for await (const part of running.stderr) {
    text += String(part);
    const match = pattern.exec(text);
    if (match !== null) return match.groups ?? {};
  }
  throw new Error(`${pattern} was not said:\n${text}`);
}
