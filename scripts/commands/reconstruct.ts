import path from 'node:path';
import { withLogins } from '../../actions/lib/docker/with-logins.ts';
import { formatProblem, type Problem } from '../../actions/lib/errors/darkroom-error.ts';
import { type PreparedScene, prepareScene } from '../../actions/lib/reconstruct/prepare-scene.ts';
import { type Reconstructed, reconstructScene } from '../../actions/lib/reconstruct/reconstruct-scene.ts';
import { sceneText } from '../../actions/lib/report/render-scene.ts';
import { createSceneDisplay } from '../../actions/lib/report/scene-display.ts';
import { verdictProblems } from '../../actions/lib/scene/verdict-problems.ts';
import type { GlobalOptions, Workspace } from '../../actions/lib/workspace/open-workspace.ts';
import { develop } from '../develop.ts';
import { ensureEngine } from '../engine/engine.ts';
import { machineRegistry } from '../machine-registry.ts';
import { printProblems } from '../report-failure.ts';
import { say } from '../say.ts';
import { openSceneWorkspace } from '../scene-workspace.ts';

/** Options of `reconstruct`. */
export interface ReconstructOptions {
  readonly frames: string;
  readonly scene: string;
  readonly storage?: string;
  readonly preset?: string;
  readonly set: readonly string[];
  readonly seed?: string;
  readonly baseline?: string;
}

/** `darkroom reconstruct`: a scene from photographs, by three stages; what is there already is not made again. */
export async function reconstruct(options: GlobalOptions, own: ReconstructOptions): Promise<void> {
  const started = Date.now();
  const workspace = await openSceneWorkspace(options);
  try {
    const { frames, scene, storage = '', preset = '', set, seed = '', baseline = '' } = own;
    const written = { frames, scene, storage, preset, set, seed, baseline };
    const prepared = await prepareScene(workspace.matrix, written, path.resolve(options.directory));
    const outcome = await developAndRun(workspace, prepared);
    report(outcome, options.json === true, (Date.now() - started) / 1000);
  } finally {
    await workspace.source.close();
  }
}

async function developAndRun(workspace: Workspace, prepared: PreparedScene): Promise<Reconstructed> {
  const developed = await develop(workspace, Object.values(prepared.images), say);
  const { credentials } = machineRegistry(workspace.home);
  const lent = { credentials, planned: developed.work, environment: process.env, mask: () => undefined };
  return reconstructScene(prepared, developed, {
    ...{ say, findEngine: () => ensureEngine(say), lend: (engine, work) => withLogins(lent, engine, work) },
    show: () => createSceneDisplay({ stream: process.stderr, isLogged: workspace.workflow !== null }),
  });
}

function report(outcome: Reconstructed, json: boolean, seconds: number): void {
  const problems = outcomeProblems(outcome);
  process.exitCode = outcome.kind === 'done' ? Math.sign(problems.length) : outcome.exitCode;
  if (outcome.kind === 'done') {
    const { result } = outcome;
    process.stdout.write(json ? `${JSON.stringify(result)}\n` : sceneText(result, seconds));
  } else if (json) printProblems(problems);
  // Last, where they are looked for.
  for (const problem of problems) say(formatProblem(problem));
}

function outcomeProblems(outcome: Reconstructed): readonly Problem[] {
  if (outcome.kind === 'failed') return outcome.problems;
  if (outcome.kind === 'stopped') {
    const hint = 'Run the same command again: it goes on from the last checkpoint.';
    return [{ code: 'scene/stopped', message: 'Stopped.', hint }];
  }
  return verdictProblems(outcome.result);
}
