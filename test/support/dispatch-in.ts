/** Dispatches in a fake forge, by a clock that jumps. */

import { readDispatchRequest } from '../../actions/lib/dispatch/dispatch-request.ts';
import type { RunOutcome } from '../../actions/lib/dispatch/dispatch-runs.ts';
import { type DispatchOptions, dispatchRuns } from '../../actions/lib/dispatch/dispatch-runs.ts';
import type { LeftRuns } from '../../actions/lib/dispatch/left-runs.ts';
import { prepareDispatch } from '../../actions/lib/dispatch/prepare-dispatch.ts';
import type { Clock } from '../../actions/lib/forge/clock.ts';
import { type ForgeLogin, type OpenedForge, openForge } from '../../actions/lib/forge/open-forge.ts';
import { createFakeClock } from './fake-clock.ts';
import { createFakeForge, type FakeForge, type FakeForgeOptions } from './fake-forge.ts';

/** A workflow with inputs of every kind, that shows in the title of a run which dispatch it is. */
export const FORM = `
name: Form
run-name: scene \${{ inputs.scene }} \${{ inputs.darkroom-id }}
on:
  workflow_dispatch:
    inputs:
      scene: { type: string, required: true }
      preset: { type: choice, options: [preview, standard, high], default: preview }
      steps: { type: number }
      dry: { type: boolean, default: false }
      darkroom-id: { type: string }
jobs: {}
`;

/** The same, without anything that tells its runs apart. */
export const PLAIN =
  'name: Plain\non: { workflow_dispatch: { inputs: { scene: { type: string } } } }\njobs: {}\n';

/** What is asked for. */
export interface AskedDispatch extends Partial<Omit<DispatchOptions, 'timeoutMs' | 'maxParallel'>> {
  readonly workflow?: string;
  readonly inputs?: string;
  readonly timeoutMinutes?: string;
  readonly maxParallel?: string;
  readonly login?: ForgeLogin;
}

/** What came of it. */
export interface Dispatched {
  readonly outcomes: readonly RunOutcome[];
  readonly lines: readonly string[];
  readonly logs: readonly (readonly string[])[];
  readonly forge: FakeForge;
  /** To be cancelled, as last told. */
  readonly left: LeftRuns;
  readonly masked: readonly string[];
  /** Milliseconds of the fake clock. */
  readonly tookMs: number;
}

let ids = 0;

/** Makes a forge and dispatches in it. @param onForge told before anything is asked */
export async function dispatchIn(
  options: Partial<FakeForgeOptions>,
  asked: AskedDispatch = {},
  onForge: (forge: FakeForge, clock: Clock) => void = () => undefined,
): Promise<Dispatched> {
  const clock = createFakeClock();
  const forge = createFakeForge({ workflows: { 'form.yml': FORM }, now: clock.now, ...options });
  onForge(forge, clock);
  const dispatched = await dispatchWith(forge, clock, asked);
  if (forge.broken.length > 0)
    throw new Error(`the forge's description was broken: ${forge.broken.join('; ')}`);
  return { ...dispatched, forge };
}

/** Dispatches in a forge that is there. */
export async function dispatchWith(
  forge: FakeForge,
  clock: Clock,
  asked: AskedDispatch,
): Promise<Omit<Dispatched, 'forge'>> {
  const request = readDispatchRequest({
    ...{
      workflow: asked.workflow ?? 'form.yml',
      repository: 'acme/vision',
      inputs: asked.inputs ?? 'scene: a',
    },
    ...{ timeoutMinutes: asked.timeoutMinutes ?? '350', maxParallel: asked.maxParallel ?? '4' },
  });
  const [lines, logs]: [string[], (readonly string[])[]] = [[], []];
  let left: LeftRuns = { runs: [], marks: [] };
  const began = clock.now();
  const { opened, masked } = openFake(forge, clock, asked.login, lines);
  const prepared = await prepareDispatch(request, null, opened, (line) => lines.push(line));
  const outcomes = await dispatchRuns(
    prepared,
    {
      ...{ waits: true, stop: new AbortController().signal, cause: null, isRepeated: false },
      makeId: () => (++ids).toString(16).padStart(12, '0'),
      ...asked,
      ...{ timeoutMs: request.timeoutMs, maxParallel: request.maxParallel },
    },
    opened,
    {
      ...{ onStart() {}, onJobs() {}, onEnd() {} },
      onLine: (_, line) => lines.push(line),
      onLog: (_, __, shown) => logs.push(shown),
      onLeft(now) {
        left = now;
      },
    },
  );
  return { outcomes, lines, logs, left, masked, tookMs: clock.now() - began };
}

/** Opens a fake forge as it would be opened. */
export function openFake(
  forge: FakeForge,
  clock: Clock,
  login: ForgeLogin = { kind: 'token', token: 'secret' },
  lines: string[] = [],
): { readonly opened: OpenedForge; readonly masked: readonly string[] } {
  const masked: string[] = [];
  const opened = openForge(
    { api: 'https://ghe.example.com/api/v3', repository: 'acme/vision', login },
    { clock, fetch: forge.fetch, mask: (secret) => masked.push(secret), say: (line) => lines.push(line) },
  );
  return { opened, masked };
}
