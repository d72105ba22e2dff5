/** Owns the options of one image: which there are, how each is read, and their defaults. */
import { posix } from 'node:path';
import type { Problem } from '../errors/darkroom-error.ts';
import type { ContextDeclaration, Fleet, ImageDeclaration, Platform, SecretDeclaration } from './matrix.ts';
import { quote } from './quote.ts';
import type { Placed, Read } from './read-value.ts';
import {
  asWritten,
  distinct,
  entries,
  fields,
  list,
  oneOf,
  oneOrMany,
  placed,
  record,
  text,
  toRecord,
  wrongType,
} from './read-value.ts';
import * as kind from './value-kinds.ts';
import type { YamlEntry } from './yaml-tree.ts';

/** The options as written; a missing one is absent. */
export interface ImageOptions {
  readonly context: string;
  readonly dockerfile: Placed<string>;
  readonly target: string;
  readonly args: Readonly<Record<string, string>>;
  readonly platforms: readonly Placed<Platform>[];
  readonly contexts: readonly (readonly [string, ContextDeclaration])[];
  readonly aliases: readonly Placed<string>[];
  readonly secrets: readonly SecretDeclaration[];
  readonly labels: Readonly<Record<string, string>>;
  readonly tags: readonly Placed<string>[];
  readonly runner: readonly string[];
  readonly smoke: string;
  readonly budget: ImageDeclaration['budget'];
  readonly fleet: Partial<Fleet>;
  readonly licence: readonly string[];
}

/** Reads the default fleet, or an image's own. */
export const readFleet: Read<Partial<Fleet>> = fields<Fleet>({
  gpus: withoutRepeats(list(asWritten(kind.GPU, 'matrix/written-number'), '["8.6"]')),
  drivers: withoutRepeats(list(asWritten(kind.DRIVER, 'matrix/written-number'), '["580.65.06"]')),
});

const UNITS: Readonly<Record<string, number>> = {
  MB: 1e6,
  GB: 1e9,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  s: 1,
  m: 60,
};

const readBudget = fields<{ size: number; startup: number }>({
  size: (value, path, problems) => {
    if (value.kind !== 'scalar' || value.type !== 'number') return amount(kind.SIZE)(value, path, problems);
    const bytes = Number(value.text);
    if (Number.isSafeInteger(bytes) && bytes > 0) return bytes;
    return wrongType(value, path, kind.SIZE.expected, problems);
  },
  startup: amount(kind.DURATION),
});

const readSecretOptions = fields<{ env: string; file: string; version: string }>({
  env: text(kind.VARIABLE),
  file: text(kind.SECRET_FILE),
  version: asWritten(kind.SECRET_VERSION, 'matrix/written-number'),
});

const readOptions = fields<ImageOptions>({
  context: folder(kind.FOLDER),
  dockerfile: placed(text(kind.DOCKERFILE_PATH)),
  target: text(kind.STAGE),
  args: record(kind.VARIABLE, asWritten()),
  platforms: distinct<Platform>(oneOf(kind.PLATFORMS), '[linux/amd64]', true),
  contexts: entries(kind.CONTEXT_NAME, readContext),
  aliases: distinct(text(kind.ALIAS), '[docker.io/acme/tools]'),
  secrets: entries(kind.SECRET_ID, readSecret),
  labels: record(kind.LABEL_KEY, asWritten()),
  tags: distinct(text(kind.TAG_TEMPLATE), '["{branch}"]'),
  runner: oneOrMany(text(kind.RUNNER)),
  smoke: folder(kind.CONTEXT_FILE),
  budget: (value, path, problems) => {
    const { size, startup } = readBudget(value, path, problems) ?? {};
    return {
      ...(size === undefined ? {} : { sizeBytes: Math.round(size) }),
      ...(startup === undefined ? {} : { startupSeconds: startup }),
    };
  },
  fleet: readFleet,
  licence: oneOrMany(text(kind.LICENCE)),
});

