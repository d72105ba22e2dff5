import { createRegistryClient } from '../../actions/lib/registry/registry-client.ts';
import { planMarkdown, planSentence, planTable } from '../../actions/lib/report/render-plan.ts';
import { existingRegistry } from '../engine/existing-registry.ts';
import { planWorkspace } from '../plan-workspace.ts';
import { say } from '../say.ts';
import { type GlobalOptions, openWorkspace } from '../workspace.ts';

/** Options of `plan` alone. */
export interface PlanCommandOptions {
  readonly registry: boolean | string;
  readonly markdown?: true;
}

/** `darkroom plan`: says what would happen and why; builds nothing and starts no builder. */
export async function plan(
  options: GlobalOptions,
  images: readonly string[],
  own: PlanCommandOptions,
): Promise<void> {
  const isAsking = own.registry !== false;
  const workspace = await openWorkspace(options);
  try {
    const { plan } = await planWorkspace(workspace, {
      client: isAsking ? createRegistryClient() : null,
      localRegistry: isAsking && workspace.target.kind === 'local' ? await existingRegistry(say) : null,
      images: images.length === 0 ? null : images,
      say,
    });
    if (options.json) process.stdout.write(`${JSON.stringify(plan)}\n`);
    else if (own.markdown) process.stdout.write(planMarkdown(plan));
    else process.stdout.write(`${planTable(plan, process.stdout.columns ?? 120)}\n\n${planSentence(plan)}\n`);
  } finally {
    await workspace.source.close();
  }
}
