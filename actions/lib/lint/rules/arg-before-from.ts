import type { Span } from '../finding.ts';
import {
  factsOf,
  type LintedDockerfile,
  type LintedInstruction,
  type LintedStage,
  lineageOf,
} from '../linted-dockerfile.ts';
import type { Draft, Rule } from '../rule.ts';

/** Variables that well-known images set themselves. */
const SET_BY_IMAGE =
  /^(?:PATH|LANG|GPG_KEY|PYTHON|NODE|YARN|GO|RUST|CARGO|JAVA|RUBY|GEM|BUNDLE|CUDA|CUDNN|NCCL|NV|LD_|LIBRARY_|PYTORCH|CONDA|NPP|CUBLAS|CUSPARSE)/;

/** `ARG V=1` before `FROM`, or in another stage: in this one `$V` is empty. */
export const argBeforeFrom: Rule = {
  id: 'arg-before-from',
  severity: 'warning',
  title: 'An ARG before FROM is empty in the stage',
  covers: [],
  *check(file) {
    const globals = namesOf(file.globals);
    const inStages = file.stages.flatMap(({ instructions }) => argsOf(instructions));
    for (const stage of file.stages) {
      if (factsOf(stage)?.repository.includes('/conda') === true) continue;
      const declared = new Set(
        lineageOf(stage)
          .slice(0, -1)
          .flatMap(({ instructions }) => namesOf(instructions)),
      );
      yield* lost(stage, { globals, inStages }, declared, file);
    }
  },
};

function argsOf(instructions: readonly LintedInstruction[]): readonly string[] {
  return instructions.flatMap(({ command }) =>
    command.kind === 'arg' ? command.args.map(({ name }) => name) : [],
  );
}

function namesOf(instructions: readonly LintedInstruction[]): readonly string[] {
  return instructions.flatMap(({ command }) => {
    if (command.kind === 'arg') return command.args.map(({ name }) => name);
    return command.kind === 'env' ? command.pairs.map(({ name }) => name) : [];
  });
}

function* lost(
  stage: LintedStage,
  { globals, inStages }: { readonly globals: readonly string[]; readonly inStages: readonly string[] },
  declared: Set<string>,
  { source }: LintedDockerfile,
): Iterable<Draft> {
  for (const instruction of stage.instructions) {
    const uses = instruction.keyword === 'RUN' ? inScript(instruction) : inText(instruction, source.text);
    for (const { name, start, end } of uses) {
      const isGlobal = globals.includes(name);
      if (!(isGlobal || inStages.includes(name)) || declared.has(name) || SET_BY_IMAGE.test(name)) continue;
      declared.add(name);
      const where = isGlobal ? 'before the first "FROM" alone' : 'in another stage alone';
      const message = `"${name}" is declared ${where}, and empty in this stage; write "ARG ${name}" below "FROM"`;
      const text = `\nARG ${name}`;
      const edits = [{ start: stage.from.end, end: stage.from.end, text }];
      yield {
        start,
        end,
        message,
        fix: { description: `declare "${name}" in the stage`, safe: false, edits },
      };
    }
    for (const name of namesOf([instruction])) declared.add(name);
  }
}

interface Use extends Span {
  readonly name: string;
}

/** Variables that a script reads and does not set, unless it says what to take instead. */
function inScript({ shell, command }: LintedInstruction): readonly Use[] {
  const commands = shell?.commands ?? [];
  // They may set any variable.
  if (commands.some(({ name }) => /^(?:\.|source|eval|getopts|mapfile|readarray)$/.test(name ?? '')))
    return [];
  const mounted =
    command.kind === 'run'
      ? command.mounts.flat().flatMap(({ name, value }) => (name === 'env' ? (value ?? '') : []))
      : [];
  const looped = Array.from(
    command.instruction.text.matchAll(/\bfor\s+(\w+)\s+in\b/g),
    ([, name = '']) => name,
  );
  const set = commands.flatMap(({ assignments }) => assignments.map(({ name }) => name));
  const read = commands.flatMap(({ name, words }) => (name === 'read' ? words.map(({ raw }) => raw) : []));
  const own = new Set([...mounted, ...looped, ...set, ...read]);
  return commands.flatMap(({ words, assignments, redirects }) =>
    [
      ...words,
      ...assignments.flatMap(({ value }) => value ?? []),
      ...redirects.map(({ target }) => target),
    ].flatMap((word) =>
      word.parts.flatMap((part) =>
        part.kind === 'variable' && part.isPlain && !own.has(part.name)
          ? { name: part.name, start: word.start, end: word.end }
          : [],
      ),
    ),
  );
}

const EXPANDED = new Set([
  'ADD',
  'COPY',
  'ENV',
  'EXPOSE',
  'LABEL',
  'STOPSIGNAL',
  'USER',
  'VOLUME',
  'WORKDIR',
  'ARG',
]);

function inText({ keyword, start, end }: LintedInstruction, source: string): readonly Use[] {
  if (!EXPANDED.has(keyword)) return [];
  const text = source.slice(start, end);
  if (/<<-?\s*["']?\w/.test(text)) return [];
  return Array.from(text.matchAll(/(?<!\\)\$(?:\{(\w+)\}|(\w+))/g), (match) => ({
    name: match[1] ?? match[2] ?? '',
    start: start + match.index,
    end: start + match.index + match[0].length,
  }));
}
