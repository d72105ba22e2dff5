import { formatProblem } from '../../actions/lib/errors/darkroom-error.ts';
import {
  type GlobalOptions,
  isOnLoopback,
  openWorkspace,
} from '../../actions/lib/workspace/open-workspace.ts';
import { say } from '../say.ts';

/** Options of `plan` alone. */
export interface PlanCommandOptions {
  readonly registry: boolean | string;
  readonly markdown?: true;
  readonly bake?: true;
}

/** `darkroom plan`: says what would happen and why; builds nothing and starts no builder. */
export async function plan(
  options: GlobalOptions,
  images: readonly string[],
  own: PlanCommandOptions,
): Promise<void> {
  const isAsking = own.registry !== false;
  const opening = openWorkspace(options);
  opening.catch(() => undefined);
  // The rest is loaded while git looks at the tree.
  const [{ planWorkspace }, { machineRegistry }, { existingRegistry }, { madeHere }] = await Promise.all([
    import('../../actions/lib/workspace/plan-workspace.ts'),
    import('../machine-registry.ts'),
    import('../engine/existing-registry.ts'),
    import('../made-upstreams.ts'),
  ]);
  const workspace = await opening;
  try {
    const asksLocal = isAsking && isOnLoopback(workspace);
    const localRegistry = asksLocal ? await existingRegistry(say) : null;
    const client = isAsking ? machineRegistry(workspace.home).client : null;
    const work = await planWorkspace(workspace, {
      client,
      localRegistry,
      images: images.length === 0 ? null : images,
      say,
      made: madeHere(workspace, localRegistry),
    });
    const { plan, warnings } = work;
    for (const problem of warnings) say(formatProblem(problem));
    if (own.bake) {
      const { printBakePlan } = await import('../print-bake-plan.ts');
      process.stdout.write(await printBakePlan(workspace, work, client, say));
      return;
    }
    if (options.json) {
      process.stdout.write(`${JSON.stringify(plan)}\n`);
      return;
    }
    const { planMarkdown, planSentence, planTable } = await import('../../actions/lib/report/render-plan.ts');
    if (own.markdown) process.stdout.write(planMarkdown(plan));
    else process.stdout.write(`${planTable(plan, process.stdout.columns ?? 120)}\n\n${planSentence(plan)}\n`);
  } finally {
    await workspace.source.close();
  }
}
