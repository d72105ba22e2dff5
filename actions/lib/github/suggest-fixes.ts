/** Puts fixes into a pull request as suggestions that a person can commit; each once, however often it is pushed to. */
import type { PlacedFinding } from '../lint/placed-finding.ts';
import { lintSuggestions, suggestionMarks } from '../report/lint-suggestions.ts';
import type { PullRequests } from './octokit-pull-requests.ts';
import { parseHunks } from './parse-hunks.ts';

/** Which pull request. */
export interface SuggestOptions {
  readonly number: number;
  /** Its last commit, which the findings were found in. */
  readonly commit: string;
  /** The address of a rule's page. */
  page(rule: string): string;
}

/** What came of it. */
export interface Suggested {
  /** Findings whose fix stands in the pull request, from this run or an earlier one. */
  readonly findings: ReadonlySet<PlacedFinding>;
  /** Suggestions that this run made. */
  readonly made: number;
}

/** People stop reading far earlier; what is left stands in annotations. */
const MOST = 20;

/** Makes one review of what was not suggested before. @throws what the port throws */
export async function suggestFixes(
  findings: readonly PlacedFinding[],
  pulls: PullRequests,
  { number, commit, page }: SuggestOptions,
): Promise<Suggested> {
  if (findings.every(({ finding }) => finding.fix === undefined)) return { findings: new Set(), made: 0 };
  const [patches, bodies] = await Promise.all([pulls.patches(number), pulls.comments(number)]);
  const hunks = new Map([...patches].map(([file, patch]) => [file, parseHunks(patch)]));
  const { known, suggestions } = lintSuggestions(findings, {
    page,
    marks: new Set(bodies.flatMap(suggestionMarks)),
    // GitHub takes a comment only on lines of one part of the diff.
    isShown: (file, from, to) =>
      hunks.get(file)?.some((hunk) => hunk.startLine <= from && to <= hunk.endLine) ?? false,
  });
  const chosen = suggestions.slice(0, MOST);
  if (chosen.length > 0) {
    const body = `Darkroom lint suggests ${chosen.length === 1 ? 'a change' : `${chosen.length} changes`}.`;
    await pulls.review(number, { commit, body, comments: chosen });
  }
  return {
    findings: new Set([...known, ...chosen.flatMap((suggestion) => suggestion.findings)]),
    made: chosen.length,
  };
}
