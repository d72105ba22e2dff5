/** `darkroom publish`: the second half of the line, and the way back. */
import { DarkroomError } from '../../actions/lib/errors/darkroom-error.ts';
import { keeperOf } from '../../actions/lib/publish/keeper.ts';
import { type RollbackResult, rollBack } from '../../actions/lib/publish/roll-back.ts';
import { publishedImages } from '../../actions/lib/report/render-publish.ts';
import { type GlobalOptions, isOnLoopback } from '../../actions/lib/workspace/open-workspace.ts';
import { planWorkspace, targetRegistry } from '../../actions/lib/workspace/plan-workspace.ts';
import { existingRegistry } from '../engine/existing-registry.ts';
import { inWorkspace } from '../in-workspace.ts';
import { machineRegistry } from '../machine-registry.ts';
import { madeHere } from '../made-upstreams.ts';
import { publishDeveloped } from '../publish-developed.ts';
import { reportBlocked, reportRun } from '../report-run.ts';
import { say } from '../say.ts';

/** Options of `publish` alone. */
export interface PublishCommandOptions {
  readonly rollback?: true;
}

/** Moves the tags to what is built already, or back to where they stood before. */
export async function publish(options: GlobalOptions, { rollback }: PublishCommandOptions): Promise<void> {
  await inWorkspace(options, async (workspace, started) => {
    const { client } = machineRegistry(workspace.home);
    const localRegistry = isOnLoopback(workspace) ? await existingRegistry(say) : null;
    const json = options.json === true;
    if (workspace.target.kind === 'local' && localRegistry === null) throw nothingHere();
    if (rollback) {
      const target = targetRegistry(workspace, localRegistry);
      const { source, matrixPath: matrix } = workspace;
      const keeper = keeperOf({ origin: source.identity.origin, matrix });
      reportRollback(target, await rollBack(client, target, workspace.event, keeper), json);
      return;
    }
    const work = await planWorkspace(workspace, {
      ...{ client, localRegistry, images: null, say },
      made: madeHere(workspace, localRegistry),
    });
    const developed = { work, client, outcomes: new Map(), interrupted: false };
    reportBlocked(developed, [], workspace.workflow !== null);
    await reportRun(developed, await publishDeveloped(workspace, developed, { explicit: true }), {
      json,
      started,
    });
  });
}

function nothingHere(): DarkroomError {
  return new DarkroomError({
    code: 'publish/not-built',
    message: 'Nothing was published: nothing was ever built on this machine.',
    hint: 'Run "darkroom rebuild", which builds what is missing and publishes then.',
  });
}

function reportRollback(target: string, result: RollbackResult, json: boolean): void {
  const { undone, restored, tags, moved, left, passed } = result;
  const notices = [
    ...left.map(
      (tag) => `"${tag}" was new in what was rolled back; registries cannot delete a tag alone, so it stays.`,
    ),
    ...passed.map((tag) => `"${tag}" was moved on since by something else, so it stays.`),
  ];
  for (const notice of notices) say(notice);
  if (json) {
    const published = publishedImages(target, tags);
    process.stdout.write(`${JSON.stringify({ version: 1, undone, restored, published, notices })}\n`);
    return;
  }
  const names = moved.map(({ image, tag }) => `${image}:${tag}`).join(', ');
  const from = undone === null ? 'The last publish' : `The publish of ${undone.slice(0, 12)}`;
  const to = restored === null ? '' : ` It stands as of ${restored.slice(0, 12)} again.`;
  process.stdout.write(
    `${from} was rolled back at ${target}: ${names === '' ? 'no tag had to move' : names}.${to}\n`,
  );
}
