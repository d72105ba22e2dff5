/** What a person is told at the end of a run, and what `--json` prints. */
import type { Developed } from '../actions/lib/build/build-nodes.ts';
import { blockedProblems, failures } from '../actions/lib/build/developed-problems.ts';
import { readRun } from '../actions/lib/build/read-run.ts';
import { formatProblem, type Problem } from '../actions/lib/errors/darkroom-error.ts';
import type { Plan } from '../actions/lib/plan/plan.ts';
import type { PublishResult } from '../actions/lib/publish/publish-plan.ts';
import { planSentence } from '../actions/lib/report/render-plan.ts';
import { publishedImages } from '../actions/lib/report/render-publish.ts';
import { type RunImage, runTable } from '../actions/lib/report/render-run.ts';
import { say } from './say.ts';

/** Tells how a run ended, with the sizes of what it built. @param started milliseconds */
export async function reportRun(
  developed: Developed,
  published: PublishResult | null,
  { json, started }: { readonly json: boolean; readonly started: number },
): Promise<void> {
  // First what needs nothing more: a registry that is gone for good must not take it along.
  const problems = [...reportFailures(developed), ...blockedProblems(developed.work)];
  for (const notice of published?.notices ?? []) say(notice);
  const images = await readRun(developed);
  const seconds = (Date.now() - started) / 1000;
  if (json) {
    process.stdout.write(`${JSON.stringify(toDocument(developed, images, published, problems, seconds))}\n`);
    return;
  }
  process.stdout.write(toText(developed, images, published, seconds));
}

/** Says what failed and sets the exit code; gives what it said. */
export function reportFailures(developed: Developed): readonly Problem[] {
  const problems = failures(developed);
  if (problems.length > 0) process.exitCode = 1;
  for (const problem of problems) say(formatProblem(problem));
  return problems;
}

/** Says what is blocked and by what, in full; sets the exit code when that is more than a registry out of reach. */
export function reportBlocked(developed: Developed, asked: readonly string[], workflow: boolean): boolean {
  const { work } = developed;
  const blocked = work.plan.images.filter((image) => image.action === 'blocked');
  for (const problem of blockedProblems(work)) say(formatProblem(problem));
  const isFault = [...work.nodes.values()].some(
    ({ key, ...node }) =>
      key === null &&
      'unpinned' in node &&
      node.unpinned.some(({ pin }) => pin.state === 'missing' && pin.isFault),
  );
  const isAsked = blocked.some((image) => asked.includes(image.name));
  if (blocked.length > 0 && (isFault || isAsked || workflow)) process.exitCode = 1;
  return isAsked;
}

function toText(
  { work, outcomes }: Developed,
  images: readonly RunImage[],
  published: PublishResult | null,
  seconds: number,
): string {
  const { target } = work.plan;
  const took = `${seconds.toFixed(1)} s`;
  const isQuiet = outcomes.size === 0 && !images.some((image) => image.result === 'blocked');
  if (isQuiet && (published === null || published.moved.length === 0)) {
    return `${planSentence(work.plan)} (${target}, ${took})\n`;
  }
  return `${runTable(images, process.stdout.columns ?? 120)}\n\n${outcomeText(work.plan, published, took)}\n`;
}

function outcomeText({ target, images }: Plan, published: PublishResult | null, took: string): string {
  if (published === null || published.tags.length === 0) return `No tag was moved (${took}).`;
  const moved = published.moved.map(({ image, tag }) => `${image}:${tag}`).join(', ');
  const leaves = images.filter((image) => !images.some((other) => other.parents.includes(image.name)));
  const example = leaves.findLast(({ name }) => published.tags.some((tag) => tag.image === name));
  const how = example === undefined ? '' : `\nStart one: darkroom run ${example.name} [command…]`;
  const what =
    moved === ''
      ? `Every tag stands where it should at ${target} (${took}).`
      : `Published to ${target} in ${took}: ${moved}.`;
  return `${what}${how}`;
}

function toDocument(
  { work }: Developed,
  images: readonly RunImage[],
  published: PublishResult | null,
  problems: readonly Problem[],
  seconds: number,
) {
  const named = (result: RunImage['result']) =>
    images.filter((image) => image.result === result).map(({ name }) => name);
  return {
    version: 1,
    built: named('built'),
    hits: named('hit'),
    unneeded: named('unneeded'),
    blocked: named('blocked'),
    failed: named('failed'),
    skipped: named('skipped'),
    published: publishedImages(work.plan.target, published?.tags ?? []),
    notices: published?.notices ?? [],
    problems,
    seconds,
  };
}
