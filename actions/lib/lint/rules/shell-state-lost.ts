import { commandSpan } from '../command-text.ts';
import type { Fix } from '../finding.ts';
import type { LintedDockerfile, LintedInstruction } from '../linted-dockerfile.ts';
import type { Draft, Rule } from '../rule.ts';
import type { ShellCommand } from '../shell-script.ts';

/** `RUN export A=b`, `RUN cd /x`: the shell that knows of it ends with the instruction. */
export const shellStateLost: Rule = {
  id: 'shell-state-lost',
  severity: 'warning',
  title: 'What a step sets for its shell is gone in the next one',
  covers: ['DL3003'],
  *check(file) {
    for (const instruction of file.stages.flatMap(({ instructions }) => instructions)) {
      const commands = instruction.shell?.commands ?? [];
      const last = commands.at(-1);
      if (instruction.keyword !== 'RUN' || last === undefined || instruction.shell?.problem !== null)
        continue;
      if (last.within.length > 0 || last.redirects.length > 0) continue;
      const instead = insteadOf(last, commands);
      if (instead !== null) yield draft(last, instead, instruction, commands.length === 1, file);
    }
  },
};

/** The instruction that does what was meant; `null`: the command is no such thing, or may be meant for this step alone. */
function insteadOf(last: ShellCommand, commands: readonly ShellCommand[]): string | null {
  const [, first] = last.words;
  if (last.name === 'export' && last.assignments.length > 0) return 'ENV';
  if (last.name === 'cd' && first !== undefined) {
    return commands.every(({ name }) => name === 'cd' || name === 'mkdir') ? 'WORKDIR' : null;
  }
  const isSourced = last.name === 'source' || last.name === '.';
  const isForShell =
    /(?:^|\/)(?:activate|\.?bashrc|\.?bash_profile|\.?profile|setvars\.sh|setup\.(?:ba)?sh|env)$/;
  if (isSourced && isForShell.test(first?.text ?? first?.raw ?? '')) return 'ENV PATH';
  return /^(?:conda|mamba|micromamba)$/.test(last.name ?? '') && first?.text === 'activate'
    ? 'ENV PATH'
    : null;
}

function draft(
  last: ShellCommand,
  instead: string,
  instruction: LintedInstruction,
  isAlone: boolean,
  { source, escapeChar }: LintedDockerfile,
): Draft {
  const advice =
    instead === 'ENV PATH'
      ? 'put the folder of its programs first in "ENV PATH", or write it before each command'
      : `use "${instead}"`;
  return {
    ...commandSpan(last),
    message: `"${source.text.slice(last.start, last.end)}" is forgotten at the end of the step, because each "RUN" has a shell of its own; ${advice}`,
    ...(isAlone ? replaced(last, instead, instruction, escapeChar) : {}),
  };
}

function replaced(
  { words, assignments, start, end }: ShellCommand,
  instead: string,
  instruction: LintedInstruction,
  escapeChar: string,
): { fix?: Fix } {
  const from = instruction.body.offsets[0] ?? instruction.start;
  const isHeredoc = start !== from || instruction.flags.length > 0;
  const values = assignments.map(({ name, value }) => `${name}=${value?.raw ?? ''}`);
  const text = instead === 'ENV' ? values.join(' ') : (words[1]?.raw ?? '');
  // What the shell computes, `ENV` and `WORKDIR` cannot.
  if (instead === 'ENV PATH' || isHeredoc || /[`~*]|\$\(/.test(text) || text.includes(escapeChar)) return {};
  const edits = [{ start: instruction.start, end, text: `${instead} ${text}` }];
  return { fix: { description: `make it ${instead}`, safe: false, edits } };
}
