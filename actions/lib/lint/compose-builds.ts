/** What a Compose file says of the images it builds. https://docs.docker.com/reference/compose-file/build/ */
import { posix } from 'node:path';
import { parseYamlTree, type YamlValue } from '../matrix/yaml-tree.ts';

/** One service with `build:`; files and folders are relative to the root of the project. */
export interface ComposeBuild {
  /** The Compose file. */
  readonly file: string;
  readonly service: string;
  /** The name that it gives to what it builds. */
  readonly image: string | null;
  readonly dockerfile: string;
  readonly context: string;
  /** Lower case. */
  readonly target: string | null;
  /** `null` for one whose value is taken from the environment of whoever builds. */
  readonly args: Readonly<Record<string, string | null>>;
  readonly platform: string | null;
  /** Named contexts as written, for example `service:base`. */
  readonly contexts: ReadonlyMap<string, string>;
}

/** Tells a Compose file by its name: `compose.yaml`, `docker-compose.gpu.yml`. */
export function isComposeFile(path: string): boolean {
  return /^(?:docker-)?compose(?:[.-][\w.-]+)?\.ya?ml$/i.test(posix.basename(path));
}

/**
 * Reads the builds. What cannot be read, lies elsewhere than in the project, or hangs on a variable without a value is
 * left out: whoever runs Compose is told of it there.
 * @param file relative to the root of the project
 */
export function composeBuilds(text: string, file: string): readonly ComposeBuild[] {
  const services = entryOf(parseYamlTree(text, file).root, 'services');
  return services?.kind === 'map'
    ? services.entries.flatMap(({ key, value }) => buildOf(key, value, file) ?? [])
    : [];
}

function buildOf(service: string, value: YamlValue, file: string): ComposeBuild | null {
  const build = entryOf(value, 'build');
  if (build === undefined || build.kind === 'list') return null;
  const written = build.kind === 'scalar' ? textOf(build) : contextOf(build, file);
  const context = written === null ? null : below(posix.dirname(file), written);
  if (context === null || entryOf(build, 'dockerfile_inline') !== undefined) return null;
  const dockerfile = below(context, optionalText(build, 'dockerfile', 'Dockerfile') ?? '\0');
  if (dockerfile === null || dockerfile === context) return null;
  return {
    ...{ file, service, dockerfile, context },
    image: optionalText(value, 'image', '') || null,
    target: optionalText(build, 'target', '')?.toLowerCase() || null,
    args: Object.assign(Object.create(null), Object.fromEntries(argsOf(entryOf(build, 'args')))),
    platform: optionalText(value, 'platform', '') || null,
    contexts: new Map(pairsOf(entryOf(build, 'additional_contexts'), '=')),
  };
}

/** A file laid over another, such as `compose.gpu.yaml`, may leave out what the other one says. */
function contextOf(build: YamlValue, file: string): string | null {
  const isAlone = /^(?:docker-)?compose\.ya?ml$/i.test(posix.basename(file));
  const context = entryOf(build, 'context');
  return context === undefined ? (isAlone ? '.' : null) : textOf(context);
}

/** A folder or file of the project; `null` for an address, and for what lies outside. */
function below(folder: string, written: string): string | null {
  if (/^[\w+.-]+:|^git@|^github\.com\/|^~|^\/|\0/.test(written) || written === '') return null;
  const path = posix.normalize(posix.join(folder, written)).replace(/(?<=.)\/$/, '');
  return path === '..' || path.startsWith('../') ? null : path;
}

function optionalText(value: YamlValue, key: string, otherwise: string): string | null {
  const found = entryOf(value, key);
  return found === undefined ? otherwise : textOf(found);
}

/** A map, or a list of `NAME=value` and `NAME`. */
function argsOf(value: YamlValue | undefined): readonly (readonly [string, string | null])[] {
  const known = pairsOf(value, '=');
  const names =
    value?.kind === 'map'
      ? value.entries.map(({ key }) => key)
      : value?.kind === 'list'
        ? value.items.flatMap((item) => (item.kind === 'scalar' ? (item.text.split('=')[0] ?? []) : []))
        : [];
  return [...names.map((name) => [name, null] as const), ...known];
}

/** A map, or a list of `NAME=value`; what has no value is taken from the environment, which is not known. */
function pairsOf(value: YamlValue | undefined, sign: string): readonly (readonly [string, string])[] {
  if (value?.kind === 'map') {
    return value.entries.flatMap(({ key, value: one }) => {
      const text = one.kind === 'scalar' && one.type !== 'null' ? textOf(one) : null;
      return text === null ? [] : [[key, text] as const];
    });
  }
  if (value?.kind !== 'list') return [];
  return value.items.flatMap((item) => {
    const text = textOf(item);
    const at = text?.indexOf(sign) ?? -1;
    return text === null || at < 1 ? [] : [[text.slice(0, at), text.slice(at + 1)] as const];
  });
}

function entryOf(value: YamlValue | undefined, key: string): YamlValue | undefined {
  return value?.kind === 'map' ? value.entries.find((entry) => entry.key === key)?.value : undefined;
}

/** Text with its variables filled in by what stands behind `:-`; `null` where one has nothing there. */
function textOf(value: YamlValue): string | null {
  if (value.kind !== 'scalar') return null;
  let isKnown = true;
  const text = value.text.replace(/\$(?:\$|\{([^{}]*)\}|\w+)/g, (written, inner: string | undefined) => {
    if (written === '$$') return '$';
    const otherwise = /^\w+:?-([^$]*)$/.exec(inner ?? '')?.[1];
    isKnown &&= otherwise !== undefined;
    return otherwise ?? '';
  });
  return isKnown ? text : null;
}
