/** Runs the command as a person does: real processes, real repositories, and the engine and registry of the tests. */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { execa } from 'execa';
import type { Problem } from '../../actions/lib/errors/darkroom-error.ts';
import type { Plan, PlannedImage } from '../../actions/lib/plan/plan.ts';
import type { RegistryClient } from '../../actions/lib/registry/registry.ts';
import { createRegistryClient } from '../../actions/lib/registry/registry-client.ts';
import { startTestEngine, type TestEngine } from './engine.ts';
import { createRepo, type TestRepo } from './git-repo.ts';
import { type ImageFiles, pullFiles } from './pull-files.ts';

/** One ended process. */
export interface Ran {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** What `rebuild --json` prints, with how the process ended. */
export interface Rebuilt {
  readonly built: readonly string[];
  readonly hits: readonly string[];
  readonly unneeded: readonly string[];
  readonly blocked: readonly string[];
  readonly failed: readonly string[];
  readonly skipped: readonly string[];
  readonly published: Readonly<Record<string, { readonly ref: string; readonly digest: string }>>;
  readonly problems: readonly Problem[];
  readonly exitCode: number | undefined;
  readonly stderr: string;
}

/** Variables of the command; `undefined` takes one away. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** A repository with images, and what the registry holds of them. */
export interface Project {
  readonly repo: TestRepo;
  /** Path of its images in the registry on loopback. */
  readonly name: string;
  readonly address: string;
  readonly client: RegistryClient;
  /** Starts the command in the repository. */
  start(args: readonly string[], env?: Variables): ReturnType<typeof startCommand>;
  run(args: readonly string[], env?: Variables): Promise<Ran>;
  /** Runs `rebuild --json`; the arguments come after it. */
  rebuild(args?: readonly string[], env?: Variables): Promise<Rebuilt>;
  plan(args?: readonly string[], env?: Variables): Promise<Plan>;
  /** Digest that a tag of an image names, if it is there. */
  tag(image: string, tag: string): Promise<string | null>;
  tags(image: string): Promise<readonly string[]>;
  /** Files of an image, as its tag names it. */
  files(image: string, tag?: string): Promise<ImageFiles>;
  /** The same images seen from another repository. */
  from(repo: TestRepo): Project;
}

/** Platform of this machine: what has a `RUN` is built for it. */
export const PLATFORM = `linux/${process.arch === 'arm64' ? 'arm64' : 'amd64'}`;

const COMMAND = path.resolve(import.meta.dirname, '../../scripts/darkroom');

/** Makes a project of its own from files by path; nothing of it is in the registry yet. */
export async function createProject(files: Readonly<Record<string, string>>): Promise<Project> {
  const [test, repo] = await Promise.all([startTestEngine(), createRepo()]);
  const name = `acme/p${randomUUID().slice(0, 8)}`;
  repo.git('remote', 'add', 'origin', `https://example.invalid/${name}.git`);
  for (const [file, content] of Object.entries(files)) repo.write(file, content);
  repo.commit();
  return projectIn(repo, name, test);
}

function projectIn(repo: TestRepo, name: string, test: TestEngine): Project {
  const client = createRegistryClient();
  const repository = (image: string) => ({ registry: test.registry, repository: `${name}/${image}` });
  const start = (args: readonly string[], env: Variables = {}) =>
    startCommand(repo.dir, args, { ...enginePlaces(test), ...env });
  const run = async (args: readonly string[], env: Variables = {}): Promise<Ran> => {
    const { exitCode, stdout, stderr } = await start(args, env);
    return { exitCode, stdout, stderr };
  };
  return {
    ...{ repo, name, address: test.registry, client, start, run },
    async rebuild(args = [], env = {}) {
      const { exitCode, stdout, stderr } = await run(['rebuild', '--json', ...args], env);
      return { ...parse<Omit<Rebuilt, 'exitCode' | 'stderr'>>(stdout, stderr), exitCode, stderr };
    },
    async plan(args = [], env = {}) {
      const { stdout, stderr } = await run(['plan', '--json', ...args], env);
      return parse<Plan>(stdout, stderr);
    },
    tag: async (image, tag) => (await client.headManifest({ ...repository(image), tag }))?.digest ?? null,
    tags: (image) => client.listTags(repository(image)),
    files: (image, tag = 'main') => pullFiles(client, { ...repository(image), tag }),
    from: (other) => projectIn(other, name, test),
  };
}

/** Starts the command in a folder, without what belongs to the run the tests are in. */
export function startCommand(cwd: string, args: readonly string[], env: Variables) {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(GIT|GITHUB|XDG)_/.test(name));
  const plain = { GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' };
  return execa(COMMAND, [...args], {
    ...{ cwd, env: { ...Object.fromEntries(inherited), ...plain, ...env }, extendEnv: false },
    ...{ stdin: 'ignore', reject: false, stripFinalNewline: false },
  });
}

/** Variables that make the command use the tests' engine. */
export function enginePlaces({ folders }: TestEngine): Variables {
  return { XDG_STATE_HOME: path.dirname(folders.state), XDG_CACHE_HOME: path.dirname(folders.cache) };
}

/** The planned image of a name. @throws when the plan has none */
export function planned(plan: Plan, name: string): PlannedImage {
  const image = plan.images.find((one) => one.name === name);
  if (image === undefined) throw new Error(`the plan has no image "${name}"`);
  return image;
}

function parse<T>(stdout: string, stderr: string): T {
  try {
    return JSON.parse(stdout) as T;
  } catch (cause) {
    throw new Error(`expected one JSON document on stdout, got ${JSON.stringify(stdout)}\n${stderr}`, {
      cause,
    });
  }
}
