import type { PlacedFinding } from './placed-finding.ts';
import type { Rule } from './rule.ts';

/**
 * What several files have in common is shown at the first of them, with how many more there are.
 * Only for what people are shown: programs that compare need every one, or a file that comes before the others would make them new.
 */
export function saidOnce(
  findings: readonly PlacedFinding[],
  rules: readonly Rule[],
): readonly PlacedFinding[] {
  const once = new Set(rules.flatMap(({ id, isSaidOnce }) => (isSaidOnce ? id : [])));
  const groups = Map.groupBy(
    findings.filter(({ finding }) => once.has(finding.rule)),
    ({ finding: { rule, message } }) => JSON.stringify([rule, message]),
  );
  const others = new Map([...groups.values()].map(([first, ...rest]) => [first, rest]));
  return findings.flatMap((placed) => {
    if (!once.has(placed.finding.rule)) return placed;
    const rest = others.get(placed);
    return rest === undefined ? [] : withCount(placed, rest);
  });
}

function withCount(placed: PlacedFinding, rest: readonly PlacedFinding[]): PlacedFinding {
  const { finding } = placed;
  const files = new Set(rest.map((other) => other.finding.file).filter((file) => file !== finding.file)).size;
  if (files === 0) return placed;
  const more = files === 1 ? 'one other file has it too' : `${files} other files have it too`;
  return { ...placed, finding: { ...finding, message: `${finding.message}; ${more}` } };
}
