/** Plans of made-up images that stand at their keys, as planning and building would leave them. */
import { createHash } from 'node:crypto';
import { repositoryOf } from '../../actions/lib/image/repository-of.ts';
import type { FloatingScope, TagEvent } from '../../actions/lib/image/tag-template.ts';
import { keyTag, preTag } from '../../actions/lib/key/content-key.ts';
import { PREIMAGE_TYPE } from '../../actions/lib/plan/earlier-builds.ts';
import type { Plan, PlannedAction, PlannedImage, Restriction } from '../../actions/lib/plan/plan.ts';
import type { Keeper } from '../../actions/lib/publish/keeper.ts';
import { putJson } from '../../actions/lib/registry/artifact.ts';
import type { RegistryClient } from '../../actions/lib/registry/registry.ts';

const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

/** One made-up image. */
export interface MadeImage {
  readonly name: string;
  /** What it is made of: other content, other key. */
  readonly content: string;
  /** Several builds of one key differ in this. */
  readonly build?: string;
  readonly tags?: readonly string[];
  readonly floating?: Readonly<Record<string, FloatingScope>>;
  /** Names of other images, earlier in the list. */
  readonly parents?: readonly string[];
  /** Default one, `linux/amd64`. */
  readonly platforms?: readonly string[];
  readonly action?: PlannedAction;
  readonly restrictions?: readonly Restriction[];
}

/** Who makes it, unless a test says otherwise. */
export const KEEPER: Keeper = { repository: null, matrix: 'action-matrix.yml' };

/** What a plan is made for. */
export interface MadePlanOptions {
  readonly target: string;
  readonly images: readonly MadeImage[];
  readonly commit?: string | null;
  readonly event?: TagEvent;
  readonly homeIsPrivate?: boolean;
  readonly origin?: string | null;
  readonly matrix?: string;
}

/** Makes the document. */
export function madePlan({
  target,
  images,
  commit = null,
  event = { branch: 'main', tag: null },
  homeIsPrivate = false,
  origin = null,
  matrix = KEEPER.matrix,
}: MadePlanOptions): Plan {
  return {
    version: 1,
    source: {
      ...{ commit, tree: '0'.repeat(40), branch: event.branch, tags: [], origin, dirty: [] },
      matrix,
    },
    event,
    home: target,
    homeIsPrivate,
    target,
    upstreams: [],
    images: images.flatMap((image) =>
      platformsOf(image).map((platform) => plannedImage(target, image, platform)),
    ),
  };
}

/** Puts everything a plan wants to its keys, bound to what stands at the parents' keys then; gives digests by id. */
export async function putBuilt(
  client: RegistryClient,
  { target, images }: Pick<MadePlanOptions, 'target' | 'images'>,
): Promise<ReadonlyMap<string, string>> {
  const built = new Map<string, string>();
  for (const image of images) {
    if (image.action === 'blocked' || image.action === 'unneeded') continue;
    for (const platform of platformsOf(image)) {
      const { id, key, bindings } = plannedImage(target, image, platform);
      if (key === null) continue;
      const repository = repositoryOf(target)(image.name);
      const [os, architecture] = platform.split('/');
      const config = Buffer.from(JSON.stringify({ os, architecture, key, build: image.build ?? '' }));
      const descriptor = {
        mediaType: 'application/vnd.oci.image.config.v1+json',
        digest: await client.putBlob(repository, config),
        size: config.length,
      };
      const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config: descriptor, layers: [] };
      const bytes = Buffer.from(JSON.stringify(manifest));
      const digest = await client.putManifest({ ...repository, tag: keyTag(key) }, bytes, OCI_MANIFEST);
      const bound = Object.fromEntries(
        Object.entries(bindings).map(([name, parent]) => [name, `${target}/${name}@${built.get(parent)}`]),
      );
      const document = { preimage: {}, image: digest, bound };
      await putJson(client, { ...repository, tag: preTag(key) }, PREIMAGE_TYPE, document);
      built.set(id, digest);
    }
  }
  return built;
}

function plannedImage(target: string, image: MadeImage, platform: string): PlannedImage {
  const {
    name,
    content,
    tags = ['main'],
    parents = [],
    action = 'build',
    restrictions = [],
    floating = {},
  } = image;
  const id = idOf(image, platform);
  const key = createHash('sha256').update(`${id} ${content}`).digest('hex');
  const tag = keyTag(key);
  return {
    ...{ id, name, platform, key, tag, ref: `${target}/${name}:${tag}`, digest: null, action },
    ...{ reasons: [], wave: action === 'build' ? 1 : null, parents, tags, floating, restrictions },
    bindings: Object.fromEntries(
      parents.map((parent) => [parent, idOf({ ...image, name: parent }, platform)]),
    ),
  };
}

function platformsOf({ platforms }: MadeImage): readonly string[] {
  return platforms ?? ['linux/amd64'];
}

function idOf(image: Pick<MadeImage, 'name' | 'platforms'>, platform: string): string {
  return platformsOf({ content: '', ...image }).length === 1 ? image.name : `${image.name}@${platform}`;
}
