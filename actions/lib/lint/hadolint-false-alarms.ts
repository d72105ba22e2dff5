import {
  finalStage,
  type LintedDockerfile,
  type LintedInstruction,
  type LintedStage,
  lineageOf,
} from './linted-dockerfile.ts';

/** Whether hadolint is wrong about an instruction: it sees one file, fills in no variable, and knows no matrix. */
export function isFalseAlarm(
  code: string,
  file: LintedDockerfile,
  instruction: LintedInstruction | null,
): boolean {
  if (instruction === null) return false;
  if (code.startsWith('SC')) return isForOtherShell(instruction);
  return CHECKS[code]?.(file, instruction) ?? false;
}

type Check = (file: LintedDockerfile, instruction: LintedInstruction) => boolean;

const CHECKS: Readonly<Record<string, Check>> = {
  DL3002: (file, instruction) => !isLastUser(file, instruction),
  DL3006: isSettled,
  DL3022: isNamedContext,
  DL3045: hasWorkdir,
};

/** ShellCheck is asked of scripts for PowerShell too. */
function isForOtherShell({ keyword, shell, exec }: LintedInstruction): boolean {
  return keyword === 'RUN' && shell === null && exec === null;
}

/** "Last USER should not be root": of the image that is published, not of a stage on the way to it. */
function isLastUser(file: LintedDockerfile, instruction: LintedInstruction): boolean {
  const last = finalStage(file);
  const users =
    last === null ? [] : lineageOf(last).flatMap(({ instructions }) => instructions.filter(isUser));
  return users.at(-1) === instruction;
}

function isUser({ keyword }: LintedInstruction): boolean {
  return keyword === 'USER';
}

/** The base has a tag or a digest once its variables are filled in, or is made by this project, or is not known. */
function isSettled(file: LintedDockerfile, instruction: LintedInstruction): boolean {
  const base = file.stages.find(({ from }) => from.start === instruction.start)?.base;
  if (base?.kind !== 'image') return base !== undefined;
  return base.parent !== null || base.facts === null || (base.facts.tag ?? base.facts.digest) !== null;
}

/** "COPY --from should reference a stage": it may name a context that the build is given. */
function isNamedContext({ build }: LintedDockerfile, { command }: LintedInstruction): boolean {
  return command.kind === 'copy' && build.contexts.has(command.from);
}

/** "COPY to a relative destination without WORKDIR": an image below this one has set it, in this file or another. */
function hasWorkdir(file: LintedDockerfile, instruction: LintedInstruction): boolean {
  const stage = file.stages.find(({ instructions }) => instructions.includes(instruction));
  return stage !== undefined && lineageOf(stage).some(setsWorkdir);
}

function setsWorkdir({ instructions }: LintedStage): boolean {
  return instructions.some(({ keyword }) => keyword === 'WORKDIR');
}
