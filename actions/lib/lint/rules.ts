import type { Rule } from './rule.ts';
import { unquotedSpecifier } from './rules/unquoted-specifier.ts';

/** Every rule, in the order of their ids; written by `scripts/lint-rules.ts`. */
// biome-ignore format: one line each
export const RULES: readonly Rule[] = [
  unquotedSpecifier,
];
