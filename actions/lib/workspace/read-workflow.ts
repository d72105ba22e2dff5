/** What a workflow run says of itself. */
export interface Workflow {
  /** Branch that was pushed; `null` for a tag. */
  readonly branch: string | null;
  readonly tag: string | null;
  readonly defaultBranch: string | null;
  /** On the default branch or a tag: home may be written. Never in a pull request. */
  readonly mayPublish: boolean;
}

/**
 * Reads the run's environment; `null` outside a workflow.
 * @param event what `GITHUB_EVENT_PATH` holds
 */
export function readWorkflow(
  env: Readonly<Record<string, string | undefined>>,
  event: unknown,
): Workflow | null {
  if (env.GITHUB_ACTIONS !== 'true') return null;
  const name = env.GITHUB_REF_NAME ?? null;
  const tag = env.GITHUB_REF_TYPE === 'tag' ? name : null;
  const branch = env.GITHUB_HEAD_REF || (tag === null ? name : null);
  // A schedule tells nothing of the repository, and always runs for the default branch:
  // https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows#schedule
  const defaultBranch = defaultBranchOf(event) ?? (env.GITHUB_EVENT_NAME === 'schedule' ? branch : null);
  const isPullRequest = (env.GITHUB_EVENT_NAME ?? '').startsWith('pull_request');
  return {
    branch,
    tag,
    defaultBranch,
    mayPublish: !isPullRequest && (tag !== null || (branch !== null && branch === defaultBranch)),
  };
}

function defaultBranchOf(event: unknown): string | null {
  const branch = (event as { repository?: { default_branch?: unknown } } | null)?.repository?.default_branch;
  return typeof branch === 'string' ? branch : null;
}
