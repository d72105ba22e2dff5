import type { LintedDockerfile } from '../lint/linted-dockerfile.ts';
import { isTooDeep } from '../lint/parse-shell.ts';

/** hadolint's time and memory grow with the square of these: here it takes three seconds and 800 MB. */
const MOST = { characters: 100_000, commands: 1000, brackets: 200 } as const;

/** Says why hadolint is not asked about a Dockerfile, or `null`. */
export function tooMuchForHadolint({ source, stages }: LintedDockerfile): string | null {
  const scripts = stages.flatMap(({ instructions }) => instructions.flatMap(({ shell }) => shell ?? []));
  const commands = scripts.reduce((sum, script) => sum + script.commands.length, 0);
  if (source.text.length > MOST.characters) return tooMuch('characters', source.text.length);
  if (commands > MOST.commands) return tooMuch('commands', commands);
  return scripts.some(isTooDeep) || hasDeepBrackets(source.text) ? 'it is nested too deeply' : null;
}

/** Brackets that do not close make no groups, and take hadolint as long. */
function hasDeepBrackets(text: string): boolean {
  let depth = 0;
  for (const [sign] of text.matchAll(/[()]/g)) {
    depth = Math.max(0, depth + (sign === '(' ? 1 : -1));
    if (depth > MOST.brackets) return true;
  }
  return false;
}

function tooMuch(what: 'characters' | 'commands', count: number): string {
  return `it has ${count} ${what}; hadolint would take minutes for more than ${MOST[what]}`;
}
