/** Owns turning the Go modules pinned in `modules/` into programs. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { DarkroomError } from '../../actions/lib/errors/darkroom-error.ts';
import { withLock } from '../../actions/lib/process/with-lock.ts';

/** One program, the module in `modules/` that pins it and how it is compiled. */
export interface Tool {
  readonly module: string;
  readonly package: string;
  /** Variable that the program prints as its version, with the module it takes it from. */
  readonly version?: { readonly variable: string; readonly of: string };
  readonly tags?: string;
}

/** Programs that are used together and lie in one folder. */
export interface ToolSet {
  /** Names the folder in the cache and starts the lines that are said. */
  readonly name: string;
  readonly tools: Readonly<Record<string, Tool>>;
}

/** Where the programs of exactly these pins lie, and which of the wanted ones are not built yet. */
export interface FoundTools<Name extends string> {
  readonly folder: string;
  readonly missing: readonly Name[];
}

const WORK_PREFIX = '.building-';
const FLAGS = ['-mod=readonly', '-trimpath', '-buildvcs=false'];
/** Nobody debugs them, and linking is quicker. */
const LINK = '-s -w';
const MODULES = join(import.meta.dirname, 'modules');

/**
 * Finds the programs in the cache. The folder is named by what went into them (pins, flags, processor), not by the Go
 * that compiled them: a cache brought from elsewhere serves a machine without Go.
 */
export async function findTools<Name extends string>(
  cache: string,
  set: ToolSet,
  wanted: readonly Name[],
): Promise<FoundTools<Name>> {
  const hash = createHash('sha256').update(JSON.stringify([set.tools, FLAGS, LINK, process.arch]));
  const modules = new Set(Object.values(set.tools).map((tool) => tool.module));
  for (const module of [...modules].sort()) {
    const files = (await readdir(join(MODULES, module))).filter((file) => /^go\.|\.go$/.test(file)).sort();
    for (const file of files) hash.update(await readFile(join(MODULES, module, file)));
  }
  const folder = join(cache, set.name, hash.digest('hex').slice(0, 16), 'bin');
  return { folder, missing: wanted.filter((name) => !existsSync(join(folder, name))) };
}

/**
 * Builds what is missing of the wanted programs and returns their folder. Two commands at once do the work once.
 *
 * @throws DarkroomError `engine/build-failed` with the last lines of the compiler
 */
export async function buildTools(
  cache: string,
  set: ToolSet,
  wanted: readonly string[],
  onLine: (line: string) => void,
): Promise<string> {
  const { folder, missing } = await findTools(cache, set, wanted);
  if (missing.length === 0) return folder;
  await mkdir(folder, { recursive: true });
  await withLock(folder, async () => {
    await removeLeftovers(folder);
    const { missing } = await findTools(cache, set, wanted);
    for (const [index, name] of missing.entries()) {
      onLine(
        `${set.name}: building ${name} (${index + 1} of ${missing.length}, once; all of it takes minutes)`,
      );
      const started = Date.now();
      await buildTool(folder, name, set.tools[name]);
      onLine(`${set.name}: built ${name} in ${Math.round((Date.now() - started) / 1000)} s`);
    }
  });
  return folder;
}

/** A build that was killed leaves its folder behind. */
async function removeLeftovers(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(WORK_PREFIX));
  for (const name of names) await rm(join(folder, name), { recursive: true, force: true });
}

async function buildTool(folder: string, name: string, tool: Tool | undefined): Promise<void> {
  if (tool === undefined) throw new Error(`no module pins "${name}"`);
  const work = await mkdtemp(join(folder, WORK_PREFIX));
  try {
    const module = join(MODULES, tool.module);
    const version = tool.version === undefined ? '' : await versionFlag(module, tool.version);
    const args = ['build', ...FLAGS, `-ldflags=${LINK} ${version}`];
    if (tool.tags !== undefined) args.push(`-tags=${tool.tags}`);
    const result = await execa('go', [...args, '-o', join(work, name), tool.package], {
      cwd: module,
      reject: false,
      all: true,
      // A workspace or flags of the user's would change what is built; Go may fetch the toolchain the pins ask for.
      env: {
        GOWORK: 'off',
        GOFLAGS: '',
        GOTOOLCHAIN: process.env.GOTOOLCHAIN ?? 'auto',
        CGO_ENABLED: '1',
      },
    });
    if (result.failed) throw buildFailed(name, result.all ?? result.shortMessage);
    await rename(join(work, name), join(folder, name));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function versionFlag(module: string, version: NonNullable<Tool['version']>): Promise<string> {
  const pins = await readFile(join(module, 'go.mod'), 'utf8');
  const pin = pins.split('\n').find((line) => line.trim().startsWith(`${version.of} v`));
  const number = /\sv([^\s+]+)/.exec(pin ?? '')?.[1] ?? 'unknown';
  return `-X ${version.variable}=${number}`;
}

function buildFailed(name: string, output: string): DarkroomError {
  const tail = output.trimEnd().split('\n').slice(-12).join('\n  ');
  return new DarkroomError({
    code: 'engine/build-failed',
    message: `"${name}" could not be built with Go:\n  ${tail}`,
    hint: 'The modules come through GOPROXY; check that it can be reached, then run the command again.',
  });
}
