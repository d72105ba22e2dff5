/** What files that build images say of how, whatever builds them. */
import type { Span } from '../finding.ts';
import type { PlacedText } from './config-value.ts';

/** One image that is built; places are in `file`. */
export interface ImageBuild extends Span {
  /** Relative to the root of the project. */
  readonly file: string;
  /** What it is called there, for people. */
  readonly label: string;
  /** References that it gets, with `UNKNOWN` for what is filled in elsewhere. */
  readonly names: readonly string[];
  /** From the root of the project; `null` where it is not known. */
  readonly dockerfile: string | null;
  readonly dockerfilePlace: Span;
  /** From the root of the project; `null` where it is not known. */
  readonly context: string | null;
  readonly contextPlace: Span;
  readonly target: PlacedText | null;
  /** Names of the arguments that are given. */
  readonly args: readonly PlacedText[];
  /** Nothing that runs before it can have made the files that it names. */
  readonly isUndisturbed: boolean;
}
