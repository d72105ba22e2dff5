/** What a rule is. */
import type { Finding, Fix, Severity, Span } from './finding.ts';
import type { LintedDockerfile } from './linted-dockerfile.ts';
import type { LintedProject } from './linted-project.ts';

/** What a rule found: the rest of the finding follows from the rule and the file. */
export interface Draft extends Span {
  /** Another file than the one that is checked. */
  readonly file?: string;
  /** Another severity than the rule's own. */
  readonly severity?: Severity;
  readonly message: string;
  readonly fix?: Fix;
}

/** A rule that looks at one Dockerfile. Its id is the name of its file, of its page and of its test. */
export interface Rule {
  /** Words with `-`, stable. */
  readonly id: string;
  readonly severity: Severity;
  /** What is wrong, in a few words: heading of its page. */
  readonly title: string;
  /** Codes of hadolint that say the same of the same instruction: theirs are left out where this rule spoke. */
  readonly covers: readonly string[];
  /** What it finds lies in other files and does not come from the Dockerfile: it counts where those files are asked for. */
  readonly isOfProject?: true;
  /** The same words in several files are one thing to decide, and said at the first of them. */
  readonly isSaidOnce?: true;
  check(file: LintedDockerfile, project: LintedProject): Iterable<Draft>;
}

/** Makes a rule's drafts findings. */
export function runRule(rule: Rule, file: LintedDockerfile, project: LintedProject): readonly Finding[] {
  return Array.from(rule.check(file, project), ({ file: other, severity, ...draft }) => ({
    ...{ file: other ?? file.source.file, rule: rule.id, severity: severity ?? rule.severity },
    ...draft,
  }));
}
