import { createHash } from 'node:crypto';
import type { RepositoryOf } from '../image/repository-of.ts';
import { putJson } from '../registry/artifact.ts';
import type { RegistryClient } from '../registry/registry.ts';
import type { Plan } from './plan.ts';

/** Artifact type of a plan. */
const PLAN_TYPE = 'application/vnd.darkroom.plan.v1+json';

/** Keeps a plan in the registry as `<registry>/darkroom:plan-<32 hex>` and gives that tag. */
export async function storePlan(
  client: RegistryClient,
  repositoryOf: RepositoryOf,
  plan: Plan,
): Promise<string> {
  const tag = `plan-${createHash('sha256').update(JSON.stringify(plan)).digest('hex').slice(0, 32)}`;
  await putJson(client, { ...repositoryOf('darkroom'), tag }, PLAN_TYPE, plan);
  return tag;
}
