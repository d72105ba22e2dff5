import type { Edit } from '../lint/finding.ts';
import { type PlacedFinding, type Region, regionOf } from '../lint/placed-finding.ts';
import { rulePage } from '../lint/rule-page.ts';

/** One finding as other programs read it; `docs` is the page of the rule. */
export interface JsonFinding {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly rule: string;
  readonly severity: string;
  readonly message: string;
  readonly docs: string;
  readonly fix?: {
    readonly description: string;
    readonly safe: boolean;
    /** Places in the file as it is; to be applied from the last to the first. */
    readonly edits: readonly (Region & { readonly text: string })[];
  };
}

/**
 * Findings as data.
 * @param shown the path of a file as the person knows it
 * @param home where the files of Darkroom are, ending in `/`
 */
export function jsonFindings(
  findings: readonly PlacedFinding[],
  shown: (file: string) => string,
  home: string,
): readonly JsonFinding[] {
  return findings.map(({ finding, source, region }) => {
    const { file, rule, severity, message, fix } = finding;
    const edits = (all: readonly Edit[]) =>
      all.map((edit) => ({ ...regionOf(edit, source), text: edit.text }));
    return {
      ...{ file: shown(file), line: region.startLine, column: region.startColumn },
      ...{ endLine: region.endLine, endColumn: region.endColumn, rule, severity, message },
      docs: rulePage(rule, home),
      ...(fix === undefined
        ? {}
        : { fix: { description: fix.description, safe: fix.safe, edits: edits(fix.edits) } }),
    };
  });
}
