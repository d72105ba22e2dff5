/** Bake and Compose files as Buildx resolves them: the document that `docker buildx bake --print` writes. */
import { DarkroomError } from '../errors/darkroom-error.ts';

/** A secret that a build may mount. */
export interface BakeSecret {
  readonly id: string;
  readonly env?: string;
  readonly file?: string;
}

/** One target with everything inherited, every variable filled in. */
export interface BakeTarget {
  readonly name: string;
  readonly context: string;
  /** Relative to the context. */
  readonly dockerfile: string;
  readonly target?: string;
  readonly args: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly contexts: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  readonly platforms: readonly string[];
  readonly secrets: readonly BakeSecret[];
  /** Kinds of output: `image`, `docker`, `local`, …. */
  readonly outputs: readonly string[];
  /** Every other option that says something, such as `ssh`, as Buildx spells it. */
  readonly others: ReadonlySet<string>;
}

/** Targets by name, in the order in which Buildx prints them. */
export type BakeFile = ReadonlyMap<string, BakeTarget>;

type Fields = Readonly<Record<string, unknown>>;

const READ = new Set([
  ...[
    'context',
    'dockerfile',
    'target',
    'args',
    'labels',
    'contexts',
    'tags',
    'platforms',
    'secret',
    'output',
  ],
  ...['description', 'inherits'],
]);

/**
 * Reads what `docker buildx bake --print` wrote.
 * @throws DarkroomError `bake/unreadable`
 */
export function parseBakeFile(text: string): BakeFile {
  const targets = fieldsOf(fieldsOf(parseJson(text)).target);
  return new Map(Object.entries(targets).map(([name, target]) => [name, readTarget(name, fieldsOf(target))]));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DarkroomError(
      {
        code: 'bake/unreadable',
        message: '"docker buildx bake --print" wrote no JSON; expected the targets.',
      },
      { cause },
    );
  }
}

function readTarget(name: string, fields: Fields): BakeTarget {
  const target = textOf(fields.target);
  return {
    name,
    context: textOf(fields.context) ?? '.',
    dockerfile: textOf(fields.dockerfile) ?? 'Dockerfile',
    ...(target === undefined ? {} : { target }),
    args: textsByName(fields.args),
    labels: textsByName(fields.labels),
    contexts: textsByName(fields.contexts),
    tags: listOf(fields.tags).flatMap((tag) => textOf(tag) ?? []),
    platforms: listOf(fields.platforms).flatMap((platform) => textOf(platform) ?? []),
    secrets: listOf(fields.secret).flatMap((secret) => readSecret(recordOf(secret))),
    outputs: listOf(fields.output).flatMap((output) => recordOf(output).type ?? []),
    others: new Set(Object.keys(fields).filter((key) => !READ.has(key) && isSaid(fields[key]))),
  };
}

function readSecret({ id, env, src, source }: Readonly<Record<string, string>>): readonly BakeSecret[] {
  const file = src ?? source;
  if (id === undefined) return [];
  return [{ id, ...(env === undefined ? {} : { env }), ...(file === undefined ? {} : { file }) }];
}

/** Buildx before 0.19 writes `id=token,env=TOKEN` where newer ones write a map. */
function recordOf(value: unknown): Readonly<Record<string, string>> {
  if (typeof value !== 'string') return textsByName(value);
  const pairs = value.split(',').map((field) => field.split(/=(.*)/s, 2));
  return Object.fromEntries(pairs.map(([key = '', text = '']) => [key, text]));
}

function textsByName(value: unknown): Readonly<Record<string, string>> {
  const texts = Object.entries(fieldsOf(value)).flatMap(([key, one]) => {
    const text = textOf(one);
    return text === undefined ? [] : [[key, text] as const];
  });
  return Object.assign(Object.create(null), Object.fromEntries(texts));
}

/** What Buildx writes can be read by it again, so it writes `$${` for `${`. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value.replaceAll('$${', '${').replaceAll('%%{', '%{') : undefined;
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isSaid(value: unknown): boolean {
  if (value === null || value === undefined || value === false || value === '') return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}
