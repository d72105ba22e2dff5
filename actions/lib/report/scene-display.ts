/** Shows the stages of a scene as they go: three rows on a terminal, lines elsewhere. */
import type { SceneListener } from '../reconstruct/run-scene.ts';
import type { StageVerdict } from '../scene/judge-stage.ts';
import { STAGES, type Stage } from '../scene/stage.ts';
import type { StageEvent } from '../scene/stage-event.ts';
import { advance, NO_PROGRESS, type StageProgress, secondsLeft } from '../scene/stage-progress.ts';
import type { ImageProgress } from './image-progress.ts';
import { createProgressReporter, type ProgressReporter } from './live-progress.ts';

/** A display of a scene; closed at the end. */
export type SceneDisplay = SceneListener & Pick<ProgressReporter, 'close'>;

/** Where it is shown. */
export interface SceneDisplayOptions {
  readonly stream: NodeJS.WriteStream;
  /** Plain lines even on a terminal. */
  readonly isLogged?: boolean;
  /** Milliseconds. */
  readonly now?: () => number;
}

/** Shows nothing of a stage's own output, which is for the case that it fails. */
export function createSceneDisplay({ stream, isLogged, now = Date.now }: SceneDisplayOptions): SceneDisplay {
  const reporter = createProgressReporter({
    ...{ stream, now, isLogged: isLogged === true },
    images: STAGES.map((name, index) => ({ name, waitsFor: STAGES.slice(Math.max(0, index - 1), index) })),
  });
  let started = now();
  let progress = NO_PROGRESS;
  const show = (stage: Stage, next: StageProgress): void => {
    progress = next;
    const { done, message } = next;
    reporter.update(stage, { state: 'working', done, message, secondsLeft: secondsLeft(next, now()) });
  };
  return {
    onStart(stage) {
      started = now();
      show(stage, { ...NO_PROGRESS, message: 'starting' });
    },
    onEvent(stage, event) {
      if (event.event === 'progress' && event.stage === stage) show(stage, advance(progress, event, now()));
      for (const line of spokenLines(event)) reporter.log(`${stage}: ${line}`);
    },
    onOutput() {},
    onEnd: (stage, verdict) => reporter.update(stage, toProgress(verdict, (now() - started) / 1000)),
    close: () => reporter.close(),
  };
}

function spokenLines(event: StageEvent): readonly string[] {
  if (event.event !== 'notice' && event.event !== 'warning') return [];
  const mark = event.event === 'warning' ? 'warning: ' : '';
  return event.message.split('\n').map((line) => `${mark}${line}`);
}

function toProgress(verdict: StageVerdict | null, seconds: number): ImageProgress {
  if (verdict === null) return { state: 'done', outcome: 'skipped', seconds, note: 'stopped' };
  if (verdict.kind === 'failed') return { state: 'done', outcome: 'failed', seconds };
  return { state: 'done', outcome: verdict.result.skipped ? 'kept' : 'finished', seconds };
}
