/** Has Buildx resolve Bake and Compose files, away from the environment and from files that git does not know. */
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import path from 'node:path';
import { execa } from 'execa';
import pLimit from 'p-limit';
import { type BakeFile, parseBakeFile } from '../bake/bake-file.ts';
import { DarkroomError } from '../errors/darkroom-error.ts';
import { makeTemporaryFolder } from '../process/temporary-folder.ts';

/** Files as they are handed to Buildx. */
export interface BakeSources {
  /** Those that are named, relative to the top of the repository; the first says where the others are looked for. */
  readonly named: readonly string[];
  /** Everything they may read: the named files, others that they extend or include, `.env`. By path. */
  readonly texts: ReadonlyMap<string, string | Buffer>;
  readonly variables: Readonly<Record<string, string>>;
}

/** What a file has a name for. */
export interface BakeEntry {
  readonly name: string;
  readonly isGroup: boolean;
}

/** A file that can be asked several times. */
export interface BakeResolver {
  /**
   * Targets and groups by name; none stands for the group `default`.
   * @throws DarkroomError `bake/failed` with what Buildx says
   */
  resolve(names: readonly string[]): Promise<BakeFile>;
  /** Targets and groups, without those that begin with `_`; none where Buildx is too old to list them. */
  targets(): Promise<readonly BakeEntry[]>;
  /** The same with each of these variables set to something else; without those that it cannot be read with. */
  probe(names: readonly string[], variables: readonly string[]): Promise<ReadonlyMap<string, BakeFile>>;
  /** Variables that the Bake files declare. */
  variables(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Part of an image reference, of a path and of a name at once; nobody writes it. */
const PROBE = 'zz0darkroom';
const PROBES_AT_ONCE = 4;
/** Files that a build would read and that are not there: Buildx looks for them even when it only prints. */
const MISSING = /(?:env file (?<env>.+?) not found|failed to stat (?<secret>.+?): )/;

/**
 * Lays the files out in a folder of their own. Buildx sees no variable of this process there: a value that is only in
 * somebody's environment must not end up in a file that is committed.
 * @param buildx program and first arguments
 */
export async function openBake(buildx: readonly string[], sources: BakeSources): Promise<BakeResolver> {
  const folder = makeTemporaryFolder();
  const top = path.join(folder.path, 'files');
  for (const [file, text] of sources.texts) {
    await mkdir(path.dirname(path.join(top, file)), { recursive: true });
    await writeFile(path.join(top, file), text);
  }
  const [first = ''] = sources.named;
  const cwd = path.join(top, path.dirname(first));
  const agent = await listen(path.join(folder.path, 'agent'));
  const [command = '', ...words] = buildx;
  const state = path.join(folder.path, 'docker');
  const files = sources.named.flatMap((file) => ['--file', path.relative(cwd, path.join(top, file))]);

  const ask = async (
    args: readonly string[],
    more: Readonly<Record<string, string>> = {},
  ): Promise<string> => {
    const variables = { ...sources.variables, ...more };
    const made = new Set<string>();
    for (;;) {
      const ran = await execa(command, [...words, 'bake', '--progress=quiet', ...files, ...args], {
        cwd,
        reject: false,
        extendEnv: false,
        stdin: 'ignore',
        env: { ...variables, DOCKER_CONFIG: state, BUILDX_CONFIG: state, SSH_AUTH_SOCK: agent.path },
      });
      if (!ran.failed) return ran.stdout;
      const said = ran.stderr || (ran.shortMessage ?? '');
      const missing = missingFile(said, cwd, top);
      if (missing === null || made.has(missing)) throw bakeFailed(sources.named, said);
      made.add(missing);
      await mkdir(path.dirname(missing), { recursive: true });
      await writeFile(missing, '');
    }
  };
  const resolve = async (
    names: readonly string[],
    more: Readonly<Record<string, string>> = {},
  ): Promise<BakeFile> => parseBakeFile(await ask(['--print', ...names], more));
  const list = async (what: string): Promise<readonly BakeEntry[]> =>
    entriesOf(await ask(['--list', `type=${what},format=json`]).catch(() => '[]'));
  return {
    resolve: (names) => resolve(names),
    targets: () => list('targets'),
    variables: async () => (await list('variables')).map(({ name }) => name),
    async probe(names, variables) {
      const slots = pLimit(PROBES_AT_ONCE);
      const probes = variables.map((variable) =>
        slots(async () => {
          const probed = await resolve(names, { [variable]: PROBE }).catch(() => null);
          return probed === null ? [] : [[variable, probed] as const];
        }),
      );
      return new Map((await Promise.all(probes)).flat());
    },
    async close() {
      agent.server.close();
      await folder.remove();
    },
  };
}

/** Where a target says `ssh`, Buildx wants an agent to be there even when it only prints. */
async function listen(socket: string): Promise<{ readonly server: Server; readonly path: string }> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(socket, resolve));
  server.unref();
  return { server, path: socket };
}

/** `null`: it is something else that Buildx complains of, or it lies outside of the folder. */
function missingFile(stderr: string, cwd: string, top: string): string | null {
  const { env, secret } = MISSING.exec(stderr)?.groups ?? {};
  const written = env ?? secret;
  if (written === undefined) return null;
  const file = path.resolve(cwd, written);
  return path.relative(top, file).startsWith('..') ? null : file;
}

function entriesOf(json: string): readonly BakeEntry[] {
  const entries: unknown = JSON.parse(json);
  if (!Array.isArray(entries)) return [];
  return entries.flatMap((entry: { readonly name?: unknown; readonly group?: unknown } | null) =>
    typeof entry?.name === 'string' ? [{ name: entry.name, isGroup: entry.group === true }] : [],
  );
}

function bakeFailed(named: readonly string[], output: string): DarkroomError {
  const lines = output.trim().split('\n');
  const error = lines.findLast((line) => line.startsWith('ERROR: '))?.slice('ERROR: '.length);
  const [file = ''] = named;
  return new DarkroomError(
    {
      code: 'bake/failed',
      place: { file },
      message: `Buildx cannot read it: ${error ?? lines.at(-1) ?? 'it says nothing'}.`.replace(/\.\.$/, '.'),
      hint: 'Name every file that it is used with, and set the variables that have no default: darkroom import FILE OTHER --var NAME=VALUE.',
    },
    { kind: 'use' },
  );
}
