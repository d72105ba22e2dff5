/** Images that `docker buildx bake` builds. https://docs.docker.com/build/bake/reference/ */
import { posix } from 'node:path';
import type { Parser } from 'web-tree-sitter';
import { at, type ConfigValue, entriesOf, isKnown, itemsOf, textOf } from './config-value.ts';
import { type HclBlock, hclBlocks } from './hcl-blocks.ts';
import type { ImageBuild } from './image-build.ts';
import { type PathIndex, pathBelow } from './project-paths.ts';

/** Tells a file for Bake by its name. */
export function isBakeFile(file: string): boolean {
  return /^(?:docker-)?bake(?:\.[\w-]+)*\.hcl$/.test(posix.basename(file));
}

/** The builds of a file's targets. */
export function bakeBuilds(
  text: string,
  file: string,
  parser: Parser,
  paths: PathIndex,
): readonly ImageBuild[] {
  const targets = hclBlocks(parser, text).filter(({ type }) => type === 'target');
  return targets.flatMap((target) => buildOf(target, targets, file, paths));
}

function buildOf(
  target: HclBlock,
  targets: readonly HclBlock[],
  file: string,
  paths: PathIndex,
): readonly ImageBuild[] {
  const label = target.labels[0] ?? '';
  const chain = lineOf(target, targets);
  // What a function, a condition or a matrix makes of it is not known.
  if (
    chain === null ||
    chain.some(({ body }) => at(body, 'matrix') !== undefined || at(body, 'dockerfile-inline') !== undefined)
  )
    return [];
  const first = (key: string) => chain.map(({ body }) => at(body, key)).find((one) => one !== undefined);
  const [context, dockerfile] = [textOf(first('context')), textOf(first('dockerfile'))];
  const written = dockerfile?.text ?? 'Dockerfile';
  const found = folders(file).flatMap((folder) => {
    const at = pathBelow(folder, context?.text ?? '.');
    const path = pathBelow(at, written);
    return path !== null && paths.isFile(path) ? [{ context: at, dockerfile: path }] : [];
  });
  const own = (value: ConfigValue | null | undefined) =>
    value === undefined || value === null ? [] : [value];
  const place = {
    start: target.start,
    end: target.start + Math.max(1, target.type.length + label.length + 3),
  };
  const stage = textOf(at(target.body, 'target'));
  return [
    {
      ...{ file, ...place, label: `target "${label}"`, isUndisturbed: false },
      ...(found[0] ?? { context: null, dockerfile: null }),
      names: itemsOf(first('tags')).flatMap((tag) => textOf(tag)?.text ?? []),
      ...{ contextPlace: place, dockerfilePlace: place },
      target: stage !== null && isKnown(stage) ? stage : null,
      args: own(isTakenOver(target, targets) ? null : at(target.body, 'args'))
        .flatMap(entriesOf)
        .map(({ key, keyStart }) => ({ text: key, start: keyStart, end: keyStart + key.length })),
    },
  ];
}

/** What others take over is meant for their Dockerfiles as well. */
function isTakenOver({ labels }: HclBlock, targets: readonly HclBlock[]): boolean {
  return targets.some(({ body }) =>
    itemsOf(at(body, 'inherits')).some((item) => textOf(item)?.text === labels[0]),
  );
}

/** A target and those that it takes over from, the nearest first; `null` where one of them is not known. */
function lineOf(target: HclBlock, targets: readonly HclBlock[], depth = 0): readonly HclBlock[] | null {
  const inherited = at(target.body, 'inherits');
  if (inherited === undefined) return [target];
  if (inherited.kind !== 'list' || depth > 20) return null;
  const found: HclBlock[] = [target];
  // The last one wins.
  for (const item of [...inherited.items].reverse()) {
    const parent = targets.find(({ labels }) => labels[0] === textOf(item)?.text);
    const line = parent === undefined ? null : lineOf(parent, targets, depth + 1);
    if (line === null) return null;
    found.push(...line);
  }
  return found;
}

/** It is run in the root, or where the file lies. */
function folders(file: string): readonly string[] {
  return [...new Set([posix.dirname(file), '.'])];
}
