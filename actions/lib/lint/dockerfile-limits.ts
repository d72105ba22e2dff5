import { splitInstructions } from '../dockerfile/split-instructions.ts';
import type { LintedDockerfile } from './linted-dockerfile.ts';

/** Far above what people write and programs generate; some rules compare every command with every other. */
const MOST = {
  characters: 256 * 1024,
  instructions: 2000,
  stages: 250,
  commands: 4000,
  redirects: 4000,
} as const;

/** Says why a text is too much to be read, or `null`. */
export function tooMuchToRead(text: string, file: string): string | null {
  if (text.length > MOST.characters) return tooMuch('characters', text.length);
  const { instructions } = splitInstructions(text, file);
  if (instructions.length > MOST.instructions) return tooMuch('instructions', instructions.length);
  const stages = instructions.filter(({ keyword }) => keyword === 'FROM').length;
  return stages > MOST.stages ? tooMuch('stages', stages) : null;
}

/** Says why a Dockerfile that was read is too much for rules, or `null`. */
export function tooMuchToCheck({ stages }: LintedDockerfile): string | null {
  const all = stages.flatMap(({ instructions }) => instructions);
  const commands = all.flatMap(({ shell }) => shell?.commands ?? []);
  if (commands.length > MOST.commands) return tooMuch('commands', commands.length);
  const redirects = commands.reduce((sum, command) => sum + command.redirects.length, 0);
  return redirects > MOST.redirects ? tooMuch('redirects', redirects) : null;
}

function tooMuch(what: keyof typeof MOST, count: number): string {
  return `it has ${count} ${what}; expected no more than ${MOST[what]}`;
}
