import path from 'node:path';
import type { ActionRun } from '../lib/action/action-run.ts';
import { inWorkspace } from '../lib/action/in-workspace.ts';
import { DarkroomError } from '../lib/errors/darkroom-error.ts';
import { problemsOf } from '../lib/errors/problems-of.ts';
import { type OpenedRepository, openForge, openForgeRepository } from '../lib/forge/open-forge.ts';
import { commitMoves, readOwnHead } from '../lib/refresh/commit-moves.ts';
import { type PreparedBuild, prepareBuild, startBuild, wasStarted } from '../lib/refresh/dispatch-build.ts';
import { forgeSightings } from '../lib/refresh/forge-sightings.ts';
import {
  type Proposal,
  type ProposalPlace,
  type Proposed,
  proposeMoves,
  readProposal,
} from '../lib/refresh/propose-moves.ts';
import { refreshPlaces } from '../lib/refresh/refresh-places.ts';
import type { SightingStore, Sightings } from '../lib/refresh/sightings.ts';
import {
  refreshBody,
  refreshJson,
  refreshMarkdown,
  refreshMessage,
  refreshText,
  refreshTitle,
} from '../lib/report/render-refresh.ts';
import { upstreamResolvers } from '../lib/workspace/plan-workspace.ts';
import { type Refreshed, refreshWorkspace } from '../lib/workspace/refresh-workspace.ts';
import type { RefreshInputs } from './inputs.ts';

/** What was done, for people and for outputs. */
interface Done {
  readonly line: string;
  readonly commit?: string;
  readonly pull?: string;
}

const NO_PROPOSAL: Proposal = { open: null, head: null, isTouched: false, proposed: [], declined: new Set() };
const DONE: Readonly<Record<Exclude<Proposed['kind'], 'none'>, string>> = {
  opened: 'A pull request was opened',
  renewed: 'The pull request was renewed',
  unchanged: 'The pull request stays as it is',
  closed: 'Nothing is left to move; the pull request was closed',
  touched: 'Somebody else committed to the branch of the pull request, which was left alone',
};

/** Moves the pins of the lock to what has stood long enough, as a commit or a pull request. */
export async function refresh(inputs: RefreshInputs, run: ActionRun): Promise<void> {
  await inWorkspace(run, inputs, async ({ workspace, client }) => {
    const opened = open(inputs, run);
    const { repository, patience } = opened;
    const base =
      workspace.workflow?.defaultBranch ?? (await patience.politely(() => repository.readDefaultBranch()));
    if (!inputs.isDryRun) checkBranch(workspace.workflow?.branch ?? null, base);
    const lockPath = path.relative(workspace.source.root, workspace.lockFile.path);
    const places = refreshPlaces(lockPath);
    const place = { base, lockPath, branch: places.branch };
    const proposal = inputs.way === 'commit' ? NO_PROPOSAL : await readProposal(place, opened);
    const sightings = forgeSightings(places.seen, opened);
    const found = await refreshWorkspace(workspace, {
      ...{ client, resolvers: upstreamResolvers(client, workspace.source.root), sightings },
      ...{ soakMs: inputs.soakMs, now: Date.now() },
      ...{ proposed: proposal.proposed, declined: proposal.declined },
    });
    run.say(refreshText(found));
    const done = inputs.isDryRun
      ? { line: 'A dry run: nothing was written.' }
      : await write({ inputs, place, proposal, found, sightings, opened, run });
    run.say(done.line);
    run.setOutput('moved', String(found.moves.length));
    run.setOutput('result', JSON.stringify(refreshJson(found)));
    run.setOutput('commit', done.commit ?? '');
    run.setOutput('pull-request', done.pull ?? '');
    await run.summarise(`${refreshMarkdown(found)}\n${done.line}\n`);
    for (const { reason } of found.unresolved) run.fail(reason);
  });
}

