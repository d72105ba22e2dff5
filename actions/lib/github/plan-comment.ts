/** Tells a pull request what its plan is: a notice, and one comment that is kept up to date. */
import type { ActionRun } from '../action/action-run.ts';
import type { Plan } from '../plan/plan.ts';
import { planMarkdown, planSentence } from '../report/render-plan.ts';
import { createComments } from './octokit-comments.ts';
import { readRunEvent } from './run-event.ts';

/** A comment as far as it matters here. */
export interface Comment {
  readonly id: number;
  readonly body: string;
  readonly isBot: boolean;
}

/** Port: the comments of one pull request. */
export interface Comments {
  list(): Promise<readonly Comment[]>;
  create(body: string): Promise<void>;
  update(id: number, body: string): Promise<void>;
}

/** Tells our comment from others; people do not see it. */
const MARK = '<!-- darkroom-plan -->';

/** GitHub refuses longer ones ("body is too long (maximum is 65536 characters)"). */
const MAX_BODY = 65_536;

/** Writes notice and comment where the run is for a pull request; a token that may not comment is no failure. */
export async function commentOnPullRequest(
  run: ActionRun,
  token: string | undefined,
  plan: Plan,
): Promise<void> {
  const { number } = await readRunEvent(run.env);
  if (number === null) return;
  run.notice(planSentence(plan));
  const repository = run.env.GITHUB_REPOSITORY ?? '';
  if (token === undefined || !/^[\w.-]+\/[\w.-]+$/.test(repository)) return;
  try {
    await writeComment(await createComments(token, repository, number), planMarkdown(plan));
  } catch (error) {
    // A pull request from a fork has a token that only reads.
    run.say(`No comment was written on the pull request: ${error instanceof Error ? error.message : error}`);
  }
}

/** Keeps one comment with the plan: written once, changed when the plan does. */
export async function writeComment(comments: Comments, markdown: string): Promise<void> {
  const whole = `${MARK}\n${markdown}`;
  const note = '\n\n… the rest is on the page of the run.\n';
  const body = whole.length <= MAX_BODY ? whole : `${cutAtLine(whole, MAX_BODY - note.length)}${note}`;
  // Anybody can write the mark; only what a bot wrote is ours to change.
  const own = (await comments.list()).find((comment) => comment.isBot && comment.body.startsWith(MARK));
  if (own === undefined) await comments.create(body);
  else if (own.body !== body) await comments.update(own.id, body);
}

function cutAtLine(text: string, length: number): string {
  const cut = text.slice(0, length);
  return cut.slice(0, cut.lastIndexOf('\n'));
}
