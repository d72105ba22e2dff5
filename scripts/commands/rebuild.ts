/** `darkroom rebuild`, `build` and `publish`: the whole line, its first half, its second half. */
import { DarkroomError, formatProblem, type Problem } from '../../actions/lib/errors/darkroom-error.ts';
import { repositoryOf } from '../../actions/lib/image/repository-of.ts';
import type { Plan } from '../../actions/lib/plan/plan.ts';
import { type PublishResult, publishImages } from '../../actions/lib/publish/publish-images.ts';
import { publishedSet } from '../../actions/lib/publish/published-set.ts';
import { createRegistryClient } from '../../actions/lib/registry/registry-client.ts';
import { planSentence } from '../../actions/lib/report/render-plan.ts';
import { type RunImage, runTable } from '../../actions/lib/report/render-run.ts';
import { type Developed, develop } from '../develop.ts';
import { existingRegistry } from '../engine/existing-registry.ts';
import { planWorkspace } from '../plan-workspace.ts';
import { readRun } from '../read-run.ts';
import { say } from '../say.ts';
import { type GlobalOptions, openWorkspace, type Workspace } from '../workspace.ts';

/** Plans, builds what is missing and publishes. */
export async function rebuild(options: GlobalOptions): Promise<void> {
  await inWorkspace(options, async (workspace, started) => {
    const developed = await develop(workspace, null, say);
    const whole = [...developed.outcomes.values()].every((outcome) => outcome.status === 'done');
    const published = whole ? await publishDeveloped(workspace, developed) : null;
    await report(workspace, developed, published, started);
  });
}

/** Builds the images named and what they need; moves no tag. */
export async function build(options: GlobalOptions, images: readonly string[]): Promise<void> {
  await inWorkspace(options, async (workspace, started) => {
    const developed = await develop(workspace, images, say);
    reportBlocked(developed, images);
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
      unreachable: new Set(),
      say,
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
  const problems = reportFailures(developed);
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

/** Says which of the images asked for are blocked, and by what; sets the exit code. */
export function reportBlocked({ work }: Developed, images: readonly string[]): boolean {
  const blocked = work.plan.images.filter((image) => image.action === 'blocked');
  const asked = blocked.filter((image) => images.includes(image.name));
  if (asked.length === 0) return false;
  process.exitCode = 1;
  for (const { name, reasons } of blocked) say(`${name} is blocked: ${reasons.join('; ')}`);
  return true;
}

/** A node's own failure; what was cancelled or skipped for another's sake is none. */
function failures({ outcomes, interrupted }: Developed): readonly Problem[] {
  if (interrupted) {
    return [
      { code: 'build/cancelled', message: 'Stopped. Nothing was published; what was finished is kept.' },
    ];
  }
  return [...outcomes].flatMap(([id, outcome]) => {
    if (outcome.status !== 'failed') return [];
    const { error } = outcome;
    return error instanceof DarkroomError ? error.problems : [toProblem(id, error)];
  });
}

/** A full disk may show anywhere; everything else that has no words of its own is a bug. */
function toProblem(id: string, error: unknown): Problem {
  if (error instanceof Error && (error as NodeJS.ErrnoException).code === 'ENOSPC') {
    const hint = 'Free space there, or set TMPDIR to a larger disk.';
    return { code: 'build/disk-full', message: `"${id}": the disk is full: ${error.message}`, hint };
  }
  return { code: 'build/bug', message: `"${id}": ${error instanceof Error ? error.stack : String(error)}` };
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
  const how = example === undefined ? '' : `\nStart one: scripts/darkroom run ${example.name} [command…]`;
  return `Published to ${target} in ${took}: ${moved || 'every tag stood already'}.${how}`;
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
