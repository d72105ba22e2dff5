import { BUSYBOX_PROGRAMS, fullVersionOf, refusedOption } from '../busybox.ts';
import { instructionsBefore } from '../cuda-base.ts';
import { installsOf } from '../installs.ts';
import { invocationOf } from '../invocation.ts';
import { factsOf, type LintedInstruction, type LintedStage } from '../linted-dockerfile.ts';
import type { Draft, Rule } from '../rule.ts';
import { type ShellCommand, wordValue } from '../shell-script.ts';

/** An option of GNU's programs on Alpine, whose own know few of them. */
export const busyboxOptionMissing: Rule = {
  id: 'busybox-option-missing',
  severity: 'error',
  title: 'A program of BusyBox is given an option that it does not have',
  covers: [],
  *check({ stages }) {
    for (const stage of stages.filter(isAlpine)) {
      for (const instruction of stage.instructions) {
        if (instruction.keyword === 'RUN') yield* draftsOf(instruction, stage);
      }
    }
  },
};

/** Images that hold little besides Alpine and a language. */
function isAlpine(stage: LintedStage): boolean {
  const facts = factsOf(stage);
  return (
    facts?.distribution?.name === 'alpine' &&
    /^docker\.io\/library\/(?:alpine|python|node|golang)$/.test(facts.repository)
  );
}

function* draftsOf(instruction: LintedInstruction, stage: LintedStage): Generator<Draft> {
  const commands = instruction.shell?.commands ?? [];
  for (const [at, command] of commands.entries()) {
    const { program, args } = invocationOf(command) ?? { program: '', args: [] };
    if (!BUSYBOX_PROGRAMS.has(program) || command.within.includes('condition')) continue;
    const isPast = command.after === '||';
    // Another way may follow; with nothing but success behind it, the work is never done and nobody learns of it.
    if (isPast && !/^(?:true|:)$/.test(commands[at + 1]?.name ?? '')) continue;
    const values = args.map((word) => wordValue(word, (name) => instruction.variables.get(name)));
    const release = factsOf(stage)?.distribution?.release ?? null;
    const refused = refusedOption(program, values, release);
    const full = fullVersionOf(program);
    if (refused === null || (full !== null && mayHold(full, program, command, instruction, stage))) continue;
    const { start = command.start, end = command.end } = args[values.indexOf(refused)] ?? {};
    yield { start, end, severity: isPast ? 'warning' : 'error', message: messageFor(program, refused, full) };
  }
}

/** Packages that bring many others. */
const OPEN = /^(?:alpine-sdk|abuild|docs)$|^gnu(?!pg|tls)/;

/** Whether the full program may be in the image by then. */
function mayHold(
  name: string,
  program: string,
  command: ShellCommand,
  instruction: LintedInstruction,
  stage: LintedStage,
): boolean {
  const before = [...instructionsBefore(stage, instruction), instruction];
  return before.some((one) => {
    if (one.command.kind === 'copy') return one.body.text.includes(program);
    if (one.keyword !== 'RUN') return false;
    if (one.shell === null || one.shell.problem !== null) return true;
    return installsOf(one).some(
      ({ manager, packages, others, command: install }) =>
        manager === 'apk' &&
        (one !== instruction || install.start < command.start) &&
        (others.length > 0 || packages.some((each) => each.name === name || OPEN.test(each.name))),
    );
  });
}

function messageFor(program: string, option: string, full: string | null): string {
  const advice =
    full === null
      ? `write it as BusyBox does, see "${program} --help"`
      : `use what it has, see "${program} --help", or install "${full}"`;
  return `"${program}" is that of BusyBox here, which refuses "${option}": ${advice}`;
}