/** Returns one image with every default filled in, whatever is wrong with its options. */
export function readImage(
  entry: YamlEntry,
  path: string,
  matrixFleet: Partial<Fleet> | undefined,
  problems: Problem[],
): ImageDeclaration & { readonly placedAliases: readonly Placed<string>[] } {
  const isBare = entry.value.kind === 'scalar' && entry.value.type === 'null';
  const options = isBare ? {} : (readOptions(entry.value, path, problems) ?? {});
  const context = options.context ?? `containers/${entry.key}`;
  const aliases = options.aliases ?? [];
  const fleet = options.fleet ?? matrixFleet;
  return {
    name: entry.key,
    context,
    dockerfile: locateDockerfile(context, options.dockerfile, path, problems),
    ...(options.target === undefined ? {} : { target: options.target }),
    args: options.args ?? toRecord([]),
    platforms: options.platforms?.map(({ value }) => value) ?? ['linux/amd64'],
    contexts: new Map(options.contexts),
    aliases: aliases.map(({ value }) => value),
    placedAliases: aliases,
    secrets: options.secrets ?? [],
    labels: options.labels ?? toRecord([]),
    tags: options.tags?.map(({ value }) => value) ?? ['{branch}'],
    runner: options.runner ?? [],
    ...(options.smoke === undefined ? {} : { smoke: options.smoke }),
    budget: options.budget ?? {},
    ...(fleet === undefined ? {} : { fleet: completeFleet({ ...matrixFleet, ...fleet }) }),
    licence: options.licence ?? [],
    place: entry.keyPlace,
  };
}

/** Fills in what a fleet does not name: nothing. */
export function completeFleet(fleet: Partial<Fleet>): Fleet {
  return { gpus: fleet.gpus ?? [], drivers: fleet.drivers ?? [] };
}

/** Reads a path inside a folder in its shortest spelling: `./a//b/` is `a/b`. */
export function folder(of: kind.ValueKind): Read<string> {
  const readPath = text(of);
  return (value, path, problems) => {
    const written = readPath(value, path, problems);
    return written === undefined ? undefined : shorten(written);
  };
}

function shorten(path: string): string {
  return posix.normalize(path).replace(/(?<=.)\/$/, '');
}

function locateDockerfile(
  context: string,
  dockerfile: Placed<string> | undefined,
  path: string,
  problems: Problem[],
): string {
  const located = posix.join(context, dockerfile?.value ?? 'Dockerfile');
  if (dockerfile !== undefined && located.split('/')[0] === '..') {
    const message = `${path}.dockerfile ${quote(dockerfile.value)} leaves the repository from the context ${quote(context)}.`;
    const hint = 'Write the path relative to the context.';
    problems.push({ code: 'matrix/path-escape', place: dockerfile.place, message, hint });
  }
  return located;
}

function readContext(
  entry: YamlEntry,
  path: string,
  problems: Problem[],
): readonly [string, ContextDeclaration] | undefined {
  const written = text(kind.CONTEXT_SOURCE)(entry.value, path, problems);
  if (written === undefined) return undefined;
  const { place } = entry.value;
  const [, prefix, name = ''] = /^(upstream|image|docker-image):(.*)$/.exec(written) ?? [];
  if (prefix === 'upstream' || prefix === 'image') return [entry.key, { kind: prefix, name, place }];
  if (prefix !== undefined) {
    return [entry.key, { kind: 'docker-image', reference: name.slice('//'.length), place }];
  }
  return [entry.key, { kind: 'folder', path: shorten(written), place }];
}

function readSecret(entry: YamlEntry, path: string, problems: Problem[]): SecretDeclaration | undefined {
  const isBare = entry.value.kind === 'scalar' && entry.value.type === 'null';
  const options = isBare ? {} : readSecretOptions(entry.value, path, problems);
  if (options === undefined) return undefined;
  const id = entry.key;
  const names = entry.value.kind === 'map' ? entry.value.entries.map(({ key }) => key) : [];
  if (names.includes('env') && names.includes('file')) {
    const message = `${path} has "env" and "file"; expected one of them.`;
    problems.push({ code: 'matrix/conflict', place: entry.keyPlace, message });
  }
  const source: SecretDeclaration['source'] =
    options.file === undefined
      ? { kind: 'env', name: options.env ?? id.toUpperCase().replace(/[^A-Z0-9]/g, '_') }
      : { kind: 'file', path: options.file };
  return { id, source, version: options.version ?? '1' };
}

function amount(of: kind.ValueKind): Read<number> {
  const readAmount = text(of);
  return (value, path, problems) => {
    const written = readAmount(value, path, problems);
    if (written === undefined) return undefined;
    const unit = Object.keys(UNITS).find((one) => written.endsWith(one)) ?? '';
    return Number.parseFloat(written) * (UNITS[unit] ?? Number.NaN);
  };
}

function withoutRepeats<T>(read: Read<readonly T[]>): Read<readonly T[]> {
  return (value, path, problems) => {
    const items = read(value, path, problems);
    return items === undefined ? undefined : [...new Set(items)];
  };
}
