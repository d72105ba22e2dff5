/** Spells one target as an image of a matrix. */
import { posix } from 'node:path';
import { isOfKind, STAGE } from '../matrix/value-kinds.ts';
import type { Influence } from './bake-variables.ts';
import { importContexts } from './import-contexts.ts';
import { importTags } from './import-tags.ts';
import { importArgs, importLabels, importSecrets } from './import-values.ts';
import { repositoryOfTag } from './name-images.ts';
import { lackingOf } from './not-carried.ts';
import type { PlacedTarget } from './place-targets.ts';

/** One image of the matrix. */
export interface ImportedImage {
  readonly name: string;
  readonly target: string;
  /** As the matrix spells them; what is the default is left out. */
  readonly options: Readonly<Record<string, unknown>>;
  /** What was said of the target and is lost, or needs a person's eye. */
  readonly notes: readonly string[];
  /** Sources that its contexts stand for, by name. */
  readonly upstreams: ReadonlyMap<string, { readonly git: string; readonly ref: string }>;
}

/** What an image of a file knows of the others. */
export interface ImportPlace {
  readonly base: string;
  readonly registry: string | null;
  /** Names of images, by target. */
  readonly names: ReadonlyMap<string, string>;
  readonly aliases: readonly string[];
  /** Other targets that are built in the same way. */
  readonly twins: readonly string[];
  /** It is built only for others: nothing of the file asks for its tags. */
  readonly isInternal: boolean;
  readonly influences: ReadonlyMap<string, readonly Influence[]>;
  readonly now: Date;
}

/** Spells a target as an image. */
export function importImage(placed: PlacedTarget, place: ImportPlace): ImportedImage {
  const { target } = placed;
  const { influences, now } = place;
  const name = place.names.get(target.name) ?? target.name;
  const contexts = importContexts(target, place.base, place.names);
  const tags = place.isInternal ? { templates: [], notes: [] } : importTags(target, influences, now);
  const args = importArgs(target.args, influences, now);
  const labels = importLabels(target.labels, now);
  const secrets = importSecrets(target.secrets, place.base);
  const stage = target.target !== undefined && isOfKind(STAGE, target.target) ? target.target : undefined;
  const options = {
    context: placed.context === `containers/${name}` ? undefined : placed.context,
    dockerfile: dockerfileOption(placed),
    target: stage,
    args: some(args.values),
    platforms: placed.platforms.join() === 'linux/amd64' ? undefined : some(placed.platforms),
    contexts: some(contexts.contexts),
    aliases: some(place.aliases),
    secrets: some(secrets.values),
    labels: some(labels.values),
    tags: tags.templates ?? undefined,
  };
  return {
    ...{ name, target: target.name, upstreams: contexts.upstreams },
    options: Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
    notes: [
      ...(place.twins.length === 0 ? [] : [`also ${place.twins.join(', ')}: built in the same way`]),
      ...(target.target === stage ? [] : [`the target "${target.target}" can be no stage`]),
      ...homeNotes(placed, name, place),
      ...tags.notes,
      ...args.notes,
      ...contexts.notes,
      ...secrets.notes,
      ...labels.notes,
      ...lackingOf(target.others),
    ],
  };
}

function dockerfileOption({ context, dockerfile }: PlacedTarget): string | undefined {
  const written = posix.relative(context, dockerfile);
  return written === 'Dockerfile' ? undefined : written;
}

/** Where its tags put an image, and a matrix does not. */
function homeNotes(
  { target }: PlacedTarget,
  name: string,
  { registry, isInternal }: ImportPlace,
): readonly string[] {
  if (isInternal) return [];
  const elsewhere = target.tags.flatMap((tag) => {
    const written = repositoryOfTag(tag);
    if (written === null || written.registry === null) return [];
    const isHere = written.registry === registry && written.name === name;
    return isHere ? [] : [`${written.registry}/${written.name}`];
  });
  return [...new Set(elsewhere)].map(
    (repository) => `${repository}: an image has one repository, <registry>/${name}`,
  );
}

function some<T extends object>(values: T): T | undefined {
  return Object.keys(values).length === 0 ? undefined : values;
}
