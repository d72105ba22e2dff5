/** Where variables stand in `ENV` and `ARG`. */
import type { Span } from './finding.ts';
import type { LintedInstruction, LintedStage } from './linted-dockerfile.ts';

/** One variable that an instruction sets. */
export interface VariablePlace extends Span {
  readonly name: string;
  /** As written, quotes too; nothing where there is none. */
  readonly raw: string;
  /** Where `raw` begins. */
  readonly valueStart: number;
  /** Variables filled in, as the next instruction sees it; `null` where it is not known. */
  readonly value: string | null;
  readonly instruction: LintedInstruction;
}

/** The places in a stage itself where `ENV`, and `ARG` where that is asked for, set one of these variables. */
export function variablePlaces(
  stage: LintedStage,
  names: ReadonlySet<string>,
  { args }: { readonly args: boolean },
): readonly VariablePlace[] {
  return stage.instructions.flatMap((instruction, index) => {
    const { command, body } = instruction;
    if (command.kind !== 'env' && !(args && command.kind === 'arg')) return [];
    const written = (command.kind === 'env' ? command.pairs : command.args).map(({ name }) => name);
    const after = stage.instructions[index + 1]?.variables;
    return written.flatMap((name) => {
      if (!names.has(name)) return [];
      const match = new RegExp(`(?:^|\\s)(${name}(?:=|\\s+|$))("(?:[^"\\\\]|\\\\.)*"|'[^']*'|\\S*)`).exec(
        body.text,
      );
      if (match === null) return [];
      const [all, before = '', raw = ''] = match;
      const end = match.index + all.length;
      const start = end - raw.length - before.length;
      const at = (index: number) => body.offsets[index] ?? instruction.start;
      const place = { start: at(start), end: endOf(body.offsets, end), valueStart: at(end - raw.length) };
      return [{ ...place, name, raw, value: after?.get(name) ?? null, instruction }];
    });
  });
}

/** The character before the end is of the word; the next one may stand behind a continuation. */
function endOf(offsets: readonly number[], end: number): number {
  return (offsets[end - 1] ?? 0) + 1;
}
