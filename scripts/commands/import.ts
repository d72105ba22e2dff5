/** `darkroom import`: writes a first matrix from a Bake or Compose file. */
import { access, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { BakeFile } from '../../actions/lib/bake/bake-file.ts';
import { findInfluences } from '../../actions/lib/bake/bake-variables.ts';
import type { ReferencesOf } from '../../actions/lib/bake/find-aliases.ts';
import { type BakeImport, importBake } from '../../actions/lib/bake/import-bake.ts';
import { imageTargets, inheritedNames, makesFiles } from '../../actions/lib/bake/place-targets.ts';
import { printImport } from '../../actions/lib/bake/print-import.ts';
import {
  type BakeEntry,
  type BakeQuestion,
  type BakeResolver,
  openBake,
} from '../../actions/lib/buildkit/resolve-bake.ts';
import { resolveDockerfile } from '../../actions/lib/dockerfile/resolve-dockerfile.ts';
import { DarkroomError } from '../../actions/lib/errors/darkroom-error.ts';
import { listNames } from '../../actions/lib/errors/nearest-name.ts';
import type { GitSource } from '../../actions/lib/git/git-source.ts';
import { openSource } from '../../actions/lib/git/open-source.ts';
import { quote } from '../../actions/lib/matrix/quote.ts';
import type { GlobalOptions } from '../../actions/lib/workspace/open-workspace.ts';
import { findBuildx } from '../engine/find-buildx.ts';
import { findFolders } from '../engine/folders.ts';
import { say } from '../say.ts';

/** Options of `import` alone. */
export interface ImportOptions {
  /** Targets and groups; none: what Bake builds when nothing is said. */
  readonly target: readonly string[];
  /** `NAME=VALUE`, as Bake would find them in the environment. */
  readonly var: readonly string[];
  readonly print?: true;
}

const SCHEMA = 'actions/lib/matrix/action-matrix.schema.json';
const COMPOSE = /\.ya?ml$/i;
/** What a Compose file may extend, include or read variables from. */
const COMPOSE_READS = /\.ya?ml$|(?:^|\/)[^/]*\.env(?:\.[^/]*)?$/i;
const MAX_PROBES = 64;

/** What was read, and the targets that nobody asked for. */
interface ReadImport {
  readonly imported: BakeImport;
  readonly unasked: readonly string[];
}

/** Writes the matrix, or prints it; never over one that is there. */
export async function importFiles(
  options: GlobalOptions,
  files: readonly string[],
  own: ImportOptions,
): Promise<void> {
  const directory = path.resolve(options.directory);
  const source = await openSource(directory, { of: 'work-tree' });
  try {
    const matrix =
      options.matrix === undefined
        ? path.join(source.root, 'action-matrix.yml')
        : path.resolve(directory, options.matrix);
    if (own.print === undefined) await checkFree(matrix, path.relative(directory, matrix));
    const named = files.map((file) => toRepositoryPath(source.root, directory, file));
    const read = await readImport(source, directory, named, own);
    const hasSchema = source.entries.some((entry) => entry.path === SCHEMA);
    const text = printImport(read, files, hasSchema ? `./${SCHEMA}` : null);
    if (own.print === undefined) await writeFile(matrix, text, { flag: 'wx' });
    report(read, { text, files, matrix, shown: path.relative(directory, matrix) }, options, own);
  } finally {
    await source.close();
  }
}

async function readImport(
  source: GitSource,
  directory: string,
  named: readonly string[],
  own: ImportOptions,
): Promise<ReadImport> {
  const texts = await readSources(source, named);
  const resolver = await openBake(await findBuildx(findFolders(), say), { named, texts });
  try {
    const all = await resolver.targets();
    const inherited = inheritedNames(named.map((file) => String(texts.get(file))).join('\n'));
    const { file, question } = await chooseTargets(resolver, { all, inherited }, own);
    const variables = [...new Set([...(await resolver.variables()), ...composeVariables(named, texts)])];
    const probes = await resolver.probe(question, variables.slice(0, MAX_PROBES));
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
  own: ImportOptions,
): Promise<{ readonly file: BakeFile; readonly question: BakeQuestion }> {
  const variables = readVariables(own.var);
  const named = { targets: own.target, variables };
  if (named.targets.length > 0 || all.length === 0 || all.some(({ name }) => name === 'default')) {
    const file = await resolver.resolve(named);
    if (named.targets.length > 0 || [...file.values()].some((target) => !makesFiles(target))) {
      return { file, question: named };
    }
  }
  const question = { targets: all.map(({ name }) => name), variables };
  return { file: imageTargets(await resolver.resolve(question), inherited), question };
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

function toRepositoryPath(root: string, directory: string, file: string): string {
  const relative = path.relative(root, path.resolve(directory, file)).split(path.sep).join('/');
  if (!relative.startsWith('../')) return relative;
  const message = `${quote(file)} lies outside of the repository "${root}"; expected a file in it.`;
  throw new DarkroomError({ code: 'import/outside', message }, { kind: 'use' });
}

function noImages({ imported, unasked }: ReadImport, [file = '']: readonly string[]): DarkroomError {
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

async function checkFree(file: string, shown: string): Promise<void> {
  const isFree = await access(file).then(
    () => false,
    () => true,
  );
  if (isFree) return;
  throw new DarkroomError(
    {
      code: 'import/exists',
      place: { file: shown },
      message: 'There is a matrix already; it was left as it is.',
      hint: 'See what the import would be with --print, or name another file with --matrix.',
    },
    { kind: 'use' },
  );
}

function report(
  { imported: { images, left }, unasked }: ReadImport,
  { text, files, matrix, shown }: { text: string; files: readonly string[]; matrix: string; shown: string },
  { json }: GlobalOptions,
  { print }: ImportOptions,
): void {
  if (json) {
    const said = images.map(({ name, target, notes }) => ({ name, target, notes }));
    const where = print === undefined ? { matrix } : { text };
    process.stdout.write(`${JSON.stringify({ ...where, images: said, left, unasked })}\n`);
    return;
  }
  if (print !== undefined) process.stdout.write(text);
  const notes = images.flatMap((image) => image.notes).length;
  const looked = notes + left.length > 0 ? ' Read its comments: they say what is not carried over.' : '';
  const count = `${images.length} ${images.length === 1 ? 'image' : 'images'}`;
  const done =
    print === undefined ? `${shown}: ${count} from ${files.join(', ')}.${looked} Next: darkroom plan\n` : '';
  process.stdout.write(done);
}
