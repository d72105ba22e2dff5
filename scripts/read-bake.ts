/** Reads Bake and Compose files of a repository into images of a matrix: what Buildx says of them, what git knows. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { BakeFile } from '../actions/lib/bake/bake-file.ts';
import { findInfluences } from '../actions/lib/bake/bake-variables.ts';
import type { ReferencesOf } from '../actions/lib/bake/find-aliases.ts';
import { type BakeImport, importBake } from '../actions/lib/bake/import-bake.ts';
import { imageTargets, inheritedNames, makesFiles } from '../actions/lib/bake/place-targets.ts';
import { type BakeEntry, type BakeResolver, openBake } from '../actions/lib/buildkit/resolve-bake.ts';
import { resolveDockerfile } from '../actions/lib/dockerfile/resolve-dockerfile.ts';
import { DarkroomError } from '../actions/lib/errors/darkroom-error.ts';
import { listNames } from '../actions/lib/errors/nearest-name.ts';
import type { GitSource } from '../actions/lib/git/git-source.ts';
import { quote } from '../actions/lib/matrix/quote.ts';
import { findBuildx } from './engine/find-buildx.ts';
import { findFolders } from './engine/folders.ts';
import { say } from './say.ts';

/** What is wanted of the files. */
export interface BakeChoice {
  /** Targets and groups; none: what Bake builds when nothing is said. */
  readonly target: readonly string[];
  /** `NAME=VALUE`, as Bake would find them in the environment. */
  readonly var: readonly string[];
}

/** What was read, and the targets that nobody asked for. */
export interface ReadBake {
  readonly imported: BakeImport;
  readonly unasked: readonly string[];
}

const COMPOSE = /\.ya?ml$/i;
/** What a Compose file may extend, include or read variables from. */
const COMPOSE_READS = /\.ya?ml$|(?:^|\/)[^/]*\.env(?:\.[^/]*)?$/i;
const MAX_PROBES = 64;

/**
 * Reads the files and spells their targets as images.
 * @param named relative to the top of the repository; later ones are laid over the first
 * @throws DarkroomError `bake/…`, `import/…`, `engine/…`
 */
export async function readBake(
  source: GitSource,
  directory: string,
  named: readonly string[],
  own: BakeChoice,
): Promise<ReadBake> {
  const texts = await readSources(source, named);
  const resolver = await openBake(await findBuildx(findFolders(), say), {
    ...{ named, texts },
    variables: readVariables(own.var),
  });
  try {
    const all = await resolver.targets();
    const inherited = inheritedNames(named.map((file) => String(texts.get(file))).join('\n'));
    const { file, names } = await chooseTargets(resolver, { all, inherited }, own.target);
    const variables = [...new Set([...(await resolver.variables()), ...composeVariables(named, texts)])];
    const probes = await resolver.probe(names, variables.slice(0, MAX_PROBES));
    const known = new Set(source.entries.map((entry) => entry.path));
    const imported = importBake({
      file,
      influences: findInfluences(file, probes),
      bases: basesOf(source, directory, named),
      has: (one) => known.has(one),
      referencesOf: await referenceReader(source, file),
      now: new Date(),
    });
    const unasked = all.filter(({ name, isGroup }) => !isGroup && !file.has(name)).map(({ name }) => name);
    const result = { imported, unasked };
    if (imported.images.length === 0) throw noImages(result, named);
    return result;
  } finally {
    await resolver.close();
  }
}

/**
 * What was named, else what Bake builds when nothing is: the group `default`. Where there is none, or it makes files alone,
 * everything that says of itself that it is an image.
 */
async function chooseTargets(
  resolver: BakeResolver,
  { all, inherited }: { readonly all: readonly BakeEntry[]; readonly inherited: ReadonlySet<string> },
  named: readonly string[],
): Promise<{ readonly file: BakeFile; readonly names: readonly string[] }> {
  if (named.length > 0 || all.length === 0 || all.some(({ name }) => name === 'default')) {
    const file = await resolver.resolve(named);
    if (named.length > 0 || [...file.values()].some((target) => !makesFiles(target))) {
      return { file, names: named };
    }
  }
  const names = all.map(({ name }) => name);
  return { file: imageTargets(await resolver.resolve(names), inherited), names };
}

