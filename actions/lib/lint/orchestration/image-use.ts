/** What files that run images say of them, whatever runs them. */
import type { Span } from '../finding.ts';
import type { PlacedText } from './config-value.ts';
import type { ImageBuild } from './image-build.ts';

/** A container of a pod, a task, a job, a service; places are in `file`. */
export interface ImageUse {
  /** Relative to the root of the project. */
  readonly file: string;
  readonly runner: 'kubernetes' | 'ecs' | 'batch' | 'compose';
  /** What it is called there, and where that stands. */
  readonly name: PlacedText;
  /** May hold parts that are not known. */
  readonly image: PlacedText;
  /** The same place says how it is built. */
  readonly builtBy: ImageBuild | null;
  /** Takes the place of `ENTRYPOINT`, and `CMD` with it; `null` where it is not given. */
  readonly entrypoint: GivenCommand | null;
  /** Takes the place of `CMD`; `null` where it is not given. */
  readonly command: GivenCommand | null;
  readonly workingFolder: PlacedText | null;
  /** Ports that it says the container has, is asked at or is led to. */
  readonly ports: readonly UsedPort[];
  /** Programs that are run in it to see how it is. */
  readonly probes: readonly GivenCommand[];
  readonly environment: readonly GivenVariable[];
  /** Absolute folders and files that something is laid over; `null` where one of them is not known. */
  readonly mounts: readonly string[] | null;
  /** `null` where nobody can tell from this file alone. */
  readonly hasGpu: boolean | null;
}

/** Words of a command. */
export interface GivenCommand extends Span {
  /** `null` where one of them is not known. */
  readonly words: readonly string[] | null;
}

/** A port of the container. */
export interface UsedPort extends Span {
  readonly port: string;
  /** `declared` alone changes nothing where a pod runs. */
  readonly why: 'declared' | 'asked' | 'led';
}

/** A variable that it is given. */
export interface GivenVariable extends Span {
  readonly name: string;
  /** Its value is computed for every run: only what is run in there can be meant by it. */
  readonly isOfRun: boolean;
}
