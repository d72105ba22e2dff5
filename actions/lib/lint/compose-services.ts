/** What a Compose file says of services that it builds: what starts them, probes them and gives them a GPU. */
import { posix } from 'node:path';
import { parseYamlTree, type YamlEntry, type YamlMap, type YamlValue } from '../matrix/yaml-tree.ts';
import { isComposeFile } from './compose-builds.ts';
import type { Span } from './finding.ts';
import type { LintedDockerfile } from './linted-dockerfile.ts';
import type { LintedProject } from './linted-project.ts';
import { vendoredIn } from './vendored.ts';

/** A service with `build:`. */
export interface ComposeService {
  /** Relative to the root of the project. */
  readonly file: string;
  readonly name: string;
  readonly namePlace: Span;
  readonly value: YamlMap;
  /** Folder of the context as written. */
  readonly context: ComposeText | null;
  readonly dockerfile: ComposeText | null;
  readonly target: string | null;
  /** Built from text that stands in the Compose file, from an address, or from what another file says. */
  readonly isElsewhere: boolean;
}

/** A text with its place. */
export interface ComposeText extends Span {
  readonly text: string;
}

/** A Compose file that was read. */
export interface ComposeFile {
  /** The whole of it; `undefined` where it cannot be read. */
  readonly root: YamlValue | undefined;
  /** Those with `build:`. */
  readonly services: readonly ComposeService[];
  /** Every service, also those that are not built. */
  readonly all: ReadonlyMap<string, YamlMap>;
}

const known = new WeakMap<LintedProject, ReadonlyMap<string, ComposeFile>>();

/** The Compose files of a project that can be read, by path. */
export function composeFiles(project: LintedProject): ReadonlyMap<string, ComposeFile> {
  const before = known.get(project);
  if (before !== undefined) return before;
  const found = new Map<string, ComposeFile>();
  const isVendored = vendoredIn(project.files);
  for (const file of project.files) {
    const text = isComposeFile(file) && !isVendored(file) ? project.read(file) : null;
    if (text !== null) found.set(file, readCompose(text, file));
  }
  known.set(project, found);
  return found;
}

/** The services that are built by a Dockerfile. */
export function servicesOf(file: LintedDockerfile, project: LintedProject): readonly ComposeService[] {
  return [...composeFiles(project).values()]
    .flatMap(({ services }) => services)
    .filter((service) => dockerfileOf(service) === file.source.file);
}

/** Path of the Dockerfile of a service from the root of the project; `null` where it is not known or outside. */
export function dockerfileOf(service: ComposeService): string | null {
  const context = contextFolder(service);
  if (context === null) return null;
  return pathIn(context, service.dockerfile?.text ?? 'Dockerfile');
}

/** The folder of the context of a service from the root of the project; `null` where it is not known or outside. */
export function contextFolder({ file, context, isElsewhere }: ComposeService): string | null {
  return isElsewhere ? null : pathIn(posix.dirname(file), context?.text ?? '.');
}

/** What stands behind keys, one inside the other. */
export function valueAt(value: YamlValue | undefined, ...keys: readonly string[]): YamlValue | undefined {
  return keys.reduce<YamlValue | undefined>((at, key) => entryOf(at, key)?.value, value);
}

/** The items of a list, a text alone as one; variables are filled in from their defaults, `null` where there is none. */
export function textsOf(value: YamlValue | undefined): readonly (string | null)[] {
  if (value === undefined) return [];
  const items = value.kind === 'list' ? value.items : [value];
  return items.map((item) => (item.kind === 'scalar' ? filledIn(item.text) : null));
}

/** Where a value stands in its file: from its first character to the end of the line. */
export function spanOf(value: YamlValue, text: string): Span {
  return spanAt(value.start, text);
}

function readCompose(text: string, file: string): ComposeFile {
  const { root } = parseYamlTree(text, file);
  const services = valueAt(root, 'services');
  const entries = services?.kind === 'map' ? services.entries : [];
  return {
    root,
    all: new Map(entries.flatMap(({ key, value }) => (value.kind === 'map' ? [[key, value] as const] : []))),
    services: entries.flatMap((entry) => serviceOf(entry, text, file) ?? []),
  };
}

function serviceOf({ key, keyStart, value }: YamlEntry, text: string, file: string): ComposeService | null {
  const build = valueAt(value, 'build');
  if (value.kind !== 'map' || build === undefined) return null;
  const [context, dockerfile] = [
    build.kind === 'scalar' ? build : valueAt(build, 'context'),
    valueAt(build, 'dockerfile'),
  ];
  const target = textsOf(valueAt(build, 'target'))[0] ?? null;
  const unknown = [context, dockerfile].some((one) => one !== undefined && textAt(one, text) === null);
  return {
    ...{
      file,
      name: key,
      namePlace: { start: keyStart, end: keyStart + key.length },
      value,
    },
    context: context === undefined ? null : textAt(context, text),
    dockerfile: dockerfile === undefined ? null : textAt(dockerfile, text),
    target,
    isElsewhere:
      unknown ||
      valueAt(build, 'dockerfile_inline') !== undefined ||
      (build.kind === 'map' &&
        context === undefined &&
        !/^(?:docker-)?compose\.ya?ml$/.test(posix.basename(file))) ||
      isNoFolder(context?.kind === 'scalar' ? context.text : ''),
  };
}

/** An address, a home folder or an absolute path; Compose takes `github.com/…` for a repository, as `docker build` does. */
function isNoFolder(context: string): boolean {
  return /^[\w+.-]+:|^git@|^github\.com\/|^[~/]/.test(context);
}

function textAt(value: YamlValue, text: string): ComposeText | null {
  const filled = value.kind === 'scalar' ? filledIn(value.text) : null;
  return filled === null ? null : { ...spanOf(value, text), text: filled };
}

function spanAt(start: number, text: string): Span {
  const rest = /^[^\n\r]*/.exec(text.slice(start))?.[0].replace(/\s+(?:#.*)?$/, '') ?? '';
  return { start, end: start + Math.max(rest.length, 1) };
}

function entryOf(value: YamlValue | undefined, key: string): YamlEntry | undefined {
  return value?.kind === 'map' ? value.entries.find((entry) => entry.key === key) : undefined;
}

/** A path of the project; `null` for what lies outside. */
function pathIn(folder: string, written: string): string | null {
  if (written.startsWith('/')) return null;
  const path = posix.normalize(posix.join(folder, written)).replace(/(?<=.)\/$/, '');
  return path === '..' || path.startsWith('../') ? null : path;
}

function filledIn(written: string): string | null {
  let isKnown = true;
  const filled = written.replace(
    /\$(?:\$|\{\w+(?::?-([^${}]*))?[^{}]*\}|\w+)/g,
    (whole, otherwise: string | undefined) => {
      if (whole === '$$') return '$';
      isKnown &&= otherwise !== undefined;
      return otherwise ?? '';
    },
  );
  return isKnown ? filled : null;
}