function readVariables(written: readonly string[]): Readonly<Record<string, string>> {
  const pairs = written.map((one) => {
    const [, name, value] = /^(\w+)=(.*)$/s.exec(one) ?? [];
    if (name !== undefined && value !== undefined) return [name, value] as const;
    const message = `--var ${quote(one)} is no variable; expected NAME=VALUE.`;
    throw new DarkroomError({ code: 'import/bad-variable', message }, { kind: 'use' });
  });
  return Object.fromEntries(pairs);
}

/** Paths of a Compose file are relative to it, those of a Bake file to where Bake is started: there, or beside it, or at the top. */
function basesOf({ root }: GitSource, directory: string, [first = '']: readonly string[]): readonly string[] {
  const here = path.relative(root, directory).split(path.sep).join('/') || '.';
  const beside = path.posix.dirname(first);
  return [...new Set(COMPOSE.test(first) ? [beside, here, '.'] : [here, beside, '.'])];
}

/** The named files as they lie there, and what a Compose file may read of what git knows. */
async function readSources(
  source: GitSource,
  named: readonly string[],
): Promise<ReadonlyMap<string, string | Buffer>> {
  const readable = named.some((file) => COMPOSE.test(file))
    ? source.entries.filter((entry) => entry.mode.startsWith('100') && COMPOSE_READS.test(entry.path))
    : [];
  const blobs = await source.readBlobs(readable.map(({ id }) => id));
  const texts = new Map<string, string | Buffer>(readable.map(({ path, id }) => [path, blobs.get(id) ?? '']));
  for (const file of named) texts.set(file, await readNamed(path.join(source.root, file), file));
  return texts;
}

async function readNamed(file: string, shown: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new DarkroomError(
      {
        code: 'import/not-found',
        place: { file: shown },
        message: `The file cannot be read (${(cause as NodeJS.ErrnoException).code ?? 'unknown'}); expected a Bake or Compose file.`,
      },
      { kind: 'use', cause },
    );
  }
}

/** Compose declares no variables: it uses them. */
function composeVariables(
  named: readonly string[],
  texts: ReadonlyMap<string, string | Buffer>,
): readonly string[] {
  return named
    .filter((file) => COMPOSE.test(file))
    .flatMap((file) => [...String(texts.get(file)).matchAll(/(?<!\$)\$\{?([A-Za-z_]\w*)/g)])
    .map(([, name = '']) => name);
}

/** A Dockerfile that cannot be read has no references here; planning says what is wrong with it. */
async function referenceReader(source: GitSource, file: BakeFile): Promise<ReferencesOf> {
  const names = new Set([...file.values()].map(({ dockerfile }) => path.posix.basename(dockerfile)));
  const found = source.entries.filter((entry) => names.has(path.posix.basename(entry.path)));
  const blobs = await source.readBlobs(found.map(({ id }) => id));
  const texts = new Map(found.map((entry) => [entry.path, blobs.get(entry.id)?.toString('utf8') ?? '']));
  return ({ target: { args, target }, dockerfile, platforms: [platform = 'linux/amd64'] }) => {
    try {
      const options = { file: dockerfile, args, platform, ...(target === undefined ? {} : { target }) };
      return resolveDockerfile(texts.get(dockerfile) ?? '', options).references.map(({ name }) => name);
    } catch (error) {
      if (error instanceof DarkroomError) return [];
      throw error;
    }
  };
}

function noImages({ imported, unasked }: ReadBake, [file = '']: readonly string[]): DarkroomError {
  const left = imported.left.map(({ target, reason }) => `"${target}": ${reason}`);
  return new DarkroomError(
    {
      code: 'import/no-images',
      place: { file },
      message: `None of its targets becomes an image of a matrix.${left.map((line) => `\n  ${line}`).join('')}`,
      ...(unasked.length === 0
        ? {}
        : {
            hint: `Others can be named with --target: ${listNames(unasked.map((name) => JSON.stringify(name)))}.`,
          }),
    },
    { kind: 'use' },
  );
}
