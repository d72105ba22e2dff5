import { docsOf } from './hadolint-findings.ts';
import { RULES } from './rules.ts';

/** Where this repository can be read; nothing while it has no address of its own. With it, pages are whole addresses. */
const REPOSITORY = '';

const RULE_IDS = new Set(RULES.map(({ id }) => id));
const FOLDER = 'actions/lib/lint';

/** Every id that a finding of Darkroom's own rules may have. */
export function knownRules(): readonly string[] {
  return [...RULE_IDS];
}

/** The page that says what a rule looks at and why. */
export function rulePage(rule: string): string {
  if (RULE_IDS.has(rule)) return `${REPOSITORY}${FOLDER}/rules/${rule}.md`;
  return docsOf(rule) ?? `${REPOSITORY}${FOLDER}/other-findings.md`;
}
