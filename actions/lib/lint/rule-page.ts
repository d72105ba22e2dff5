import { docsOf } from './hadolint-findings.ts';
import { RULES } from './rules.ts';

const RULE_IDS = new Set(RULES.map(({ id }) => id));
const FOLDER = 'actions/lib/lint';

/** Every id that a finding of Darkroom's own rules may have. */
export function knownRules(): readonly string[] {
  return [...RULE_IDS];
}

/**
 * The page that says what a rule looks at and why.
 * @param home where the files of Darkroom can be read, ending in `/`; without it a page is a path in its repository
 */
export function rulePage(rule: string, home = ''): string {
  if (RULE_IDS.has(rule)) return `${home}${FOLDER}/rules/${rule}.md`;
  return docsOf(rule) ?? `${home}${FOLDER}/other-findings.md`;
}
