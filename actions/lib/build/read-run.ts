import pLimit from 'p-limit';
import { DarkroomError } from '../errors/darkroom-error.ts';
import { problemsOf } from '../errors/problems-of.ts';
import type { Outcome } from '../graph/run-in-order.ts';
import type { RegistryClient, RepositoryReference } from '../registry/registry.ts';
import { nodeName } from '../report/render-plan.ts';
import type { RunImage } from '../report/render-run.ts';
import { type NodeResult, readBuiltImage } from './build-node.ts';
import type { Developed } from './build-nodes.ts';

type Ended = Outcome<NodeResult> | undefined;

/** Gathers how every image of a run ended, with its size as the registry holds it. */
export async function readRun({
  work,
  client,
  outcomes,
  interrupted,
}: Developed): Promise<readonly RunImage[]> {
  const slots = pLimit(16);
  const rows = work.graph.nodes.map(async ({ id, platform }, index): Promise<RunImage | null> => {
    const planned = work.plan.images[index];
    if (planned === undefined || planned.action === 'unknown') return null;
    const outcome = outcomes.get(id);
    // Who asked to stop did not see a failure.
    const isStopped = interrupted && outcome?.status === 'failed';
    const result = isStopped ? 'skipped' : resultOf(planned.action, outcome);
    const there = outcome?.status === 'done' ? outcome.value : work.found.get(id);
    // A run that built nothing says so in one line; nobody reads sizes then.
    const sizeBytes =
      there === undefined || outcomes.size === 0
        ? null
        : await slots(() => readSize(client, there.repository, there.digest, platform));
    const reasons = isStopped ? ['stopped'] : reasonsOf(planned.reasons, outcome);
    return {
      name: nodeName(work.plan.images, planned),
      result,
      reasons,
      sizeBytes,
      digest: there?.digest ?? null,
    };
  });
  return (await Promise.all(rows)).filter((row) => row !== null);
}

function resultOf(action: 'hit' | 'build' | 'unneeded' | 'blocked', outcome: Ended): RunImage['result'] {
  if (action !== 'build') return action;
  if (outcome?.status === 'done') return outcome.value.outcome;
  return outcome?.status ?? 'skipped';
}

async function readSize(
  client: RegistryClient,
  repository: RepositoryReference,
  digest: string,
  platform: string,
): Promise<number | null> {
  try {
    const { platformDigest } = await readBuiltImage(client, repository, digest, platform);
    const manifest = await client.getManifest({ ...repository, digest: platformDigest });
    if (manifest?.document.kind !== 'image') return null;
    return manifest.document.layers.reduce((sum, layer) => sum + layer.size, 0);
  } catch (error) {
    // The size is for reading only: a registry that falters now has taken the image all the same.
    if (error instanceof DarkroomError) return null;
    throw error;
  }
}

function reasonsOf(planned: readonly string[], outcome: Ended): readonly string[] {
  if (outcome?.status === 'skipped') return [`needs ${outcome.because.join(', ')}`];
  // What went wrong is asked for first, and told in full elsewhere; why it was built stands in the plan.
  if (outcome?.status === 'failed')
    return problemsOf(outcome.error).map(({ message }) => message.split('\n', 1)[0] ?? '');
  return planned;
}
