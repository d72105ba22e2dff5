import { createRegistryClient } from '../../actions/lib/registry/registry-client.ts';
import { existingRegistry } from '../engine/existing-registry.ts';
import { planWorkspace } from '../plan-workspace.ts';
import { say } from '../say.ts';
import { type GlobalOptions, openWorkspace } from '../workspace.ts';

/** `darkroom why IMAGE`: what changed in an image since it was last published. */
export async function why(options: GlobalOptions, image: string): Promise<void> {
  const workspace = await openWorkspace(options);
  try {
    const { plan } = await planWorkspace(workspace, {
      client: createRegistryClient(),
      localRegistry: workspace.target.kind === 'local' ? await existingRegistry(say) : null,
      images: [image],
      unreachable: new Set(),
      say,
    });
    const entries = plan.images.filter((entry) => entry.name === image);
    if (options.json) {
      process.stdout.write(`${JSON.stringify({ version: 1, image, platforms: entries })}\n`);
      return;
    }
    for (const { platform, action, reasons, ref } of entries) {
      const found = action === 'hit' ? [`nothing changed: ${ref} is there`] : reasons;
      process.stdout.write(
        `${image} (${platform}): ${action}\n${found.map((reason) => `  ${reason}\n`).join('')}`,
      );
    }
  } finally {
    await workspace.source.close();
  }
}
