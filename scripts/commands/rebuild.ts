/** `darkroom rebuild`, `build` and `publish`: the whole line, its first half, its second half. */

import type { Developed } from '../../actions/lib/build/build-nodes.ts';
import { blockedProblems, failures } from '../../actions/lib/build/developed-problems.ts';
import { readRun } from '../../actions/lib/build/read-run.ts';
import { DarkroomError, formatProblem, type Problem } from '../../actions/lib/errors/darkroom-error.ts';
import { repositoryOf } from '../../actions/lib/image/repository-of.ts';
import type { Plan } from '../../actions/lib/plan/plan.ts';
import { type PublishResult, publishImages } from '../../actions/lib/publish/publish-images.ts';
import { publishedSet } from '../../actions/lib/publish/published-set.ts';
import { createRegistryClient } from '../../actions/lib/registry/registry-client.ts';
import { planSentence } from '../../actions/lib/report/render-plan.ts';
import { type RunImage, runTable } from '../../actions/lib/report/render-run.ts';
import {
  type GlobalOptions,
  openWorkspace,
  type Workspace,
} from '../../actions/lib/workspace/open-workspace.ts';
import { planWorkspace } from '../../actions/lib/workspace/plan-workspace.ts';
import { develop } from '../develop.ts';
import { existingRegistry } from '../engine/existing-registry.ts';
import { madeHere } from '../made-upstreams.ts';
import { say } from '../say.ts';

/** Plans, builds what is missing and publishes. */
export async function rebuild(options: GlobalOptions): Promise<void> {
  await inWorkspace(options, async (workspace, started) => {
    const developed = await develop(workspace, null, say);
    reportBlocked(developed, [], workspace.workflow !== null);
    const whole = [...developed.outcomes.values()].every((outcome) => outcome.status === 'done');
    const published = whole ? await publishDeveloped(workspace, developed) : null;
    await report(workspace, developed, published, started);
  });
}

/** Builds the images named and what they need; moves no tag. */
export async function build(options: GlobalOptions, images: readonly string[]): Promise<void> {
  await inWorkspace(options, async (workspace, started) => {
    const developed = await develop(workspace, images, say);
    reportBlocked(developed, images, workspace.workflow !== null);
    await report(workspace, developed, null, started);
  });
}

/** Moves the tags to what is built already. */
export async function publish(options: GlobalOptions): Promise<void> {
  await inWorkspace(options, async (workspace, started) => {
    const client = createRegistryClient();
    const localRegistry = workspace.target.kind === 'local' ? await existingRegistry(say) : null;
    const work = await planWorkspace(workspace, {
      client,
      localRegistry,
      images: null,
      say,
      made: madeHere(workspace, localRegistry),
    });
    const missing = work.plan.images.filter((image) => image.action === 'build');
    if (missing.length > 0) {
      throw new DarkroomError({
        code: 'publish/not-built',
        message: `Nothing was published: ${missing.map((image) => image.name).join(', ')} not built yet.`,
        hint: 'Run "darkroom rebuild", which builds what is missing and publishes then.',
      });
    }
    const developed: Developed = { work, client, outcomes: new Map(), interrupted: false };
    reportBlocked(developed, [], workspace.workflow !== null);
    await report(workspace, developed, await publishDeveloped(workspace, developed), started);
  });
}

async function inWorkspace(
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

async function publishDeveloped(
  workspace: Workspace,
  { work, client, outcomes }: Developed,
): Promise<PublishResult> {
  const built = new Map(
    [...outcomes].flatMap(([id, outcome]) =>
      outcome.status === 'done' ? [[id, outcome.value.digest] as const] : [],
    ),
  );
  const targetRepository = repositoryOf(work.plan.target);
  return publishImages(client, targetRepository, {
    branch: workspace.event.branch,
    commit: workspace.source.identity.commit,
    plan: work.plan,
    images: publishedSet(work, built, targetRepository),
    kept: work.graph.nodes.map(({ id }) => id),
  });
}

async function report(
  workspace: Workspace,
  developed: Developed,
  published: PublishResult | null,
  started: number,
): Promise<void> {
  const images = await readRun(developed);
  const problems = [...reportFailures(developed), ...blockedProblems(developed.work)];
  const seconds = (Date.now() - started) / 1000;
  if (workspace.options.json) {
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
  const tags = [...(published?.tags ?? [])].reverse();
  return {
    version: 1,
    built: named('built'),
    hits: named('hit'),
    unneeded: named('unneeded'),
    blocked: named('blocked'),
    failed: named('failed'),
    skipped: named('skipped'),
    published: Object.fromEntries(
      tags.map(({ image, tag, to }) => [image, { ref: `${work.plan.target}/${image}:${tag}`, digest: to }]),
    ),
    problems,
    seconds,
  };
}
