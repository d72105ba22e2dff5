/** Spells one image build as the argument list of `buildx build`. The list is the contract: nothing else reaches the builder. */
import type { Platform } from '../matrix/matrix.ts';

/** Where the value of a secret is taken from at build time. */
export type BuildSecret =
  | { readonly id: string; readonly env: string }
  | { readonly id: string; readonly file: string };

/** One image for one platform, with everything outside it already pinned. */
export interface BuildRequest {
  /**
   * Name of a Buildx builder that can push by digest: any driver but `docker`. A Docker Engine ≥ 29 is one as a `remote`
   * builder, since it serves BuildKit on its own socket: `docker buildx create --driver remote unix:///var/run/docker.sock`.
   */
  readonly builder: string;
  /** Absolute path of the exported context. */
  readonly contextDir: string;
  /** Absolute path of the exported Dockerfile. */
  readonly dockerfile: string;
  readonly target?: string;
  readonly platform: Platform;
  readonly args: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** Names used in the Dockerfile that stand for an image; `ref` is `host/repo@sha256:…` of a platform manifest. */
  readonly bindings: readonly { readonly name: string; readonly ref: string }[];
  /** Named contexts that are folders; `dir` is absolute. */
  readonly contexts: readonly { readonly name: string; readonly dir: string }[];
  readonly secrets: readonly BuildSecret[];
  /** Repository to push to, `host/repo` without tag: the push is by digest, so it moves no tag. */
  readonly image: string;
  /** References of registry caches to read, best first. */
  readonly cacheFrom: readonly string[];
  /** Reference of the registry cache to write, or `null` for none. */
  readonly cacheTo: string | null;
  /** Absolute path of the file Buildx writes the digest to. */
  readonly metadataFile: string;
  /** The same for every build of every commit, so that a rebuild from cache comes out byte-identical. */
  readonly sourceDateEpoch: number;
  /** `bound`: the `# syntax=` image is among the bindings (or there is none). `builtin`: BuildKit's own frontend reads the file. */
  readonly syntax: 'bound' | 'builtin';
}

/**
 * Lists the arguments after `buildx`, from `build` to the context folder. No shell is involved.
 *
 * `rewrite-timestamp` is left out on purpose: it makes an unchanged layer be pulled again just to be rewritten.
 */
export function buildArgv(request: BuildRequest): readonly string[] {
  return [
    ...solveArgv(request),
    ...['--output', outputSpec(request.image)],
    '--provenance=mode=max',
    ...['--metadata-file', request.metadataFile],
    '--progress=rawjson',
    request.contextDir,
  ];
}

/**
 * Lists the arguments that write what was just built into a cache: no step runs again. Not together with the build, since
 * BuildKit pushes image and cache at once, and what is new in both, twice.
 */
export function cacheArgv(request: BuildRequest, ref: string): readonly string[] {
  return [
    ...solveArgv(request),
    ...['--cache-to', cacheToSpec(ref)],
    ...['--output', 'type=cacheonly'],
    '--provenance=false',
    '--progress=rawjson',
    request.contextDir,
  ];
}

function solveArgv(request: BuildRequest): readonly string[] {
  return [
    'build',
    ...['--builder', request.builder],
    ...['--file', request.dockerfile],
    ...(request.target === undefined ? [] : ['--target', request.target]),
    ...['--platform', request.platform],
    ...assignments('--build-arg', { SOURCE_DATE_EPOCH: String(request.sourceDateEpoch), ...request.args }),
    ...assignments('--label', request.labels),
    ...request.bindings.flatMap(({ name, ref }) => ['--build-context', `${name}=docker-image://${ref}`]),
    ...request.contexts.flatMap(({ name, dir }) => ['--build-context', `${name}=${dir}`]),
    ...request.secrets.flatMap((secret) => ['--secret', secretSpec(secret)]),
    ...request.cacheFrom.flatMap((ref) => [
      '--cache-from',
      csvFields([
        ['type', 'registry'],
        ['ref', ref],
      ]),
    ]),
  ];
}

function assignments(flag: string, values: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(values).flatMap(([name, value]) => [flag, `${name}=${value}`]);
}

function secretSpec(secret: BuildSecret): string {
  const source: readonly [string, string] = 'env' in secret ? ['env', secret.env] : ['src', secret.file];
  return csvFields([['id', secret.id], source]);
}

/** Pushed and forgotten: an engine that is its own builder would else keep every image, without a name, in its store. */
function outputSpec(image: string): string {
  return csvFields([
    ['type', 'image'],
    ['name', image],
    ['push-by-digest', 'true'],
    ['push', 'true'],
    ['store', 'false'],
    ['compression', 'zstd'],
    ['oci-mediatypes', 'true'],
  ]);
}

/** Same compression as the image, else every layer is packed twice; a cache that cannot be written must not fail the build. */
function cacheToSpec(ref: string): string {
  return csvFields([
    ['type', 'registry'],
    ['ref', ref],
    ['mode', 'max'],
    ['image-manifest', 'true'],
    ['oci-mediatypes', 'true'],
    ['compression', 'zstd'],
    ['ignore-error', 'true'],
  ]);
}

/** Buildx reads these flags as one CSV record of `key=value` fields: a field with a comma, quote or newline is quoted whole. */
function csvFields(fields: readonly (readonly [string, string])[]): string {
  return fields.map(([key, value]) => csvField(`${key}=${value}`)).join(',');
}

function csvField(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
