/** Made upstreams as planning and building see them: which there are, which can be made, and making those that miss. */
import { DarkroomError } from '../actions/lib/errors/darkroom-error.ts';
import { parseImageReference } from '../actions/lib/image/image-reference.ts';
import type { MadeUpstreams } from '../actions/lib/plan/pin-upstreams.ts';
import type { WantedUpstream } from '../actions/lib/plan/wanted-upstreams.ts';
import type { Workspace } from '../actions/lib/workspace/open-workspace.ts';
import type { PlanOptions } from '../actions/lib/workspace/plan-workspace.ts';
import { ensureEngine, ensureRegistry } from './engine/engine.ts';
import { findFolders } from './engine/folders.ts';
import { findRecipe } from './engine/made/find-recipe.ts';
import { forgetMade, readMade } from './engine/made/made-lock.ts';
import { makeUpstream } from './engine/made/make-upstream.ts';

type WantedImage = Extract<WantedUpstream, { kind: 'image' }>;

/** How a workspace is planned with what was made on this machine; a workflow's machine is new every time and makes nothing. */
export function madeHere(
  { workflow }: Workspace,
  registry: string | null,
  unmakeable?: ReadonlySet<string>,
): PlanOptions['made'] {
  return workflow === null ? () => madeUpstreams(registry, unmakeable) : null;
}

/** Reads what was made on this machine; `registry` is `null` when it is not asked, and then nothing is built either. */
export async function madeUpstreams(
  registry: string | null,
  unmakeable: ReadonlySet<string> = new Set(),
): Promise<MadeUpstreams> {
  const { images } = await readMade(findFolders().state);
  return {
    find(reference, platform) {
      const digest = images[reference]?.[platform]?.digest;
      if (digest === undefined) return null;
      const name = parseImageReference(reference).repository.replace(/^library\//, '');
      return { ref: `${registry ?? 'localhost'}/darkroom/made/${name}@${digest}`, digest };
    },
    canMake: (reference, platform) =>
      unmakeable.has(reference) || findRecipe(reference, platform) === null
        ? null
        : "its registry does not answer, Debian's packages do",
  };
}

/**
 * Makes upstream images, one after the other: each is bound by the network and the disk. Gives the references of those
 * that could not be made; what needs them is blocked, everything else goes on.
 */
export async function makeUpstreams(
  wanted: readonly WantedImage[],
  say: (line: string) => void,
): Promise<ReadonlySet<string>> {
  const engine = await ensureEngine(say);
  const registry = await ensureRegistry(say);
  const failed = new Set<string>();
  for (const { name, platform } of wanted) {
    const recipe = findRecipe(name, platform);
    if (recipe === null) continue;
    say(`${name} cannot be had; it is made from Debian's packages, for this machine only.`);
    try {
      await makeUpstream(recipe, { engine, registry, onLine: say });
    } catch (error) {
      if (!(error instanceof DarkroomError)) throw error;
      say(error.message);
      failed.add(name);
    }
  }
  return failed;
}

/** Forgets made images, so that the next run makes them anew. */
export async function forgetUpstreams(wanted: readonly WantedImage[]): Promise<void> {
  await forgetMade(
    findFolders().state,
    wanted.map(({ name, platform }) => ({ reference: name, platform })),
  );
}
