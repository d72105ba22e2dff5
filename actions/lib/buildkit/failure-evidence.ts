/** What is known of a failed build, and what a rule makes of it. */
import type { Problem } from '../errors/darkroom-error.ts';
import { sanitiseLine } from '../report/sanitise-line.ts';

/** What is known of a failure. */
export interface Evidence {
  /** Buildx's final error, or that of the failed step. */
  readonly error: string;
  /** Last lines the failed step printed. */
  readonly output: readonly string[];
  /** The failed instruction as BuildKit shows it, on one line. */
  readonly instruction: string | null;
  /** Name of the Buildx builder, for hints. */
  readonly builder: string;
}

/** What a failure was, without its place. */
export interface Finding {
  readonly code: Problem['code'];
  readonly message: string;
  readonly hint?: string;
  /** The same build may pass a moment later. */
  readonly worthRetry: boolean;
}

/** Recognises one way to fail. */
export type Rule = (evidence: Evidence) => Finding | null;

/** BuildKit's words on one line, without the wrappers every error carries. */
export function said(text: string): string {
  return sanitiseLine(text.replace(/^(?:failed to (?:build|solve): )+/, '').replace(/\s*\n\s*/g, ' '));
}
