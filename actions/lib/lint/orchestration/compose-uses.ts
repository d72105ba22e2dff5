/** Services of Compose as builds and uses of images. https://docs.docker.com/reference/compose-file/ */
import { posix } from 'node:path';
import { composeText } from '../compose-text.ts';
import {
  at,
  type ConfigEntry,
  type ConfigValue,
  entriesOf,
  entryAt,
  itemsOf,
  type PlacedText,
  UNKNOWN,
} from './config-value.ts';
import type { ImageBuild } from './image-build.ts';
import type { GivenCommand, GivenVariable, ImageUse } from './image-use.ts';
import { pathBelow } from './project-paths.ts';

/** Both kinds of what a file says. */
export interface ComposeOrchestration {
  readonly builds: readonly ImageBuild[];
  readonly uses: readonly ImageUse[];
}

/** Reads the services of a file; those that take over from elsewhere are left out. */
export function composeOrchestration(root: ConfigValue, file: string): ComposeOrchestration {
  const builds: ImageBuild[] = [];
  const uses: ImageUse[] = [];
  for (const service of entriesOf(at(root, 'services'))) {
    if (at(service.value, 'extends') !== undefined) continue;
    const build = buildOf(service, file);
    if (build !== null) builds.push(build);
    uses.push(...useOf(service, file, build));
  }
  return { builds, uses };
}

function buildOf({ key, keyStart, value }: ConfigEntry, file: string): ImageBuild | null {
  const build = at(value, 'build');
  if (build === undefined || at(build, 'dockerfile_inline') !== undefined) return null;
  const place = { start: keyStart, end: keyStart + key.length };
  const isAlone = /^(?:docker-)?compose\.ya?ml$/i.test(posix.basename(file));
  const context = filled(build.kind === 'scalar' ? build : at(build, 'context'));
  const dockerfile = filled(at(build, 'dockerfile'));
  const written = context?.text ?? (isAlone ? '.' : UNKNOWN);
  const folder = written === '' ? null : pathBelow(posix.dirname(file), written);
  const target = filled(at(build, 'target'));
  return {
    ...{ file, ...place, label: `service "${key}"`, context: folder, isUndisturbed: true },
    ...{ contextPlace: context ?? place, dockerfilePlace: dockerfile ?? context ?? place },
    names: [filled(at(value, 'image'))?.text ?? []].flat(),
    dockerfile: folder === null ? null : pathBelow(folder, dockerfile?.text ?? 'Dockerfile'),
    target: target === null || target.text === '' || target.text.includes(UNKNOWN) ? null : target,
    args: argumentsOf(at(build, 'args')),
  };
}

function argumentsOf(value: ConfigValue | undefined): readonly PlacedText[] {
  const inMap = entriesOf(value).map(({ key, keyStart }) => ({
    ...{ text: key, start: keyStart, end: keyStart + key.length },
  }));
  const inList = itemsOf(value).flatMap((item) => {
    const name = /^[^=]+/.exec(filled(item)?.text ?? '')?.[0];
    return name === undefined || name.includes(UNKNOWN)
      ? []
      : [{ text: name, start: item.start, end: item.end }];
  });
  return [...inMap.filter(({ text }) => text !== '<<'), ...inList];
}

function useOf(
  { key, keyStart, value }: ConfigEntry,
  file: string,
  builtBy: ImageBuild | null,
): readonly ImageUse[] {
  const place = { start: keyStart, end: keyStart + key.length };
  const image = filled(at(value, 'image')) ?? { ...place, text: UNKNOWN };
  if (builtBy === null && (image.text === UNKNOWN || at(value, 'build') !== undefined)) return [];
  return [
    {
      ...{ file, runner: 'compose', name: { ...place, text: key }, image, builtBy },
      entrypoint: commandOf(at(value, 'entrypoint')),
      command: commandOf(at(value, 'command')),
      workingFolder: filled(at(value, 'working_dir')),
      ...{ ports: [], probes: [], hasGpu: null },
      environment: variablesOf(at(value, 'environment')),
      mounts: mountsOf(value),
    },
  ];
}

/** A text is split at its blanks, unless a quote or a sign of the shell makes more of it. */
function commandOf(value: ConfigValue | undefined): GivenCommand | null {
  if (value === undefined) return null;
  const { start, end } = value;
  const texts =
    value.kind === 'scalar'
      ? split(filled(value)?.text ?? UNKNOWN)
      : itemsOf(value).map((item) => filled(item)?.text ?? UNKNOWN);
  if (value.kind === 'scalar' && value.text === '') return null;
  const isPlain = texts.length > 0 && texts.every((text) => !text.includes(UNKNOWN));
  return { words: isPlain ? texts : null, start, end };
}

function split(text: string): readonly string[] {
  return /["'\\]/.test(text) ? [UNKNOWN] : text.trim().split(/\s+/);
}

function variablesOf(value: ConfigValue | undefined): readonly GivenVariable[] {
  const inMap = entriesOf(value).map(({ key, keyStart }) => ({
    ...{ name: key, start: keyStart, end: keyStart + key.length, isOfRun: false },
  }));
  const inList = itemsOf(value).flatMap((item) => {
    const name = /^[^=]+/.exec(filled(item)?.text ?? '')?.[0] ?? UNKNOWN;
    return name.includes(UNKNOWN)
      ? []
      : [{ name, start: item.start, end: item.start + name.length, isOfRun: false }];
  });
  return [...inMap, ...inList];
}

function mountsOf(service: ConfigValue): readonly string[] | null {
  const volumes = at(service, 'volumes');
  const paths = itemsOf(volumes).map((item) => {
    if (item.kind === 'map') return filled(at(item, 'target'))?.text ?? UNKNOWN;
    const [first, second] = (filled(item)?.text ?? UNKNOWN).split(':');
    return second ?? first ?? UNKNOWN;
  });
  const isOpen =
    paths.some((path) => path.includes(UNKNOWN)) ||
    ['configs', 'secrets', 'volumes_from', 'develop'].some((key) => entryAt(service, key) !== undefined);
  return isOpen ? null : paths;
}

function filled(value: ConfigValue | undefined): PlacedText | null {
  return value?.kind === 'scalar'
    ? { text: composeText(value.text), start: value.start, end: value.end }
    : null;
}
