import { readBuiltImage } from './build-node.ts';
import type { Developed } from './build-nodes.ts';
import { NATIVE_PLATFORM } from './native-platform.ts';

/** An image that is there after a run. */
export interface BuiltReference {
  /** `host/repository@sha256:…` of the platform's manifest. */
  readonly ref: string;
  readonly digest: string;
  /** Content key. */
  readonly key: string;
}

/** The image of a name, built or found, preferably one that this machine runs itself; `null` where it is not there. */
export async function findBuilt(
  { work, client, outcomes }: Developed,
  name: string,
): Promise<BuiltReference | null> {
  const nodes = work.graph.nodes.filter((one) => one.image.name === name);
  const node = nodes.find((one) => one.platform.startsWith(NATIVE_PLATFORM)) ?? nodes[0];
  if (node === undefined) return null;
  const outcome = outcomes.get(node.id);
  const there = outcome?.status === 'done' ? outcome.value : work.found.get(node.id);
  const key = work.nodes.get(node.id)?.key ?? null;
  if (there === undefined || key === null) return null;
  const { repository, platformDigest } = await readBuiltImage(
    client,
    there.repository,
    there.digest,
    node.platform,
  );
  return {
    ref: `${repository.registry}/${repository.repository}@${platformDigest}`,
    digest: platformDigest,
    key,
  };
}
