/** Runs the three stages of a scene, one container after the other. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import type { Engine } from '../docker/engine.ts';
import type { Problem } from '../errors/darkroom-error.ts';
import { ownProcess } from '../process/process-owner.ts';
import type { StopRequests } from '../process/stop-on-signals.ts';
import { sanitiseLine } from '../report/sanitise-line.ts';
import { type FailedCode, judgeStage, type StageVerdict } from '../scene/judge-stage.ts';
import { onMachine } from '../scene/machine-paths.ts';
import type { SceneRequest } from '../scene/scene-request.ts';
import { type SceneResult, sceneResult } from '../scene/scene-result.ts';
import { STAGES, type Stage } from '../scene/stage.ts';
import { type StageImage, stageArgv } from '../scene/stage-container.ts';
import { parseStageEvent, type StageEvent, type StageResult } from '../scene/stage-event.ts';
import { runContainer } from './run-container.ts';

/** Told what happens, as it happens. */
export interface SceneListener {
  onStart(stage: Stage): void;
  onEvent(stage: Stage, event: StageEvent): void;
  /** A line of the stage's own output. */
  onOutput(stage: Stage, line: string): void;
  /** `null`: it was asked to stop. */
  onEnd(stage: Stage, verdict: StageVerdict | null): void;
}

/** How a scene ended. */
export type SceneOutcome =
  | { readonly kind: 'done'; readonly result: SceneResult }
  | { readonly kind: 'failed'; readonly exitCode: FailedCode; readonly problems: readonly Problem[] }
  | { readonly kind: 'stopped' };

const TAIL_LINES = 15;
/** Of lines that are no events: whoever prints a million is not listened to. */
const MOST_WARNINGS = 5;

/** Runs every stage; each skips itself where what it would make is there. The first failure ends it. */
export async function runScene(
  engine: Engine,
  request: SceneRequest,
  images: Readonly<Record<Stage, StageImage>>,
  listener: SceneListener,
  requests: StopRequests,
): Promise<SceneOutcome> {
  const results: Partial<Record<Stage, StageResult>> = {};
  for (const stage of STAGES) {
    listener.onStart(stage);
    const keys = Object.fromEntries(Object.entries(results).map(([name, { key }]) => [name, key]));
    const argv = (name: string) => stageArgv(stage, request, images[stage], sceneCaller(name), keys);
    const verdict = await runStage(engine, stage, request, argv, listener, requests);
    listener.onEnd(stage, verdict);
    if (verdict === null) return { kind: 'stopped' };
    if (verdict.kind === 'failed') return verdict;
    results[stage] = verdict.result;
  }
  const { sfm, train, view } = results;
  if (sfm === undefined || train === undefined || view === undefined)
    throw new Error('a stage gave no result');
  return { kind: 'done', result: sceneResult(request, { sfm, train, view }) };
}

async function runStage(
  engine: Engine,
  stage: Stage,
  request: SceneRequest,
  argvOf: (name: string) => readonly string[],
  listener: SceneListener,
  requests: StopRequests,
): Promise<StageVerdict | null> {
  const name = `darkroom-scene-${randomUUID()}`;
  const problems: Problem[] = [];
  const lastLines: string[] = [];
  let result: StageResult | null = null;
  let oddLines = 0;
  const onEvent = (event: StageEvent): void => {
    if (event.event === 'problem') problems.push(event.problem);
    if (event.event === 'result' && event.result.stage === stage) result = event.result;
    listener.onEvent(stage, event);
  };
  const exitCode = await runContainer(engine, {
    ...{ ...requests, name, argv: argvOf(name) },
    onLine(line) {
      const event = parseStageEvent(line ?? '');
      if (event !== null) return onEvent(onMachine(event, request));
      oddLines += 1;
      if (oddLines <= MOST_WARNINGS) onEvent(notAnEvent(line));
    },
    onOutput(line) {
      if (line !== '' && lastLines.push(line) > TAIL_LINES) lastLines.shift();
      listener.onOutput(stage, line);
    },
  });
  if (requests.stop.aborted) return null;
  return judgeStage(stage, { exitCode, problems, result, lastLines });
}

/** It may say what is wrong with the image. */
function notAnEvent(line: string | null): StageEvent {
  const shown = line === null ? 'a line without an end' : JSON.stringify(sanitiseLine(line, 200));
  return { event: 'warning', message: `It said ${shown}, which is no event.` };
}

function sceneCaller(name: string) {
  const folder = path.join(homedir(), '.aws');
  return {
    ...{ name, owner: ownProcess(), user: `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}` },
    variables: new Set(Object.keys(process.env)),
    awsFolder: existsSync(folder) ? folder : null,
  };
}
