import { createHash } from 'node:crypto';
import { formatImageReference } from '../image/image-reference.ts';
import type { RepositoryOf } from '../image/repository-of.ts';
import { digestOfJson, putJson } from '../registry/artifact.ts';
import type { RegistryClient } from '../registry/registry.ts';
import type { Plan } from './plan.ts';

/** Artifact type of a plan. */
const PLAN_TYPE = 'application/vnd.darkroom.plan.v1+json';

/** A plan as one attempt of a workflow's run makes it: each has a plan of its own, as young as itself. */
export function planOfRun(plan: Plan, env: Readonly<Record<string, string | undefined>>): Plan {
  const { GITHUB_RUN_ID: run, GITHUB_RUN_ATTEMPT: attempt = '1' } = env;
  return run === undefined ? plan : { ...plan, run: `${run}/${attempt}` };
}

/** Where a plan lies. */
export interface StoredPlan {
  /** `plan-<32 hex>` in the repository `darkroom`. */
  readonly tag: string;
  /** `<registry>/darkroom@sha256:…`. */
  readonly ref: string;
}

/**
 * Keeps a plan in the registry as `<registry>/darkroom:plan-<32 hex>`, unless it stands there. Anything else that was
 * pushed under this tag is replaced: what stands at a tag is no proof of what it is.
 */
export async function storePlan(
  client: RegistryClient,
  repositoryOf: RepositoryOf,
  plan: Plan,
): Promise<StoredPlan> {
  const repository = repositoryOf('darkroom');
  const tag = `plan-${createHash('sha256').update(JSON.stringify(plan)).digest('hex').slice(0, 32)}`;
  const digest = digestOfJson(PLAN_TYPE, plan);
  const there = await client.headManifest({ ...repository, tag });
  if (there?.digest !== digest) await putJson(client, { ...repository, tag }, PLAN_TYPE, plan);
  return { tag, ref: formatImageReference({ ...repository, digest }) };
}
