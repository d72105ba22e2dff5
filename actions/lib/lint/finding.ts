/** What lint says: the shape that every output is made from. */

/** From what breaks a build or an image to what merely reads badly; the words are hadolint's. */
export const SEVERITIES = ['error', 'warning', 'info', 'style'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Part of a file: offsets in UTF-16 code units, `end` exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Replaces a part of the file that the finding is in. */
export interface Edit extends Span {
  readonly text: string;
}

/** A way to mend what was found. */
export interface Fix {
  /** Imperative, for example: quote the requirement. */
  readonly description: string;
  /** Nothing but the fault changes: may be applied without looking. */
  readonly safe: boolean;
  /** Do not overlap; in order. */
  readonly edits: readonly Edit[];
}

/** What a rule hands back: a place in a file, and what is wrong there. */
export interface Finding extends Span {
  /** Relative to the root of the project, with `/`. */
  readonly file: string;
  readonly rule: string;
  readonly severity: Severity;
  /** One sentence with the offending value in quotes, and what to do where the fix does not say it. */
  readonly message: string;
  readonly fix?: Fix;
}
