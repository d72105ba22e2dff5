/** Requirements of Python packages, as far as their versions are plain numbers. */
import { compareVersions } from './compare-versions.ts';

/** `>=` and `2.1`. */
interface Clause {
  readonly operator: string;
  readonly version: string;
}

const CLAUSE = /^(===?|~=|!=|<=?|>=?)\s*v?(\d+(?:\.\d+)*(?:\.\*)?)(?:\+[\w.]+)?$/;

/** Clauses of what follows a name; `null` where one of them is not plain, or holds under a condition only. */
export function clausesOf(constraint: string): readonly Clause[] | null {
  const written = constraint.replace(/^\[[^\]]*\]/, '').trim();
  if (written === '') return [];
  const clauses: Clause[] = [];
  for (const part of written.split(',')) {
    const match = CLAUSE.exec(part.trim());
    if (match === null) return null;
    clauses.push({ operator: match[1] ?? '', version: match[2] ?? '' });
  }
  return clauses;
}

/** The only version that is allowed, `2.1.0` of `[extra]==2.1.0+cu118`. */
export function exactVersion(constraint: string): string | null {
  const [clause, second] = clausesOf(constraint) ?? [];
  const isExact = clause !== undefined && second === undefined && /^===?$/.test(clause.operator);
  return isExact && !clause.version.endsWith('*') ? clause.version : null;
}

/** Whether a version fulfils all clauses; `null` where that cannot be told. */
export function allows(constraint: string, version: string): boolean | null {
  return clausesOf(constraint)?.every((clause) => fulfils(clause, version)) ?? null;
}

function fulfils({ operator, version: wanted }: Clause, version: string): boolean {
  const bare = wanted.replace(/\.\*$/, '');
  const order = compareVersions(version, bare);
  const isWithin = compareVersions(version.split('.').slice(0, bare.split('.').length).join('.'), bare) === 0;
  const isSame = bare === wanted ? order === 0 : isWithin;
  switch (operator) {
    case '!=':
      return !isSame;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    case '~=': {
      const series = bare.split('.').slice(0, -1);
      return (
        order >= 0 &&
        compareVersions(version.split('.').slice(0, series.length).join('.'), series.join('.')) === 0
      );
    }
    default:
      return isSame;
  }
}
