import type { Plan, PlannedImage } from '../../actions/lib/plan/plan.ts';
import { nodeName } from '../../actions/lib/report/render-plan.ts';
import {
  type GlobalOptions,
  isOnLoopback,
  openWorkspace,
} from '../../actions/lib/workspace/open-workspace.ts';
import { planWorkspace } from '../../actions/lib/workspace/plan-workspace.ts';
import { existingRegistry } from '../engine/existing-registry.ts';
import { machineRegistry } from '../machine-registry.ts';
import { madeHere } from '../made-upstreams.ts';
import { say } from '../say.ts';

/** `darkroom why IMAGE`: what changed in an image since it was last published. */
export async function why(options: GlobalOptions, image: string): Promise<void> {
  const workspace = await openWorkspace(options);
  try {
    const localRegistry = isOnLoopback(workspace) ? await existingRegistry(say) : null;
    const made = madeHere(workspace, localRegistry);
    const { client } = machineRegistry(workspace.home);
    const { plan } = await planWorkspace(workspace, { client, localRegistry, images: [image], say, made });
    const entries = plan.images.filter((entry) => entry.name === image);
    if (options.json) {
      process.stdout.write(`${JSON.stringify({ version: 1, image, platforms: entries })}\n`);
      return;
    }
    for (const entry of entries) process.stdout.write(`${describe(plan, entry, '').join('\n')}\n`);
  } finally {
    await workspace.source.close();
  }
}

/** An entry with its reasons, and below a changed parent that parent's own. */
function describe(plan: Plan, entry: PlannedImage, indent: string): readonly string[] {
  const { action, reasons, ref, platform } = entry;
  const lines = action === 'hit' ? [`nothing changed: ${ref} is there`] : reasons;
  const parents = plan.images.filter(
    (other) => other.action === 'build' && other.platform === platform && entry.parents.includes(other.name),
  );
  return [
    `${indent}${nodeName(plan.images, entry)}: ${action}`,
    ...lines.map((line) => `${indent}  ${line}`),
    ...(action === 'hit' ? [] : parents.flatMap((parent) => describe(plan, parent, `${indent}  `))),
  ];
}
