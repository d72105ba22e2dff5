/** What an image starts: the words of `ENTRYPOINT` and `CMD` as one command. */
import { type LintedInstruction, type LintedStage, lineageOf } from './linted-dockerfile.ts';
import { effective, type PlacedInstruction } from './stage-places.ts';

/** A command with the instruction that names its program. */
export interface StartedProgram {
  readonly words: readonly string[];
  readonly from: PlacedInstruction;
}

/** `null` where nothing is started, or what depends on variables or takes more than one command. */
export function startedProgram(stage: LintedStage): StartedProgram | null {
  const [entry, given] = [effective(stage, 'ENTRYPOINT'), effective(stage, 'CMD')];
  // A new entry point takes away the command of what it stands on.
  const order = lineageOf(stage);
  const isGone = entry !== null && given !== null && order.indexOf(entry.stage) > order.indexOf(given.stage);
  const command = isGone ? null : given;
  const from = entry ?? command;
  if (from === null) return null;
  const isAlone = entry !== null && entry.instruction.exec === null;
  const parts = (isAlone ? [entry] : [entry, command]).map((one) =>
    one === null ? [] : wordsOf(one.instruction),
  );
  if (parts.includes(null)) return null;
  const words = parts.flatMap((part) => part ?? []);
  return words.length === 0 ? null : { words, from };
}

/** Words of an array; those of the script of `["sh", "-c", "…"]` where it is one plain command, else `null`. */
export function plainWords(exec: readonly string[]): readonly string[] | null {
  const [program = '', option = '', script = ''] = exec;
  if (!/^(?:.*\/)?(?:ba|da|z)?sh$/.test(program) || !/^-[a-z]*c$/.test(option)) return exec;
  return /["'`\\\n($;&|<>]/.test(script)
    ? null
    : script
        .trim()
        .replace(/^exec\s+/, '')
        .split(/\s+/);
}

function wordsOf({ exec, shell }: LintedInstruction): readonly string[] | null {
  if (exec !== null) return plainWords(exec);
  const [only, ...others] = shell?.commands ?? [];
  const texts = only?.words.map(({ text }) => text) ?? [];
  if (only === undefined || others.length > 0 || texts.includes(null)) return null;
  return texts.flatMap((text, index) => (text === null || (index === 0 && text === 'exec') ? [] : text));
}

/** Programs that only start another one, with how many words they take for themselves. */
const WRAPPERS: Readonly<Record<string, number>> = {
  tini: 0,
  'dumb-init': 0,
  gosu: 1,
  'su-exec': 1,
  nohup: 0,
  nice: 0,
};

/** Programs in a started command, with what follows each: of `tini -- python app.py` both. */
export function* programsIn(
  words: readonly string[],
): Iterable<{ readonly program: string; readonly args: readonly string[] }> {
  const [program = '', ...args] = words;
  yield { program, args };
  const taken = WRAPPERS[program.split('/').at(-1) ?? ''];
  if (taken === undefined) return;
  const rest = args.slice(args.findIndex((word) => !/^-/.test(word)) + taken);
  const behind = args.includes('--')
    ? args.slice(args.indexOf('--') + 1 + taken)
    : args.some((word) => !/^-/.test(word))
      ? rest
      : [];
  if (behind.length > 0) yield* programsIn(behind);
}

/** The file that an interpreter is started with: `app.py` of `python -u app.py`. */
export function scriptOf(program: string, args: readonly string[]): string | null {
  const name = program.split('/').at(-1) ?? '';
  if (!/^(?:python[\d.]*|node|bash|sh)$/.test(name)) return null;
  const at = args.findIndex((word) => !/^-[uBOEsSIxvd]+$|^--(?:enable|max|no|trace)-?\S*$/.test(word));
  const script = args[at];
  return script === undefined || script.startsWith('-') ? null : script;
}
