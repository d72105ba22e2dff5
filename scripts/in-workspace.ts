import {
  type GlobalOptions,
  openWorkspace,
  type Workspace,
} from '../actions/lib/workspace/open-workspace.ts';

/** Opens the workspace a verb works in, and closes it afterwards. */
export async function inWorkspace(
  options: GlobalOptions,
  work: (workspace: Workspace, started: number) => Promise<void>,
): Promise<void> {
  const started = Date.now();
  const workspace = await openWorkspace(options);
  try {
    await work(workspace, started);
  } finally {
    await workspace.source.close();
  }
}