/** What another branch no longer needs, or needs besides, is none of what the default branch has locked. */
function checkBranch(branch: string | null, base: string): void {
  if (branch === base) return;
  const message = `This run is for ${JSON.stringify(branch)}, and the lock moves on ${JSON.stringify(base)} alone.`;
  const hint = 'Start it there; with "dry-run: true" it says what would move here.';
  throw new DarkroomError({ code: 'refresh/other-branch', message, hint }, { kind: 'use' });
}

interface Work {
  readonly inputs: RefreshInputs;
  readonly place: ProposalPlace;
  readonly proposal: Proposal;
  readonly found: Refreshed;
  readonly sightings: SightingStore;
  readonly opened: OpenedRepository;
  readonly run: ActionRun;
}

async function write(work: Work): Promise<Done> {
  await keepSightings(work.sightings, work.found.sightings, work.run);
  return work.inputs.way === 'commit' ? commit(work) : propose(work);
}

async function propose({ place, proposal, found, opened }: Work): Promise<Done> {
  const moves = {
    changes: found.moves.length === 0 ? [] : [...found.moves, ...found.dropped],
    ...{ title: refreshTitle(found.moves), body: refreshBody(found), message: refreshMessage(found) },
  };
  const proposed = await proposeMoves(place, moves, proposal, opened);
  if (proposed.kind === 'none') return { line: 'There is nothing to propose.' };
  const { url } = proposed.pull;
  return { line: `${DONE[proposed.kind]}: ${url}`, ...(proposed.kind === 'closed' ? {} : { pull: url }) };
}

async function commit(work: Work): Promise<Done> {
  const { place, found, opened, run } = work;
  const branch = place.base;
  if (found.moves.length === 0) return startLeftOut(work);
  const build = await prepare(work);
  const changes = [...found.moves, ...found.dropped];
  const message = refreshMessage(found);
  const made = await commitMoves({ branch, lockPath: place.lockPath, changes, message }, opened);
  if (made === null) return { line: `${JSON.stringify(branch)} has it already.` };
  run.say(`Committed ${made.slice(0, 12)} to ${JSON.stringify(branch)}.`);
  const page = await startBuild(build, made, causeOf(run));
  return { line: `${JSON.stringify(branch)} is at ${made.slice(0, 12)}; started: ${page}`, commit: made };
}

/** A step that was stopped after its commit left nobody to build it. */
async function startLeftOut(work: Work): Promise<Done> {
  const { place, opened, run } = work;
  const nothing = { line: 'There is nothing to commit.' };
  const own = await readOwnHead(place.base, opened);
  if (own === null) return nothing;
  const build = await prepare(work);
  if (await wasStarted(build, own.date)) return nothing;
  const page = await startBuild(build, own.commit, causeOf(run));
  return { line: `${own.commit.slice(0, 12)} was committed before and never built; started: ${page}` };
}

function prepare({ inputs, place, run }: Work): Promise<PreparedBuild> {
  const { address, workflow } = inputs;
  const say = (line: string): void => run.say(line);
  const forge = openForge(address, { mask: (secret) => run.mask(secret), say });
  return prepareBuild(workflow, { repository: address.repository, branch: place.base }, forge, say);
}

function open({ address, way }: RefreshInputs, run: ActionRun): OpenedRepository {
  const connection = { mask: (secret: string) => run.mask(secret), say: (line: string) => run.say(line) };
  const needs = way === 'commit' ? ({ actions: 'write' } as const) : ({ pull_requests: 'write' } as const);
  return openForgeRepository(address, connection, { contents: 'write', ...needs });
}

/** What has no date waits longer without them; everything else need not. */
async function keepSightings(store: SightingStore, sightings: Sightings, run: ActionRun): Promise<void> {
  try {
    if (Object.keys(sightings).length > 0) await store.write(sightings);
  } catch (error) {
    for (const problem of problemsOf(error)) run.warning(problem);
  }
}

function causeOf({ env }: ActionRun) {
  const { GITHUB_REPOSITORY = '', GITHUB_RUN_ID = '', GITHUB_JOB = '', GITHUB_ACTION = '' } = env;
  return { repository: GITHUB_REPOSITORY, runId: GITHUB_RUN_ID, job: GITHUB_JOB, step: GITHUB_ACTION };
}
