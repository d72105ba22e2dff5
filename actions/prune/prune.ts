import type { ActionRun } from '../lib/action/action-run.ts';
import { inWorkspace } from '../lib/action/in-workspace.ts';
import { DarkroomError } from '../lib/errors/darkroom-error.ts';
import { pruneMarkdown, pruneText } from '../lib/report/render-prune.ts';
import type { Workspace } from '../lib/workspace/open-workspace.ts';
import { pruneWorkspace } from '../lib/workspace/prune-workspace.ts';
import type { PruneInputs } from './inputs.ts';

/** A log is read in a browser. */
const WIDTH = 200;

/** Says what nothing that is published names any more, and deletes it where that is asked for. */
export async function prune(inputs: PruneInputs, run: ActionRun): Promise<void> {
  const { options, logins } = inputs;
  const token = logins.token ?? null;
  await inWorkspace(run, inputs, async ({ workspace, client }) => {
    const place = { target: homeOf(workspace, options.deletes), deletes: options.deletes };
    const result = await pruneWorkspace(workspace, place.target, {
      ...options,
      ...{ client, token, localRegistry: null, made: null, takesOver: false },
      say: (line) => run.say(line),
      packages: async () => ({
        api: run.env.GITHUB_API_URL ?? 'https://api.github.com',
        token: token ?? noToken(),
      }),
    });
    run.setOutput('manifests', String(result.gone.length));
    run.setOutput('bytes', String(result.gone.reduce((sum, { bytes }) => sum + bytes, 0)));
    run.say(pruneText(place, result, WIDTH));
    for (const { image, reason, isFailure } of result.left) {
      const problem = { code: 'prune/left', message: `"${image}" was left as it is: ${reason}` } as const;
      if (isFailure) run.fail(problem);
      else run.warning(problem);
    }
    await run.summarise(pruneMarkdown(place, result));
  });
}

/** Anybody's run may look; only one that may write home deletes there. */
function homeOf({ home, target }: Workspace, deletes: boolean): string {
  if (home === null) {
    throw new DarkroomError(
      {
        code: 'prune/no-home',
        message: 'No home registry is known, and only that is pruned by a workflow.',
        hint: 'Write "registry: ghcr.io/owner/name" into the matrix, or give the input "registry".',
      },
      { kind: 'use' },
    );
  }
  if (!deletes || target.kind === 'home') return home;
  throw new DarkroomError(
    {
      code: 'prune/not-here',
      message: 'This run may not write home: only runs for the default branch or a tag delete there.',
      hint: 'Start it on the default branch, or leave out "delete".',
    },
    { kind: 'use' },
  );
}

function noToken(): never {
  throw new DarkroomError(
    { code: 'input/token', message: 'The input "token" is empty; "ghcr.io" is looked through with one.' },
    { kind: 'use' },
  );
}
