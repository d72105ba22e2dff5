/** Where one image of a run stands, or one stage of a scene, and the words a display uses for it. */
import prettyBytes from 'pretty-bytes';
import type { BuildPhase } from '../buildkit/build-summary.ts';

/** How an image ended; `finished` and `kept`: a stage, made now or there already. */
export type ImageOutcome = 'built' | 'hit' | 'finished' | 'kept' | 'failed' | 'blocked' | 'skipped';

/** Where one image stands. */
export type ImageProgress =
  | { readonly state: 'waiting'; readonly waitsFor: readonly string[] }
  | { readonly state: 'exporting' }
  | {
      readonly state: 'building';
      readonly phase: BuildPhase | null;
      /** `3/7 RUN make` */
      readonly step: string | null;
      readonly bytes: { readonly done: number; readonly total: number | null } | null;
    }
  | {
      /** A stage: share from 0 to 1, and its own words. */
      readonly state: 'working';
      readonly done: number;
      readonly message: string;
      /** `null`: not known. */
      readonly secondsLeft: number | null;
    }
  | {
      readonly state: 'done';
      readonly outcome: ImageOutcome;
      readonly seconds: number;
      /** A few words on why, for example the parent that blocks it. */
      readonly note?: string;
    };

const PHASE_WORDS: Readonly<Record<BuildPhase, string>> = {
  run: 'running',
  pull: 'pulling its base',
  context: 'sending the context',
  push: 'pushing',
  export: 'packing layers',
  cache: 'writing the cache',
};

/** One phrase for a display, without the image's name. */
export function describeProgress(progress: ImageProgress): string {
  switch (progress.state) {
    case 'waiting':
      return progress.waitsFor.length === 0 ? 'waiting' : `waiting for ${progress.waitsFor.join(', ')}`;
    case 'exporting':
      return 'exporting the context';
    case 'building':
      return [describeActivity(progress.phase, progress.step), describeBytes(progress.bytes)]
        .filter((part) => part !== '')
        .join(' · ');
    case 'working':
      return describeWork(progress);
    case 'done':
      return describeOutcome(progress);
  }
}

/** `1m 05s`, `12s`, `0.3s`: never wider than seven columns below a day. */
export function formatSeconds(seconds: number): string {
  if (seconds < 10 && !Number.isInteger(seconds)) return `${seconds.toFixed(1)}s`;
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (hours > 0) return `${hours}h ${String(minutes).padStart(2, '0')}m`;
  return minutes > 0 ? `${minutes}m ${String(rest).padStart(2, '0')}s` : `${rest}s`;
}

function describeActivity(phase: BuildPhase | null, step: string | null): string {
  if (phase === null) return 'building';
  if (phase === 'run') return step ?? PHASE_WORDS.run;
  return PHASE_WORDS[phase];
}

/** The share is rounded down: nothing is at 100 % before its end. */
function describeWork({ done, message, secondsLeft }: Extract<ImageProgress, { state: 'working' }>): string {
  const left = secondsLeft === null ? '' : `about ${formatSeconds(Math.ceil(secondsLeft))} left`;
  return [`${Math.floor(done * 100)} %`, left, message].filter((part) => part !== '').join(' · ');
}

function describeBytes(bytes: { readonly done: number; readonly total: number | null } | null): string {
  if (bytes === null || bytes.done === 0) return '';
  return bytes.total === null
    ? prettyBytes(bytes.done)
    : `${prettyBytes(bytes.done)} of ${prettyBytes(bytes.total)}`;
}

function describeOutcome(progress: Extract<ImageProgress, { state: 'done' }>): string {
  const words: Readonly<Record<ImageOutcome, string>> = {
    built: `built in ${formatSeconds(progress.seconds)}`,
    hit: 'already in the registry',
    finished: `done in ${formatSeconds(progress.seconds)}`,
    kept: 'already there',
    failed: `failed after ${formatSeconds(progress.seconds)}`,
    blocked: 'blocked',
    skipped: 'skipped',
  };
  const note = progress.note === undefined ? '' : `: ${progress.note}`;
  return words[progress.outcome] + note;
}
