import type { ActionRun } from '../lib/action/action-run.ts';
import { developHere, makeStateFolder } from '../lib/action/develop-here.ts';
import { inWorkspace, type OpenedAction } from '../lib/action/in-workspace.ts';
import type { Developed } from '../lib/build/build-nodes.ts';
import { requireEngine } from '../lib/docker/engine.ts';
import { sweepTemporaryFolders } from '../lib/process/temporary-folder.ts';
import { type PreparedScene, prepareScene } from '../lib/reconstruct/prepare-scene.ts';
import { type Reconstructed, reconstructScene } from '../lib/reconstruct/reconstruct-scene.ts';
import { sceneMarkdown, sceneText } from '../lib/report/render-scene.ts';
import { createSceneDisplay, type SceneDisplay } from '../lib/report/scene-display.ts';
import { sceneFigures } from '../lib/scene/scene-figures.ts';
import type { SceneResult } from '../lib/scene/scene-result.ts';
import { verdictProblems } from '../lib/scene/verdict-problems.ts';
import type { ReconstructInputs } from './inputs.ts';

/** What a stage said that the log keeps: its last lines. */
const MOST_LINES = 2000;

/** Makes a scene from photographs on this runner; what the storage has already is not made again. */
export async function reconstruct(inputs: ReconstructInputs, run: ActionRun): Promise<void> {
  await inWorkspace(run, inputs, async (opened) => {
    const prepared = await prepareScene(opened.workspace.matrix, inputs.written, process.cwd());
    const state = await makeStateFolder(run);
    await sweepTemporaryFolders();
    const images = Object.values(prepared.images);
    await developHere(opened, run, { state, images, platforms: null }, (developed) =>
      runStages(opened, run, state, prepared, developed),
    );
  });
}

async function runStages(
  opened: OpenedAction,
  run: ActionRun,
  state: string,
  prepared: PreparedScene,
  developed: Developed,
): Promise<void> {
  const started = Date.now();
  const outcome = await reconstructScene(prepared, developed, {
    ...{ findEngine: () => requireEngine(state), say: (line) => run.say(line), show: () => showStages(run) },
    lend: (engine, work) => opened.withLogins(developed.work, engine, work),
  });
  await report(run, outcome, (Date.now() - started) / 1000);
}

/** Lines as they come; what a stage printed beside its events in a group at its end, its warnings beside the run. */
function showStages(run: ActionRun): SceneDisplay {
  const display = createSceneDisplay({ stream: process.stderr, isLogged: true });
  let lines: string[] = [];
  return {
    ...display,
    onEvent(stage, event) {
      display.onEvent(stage, event);
      if (event.event === 'warning') {
        run.warning({ code: 'scene/warning', message: `${stage}: ${event.message}` });
      }
    },
    onOutput(_, line) {
      if (lines.push(line) > MOST_LINES) lines.shift();
    },
    onEnd(stage, verdict) {
      display.onEnd(stage, verdict);
      if (lines.length > 0) run.group(`Output of ${stage}`, lines);
      lines = [];
    },
  };
}

async function report(run: ActionRun, outcome: Reconstructed, seconds: number): Promise<void> {
  if (outcome.kind === 'stopped') {
    run.say('Stopped. The next run goes on from the last checkpoint.');
    process.exitCode = outcome.exitCode;
    return;
  }
  const problems = outcome.kind === 'done' ? verdictProblems(outcome.result) : outcome.problems;
  if (outcome.kind === 'done') {
    setOutputs(run, outcome.result);
    run.say(sceneText(outcome.result, seconds).trimEnd());
  }
  // Last, where they are looked for.
  for (const problem of problems) run.fail(problem);
  if (outcome.kind === 'done') await run.summarise(sceneMarkdown(outcome.result));
}

function setOutputs(run: ActionRun, result: SceneResult): void {
  const { outputs, sfm, train } = result;
  run.setOutput('result', JSON.stringify(result));
  run.setOutput('figures', JSON.stringify(sceneFigures(result)));
  run.setOutput('folder', outputs.folder);
  run.setOutput('report', outputs.report);
  run.setOutput('viewer', outputs.viewer);
  run.setOutput('ply', outputs.ply);
  run.setOutput('psnr', String(train.psnr ?? ''));
  run.setOutput('registered', String(sfm.registered ?? ''));
}
