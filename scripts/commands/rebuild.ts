/** `darkroom rebuild` and `build`: the whole line, and its first half. */
import type { GlobalOptions } from '../../actions/lib/workspace/open-workspace.ts';
import { develop } from '../develop.ts';
import { inWorkspace } from '../in-workspace.ts';
import { publishDeveloped } from '../publish-developed.ts';
import { reportBlocked, reportRun } from '../report-run.ts';
import { say } from '../say.ts';

/** Plans, builds what is missing and publishes. */
export async function rebuild(options: GlobalOptions): Promise<void> {
  await inWorkspace(options, async (workspace, started) => {
    const developed = await develop(workspace, null, say);
    reportBlocked(developed, [], workspace.workflow !== null);
    const whole = [...developed.outcomes.values()].every((outcome) => outcome.status === 'done');
    const published = whole ? await publishDeveloped(workspace, developed, { explicit: false }) : null;
    await reportRun(developed, published, { json: workspace.options.json === true, started });
  });
}

/** Builds the images named and what they need; moves no tag. */
export async function build(options: GlobalOptions, images: readonly string[]): Promise<void> {
  await inWorkspace(options, async (workspace, started) => {
    const developed = await develop(workspace, images, say);
    reportBlocked(developed, images, workspace.workflow !== null);
    await reportRun(developed, null, { json: workspace.options.json === true, started });
  });
}
