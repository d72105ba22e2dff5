/** Images that Skaffold builds. https://skaffold.dev/docs/references/yaml/ */
import { posix } from 'node:path';
import { at, type ConfigValue, entriesOf, itemsOf, textOf } from './config-value.ts';
import type { ImageBuild } from './image-build.ts';
import { pathBelow } from './project-paths.ts';

/** The builds in the documents of a file; those without a Dockerfile are left out. */
export function skaffoldBuilds(documents: readonly ConfigValue[], file: string): readonly ImageBuild[] {
  return documents
    .filter((document) => textOf(at(document, 'apiVersion'))?.text.startsWith('skaffold/') === true)
    .flatMap((document) => itemsOf(at(document, 'build', 'artifacts')))
    .flatMap((artifact) => buildOf(artifact, file));
}

const OTHERS = ['custom', 'buildpacks', 'jib', 'bazel', 'ko'];

function buildOf(artifact: ConfigValue, file: string): readonly ImageBuild[] {
  const image = textOf(at(artifact, 'image'));
  if (image === null || OTHERS.some((other) => at(artifact, other) !== undefined)) return [];
  const how = at(artifact, 'docker') ?? at(artifact, 'kaniko');
  const [context, dockerfile] = [textOf(at(artifact, 'context')), textOf(at(how, 'dockerfile'))];
  const folder = isPlain(context?.text) ? pathBelow(posix.dirname(file), context?.text ?? '.') : null;
  const written = dockerfile?.text ?? 'Dockerfile';
  return [
    {
      ...{ file, start: image.start, end: image.end, label: `artifact "${image.text}"`, names: [image.text] },
      ...{ context: folder, contextPlace: context ?? image, dockerfilePlace: dockerfile ?? context ?? image },
      dockerfile: isPlain(written) ? pathBelow(folder, written) : null,
      target: textOf(at(how, 'target')),
      args: entriesOf(at(how, 'buildArgs')).map(({ key, keyStart }) => ({
        ...{ text: key, start: keyStart, end: keyStart + key.length },
      })),
      // Hooks and profiles may change it.
      isUndisturbed: at(artifact, 'hooks') === undefined,
    },
  ];
}

function isPlain(text = ''): boolean {
  return !text.includes('{{');
}
