import { declaredNames, PLATFORM_VARIABLE } from '../declared-names.ts';
import type { Span } from '../finding.ts';
import {
  factsOf,
  type LintedDockerfile,
  type LintedInstruction,
  type LintedStage,
  lineageOf,
} from '../linted-dockerfile.ts';
import { readVariables } from '../read-variables.ts';
import type { Draft, Rule } from '../rule.ts';

/** Variables that well-known images set themselves. */
const SET_BY_IMAGE =
  /^(?:PATH|LANG|GPG_KEY|PYTHON|NODE|YARN|GO|RUST|CARGO|JAVA|RUBY|GEM|BUNDLE|CUDA|CUDNN|NCCL|NV|LD_|LIBRARY_|PYTORCH|CONDA|NPP|CUBLAS|CUSPARSE)/;

/** `ARG V=1` before `FROM`, or in another stage: in this one `$V` is empty. So is `$TARGETARCH`. */
export const argBeforeFrom: Rule = {
  id: 'arg-before-from',
  severity: 'warning',
  title: 'An ARG before FROM is empty in the stage',
  covers: [],
  *check(file) {
    const globals = declaredNames(file.globals);
    const inStages = file.stages.flatMap(({ instructions }) => argsOf(instructions));
    for (const stage of file.stages) {
      if (factsOf(stage)?.repository.includes('/conda') === true) continue;
      const declared = new Set(
        lineageOf(stage)
          .slice(0, -1)
          .flatMap(({ instructions }) => declaredNames(instructions)),
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

function* lost(
  stage: LintedStage,
  { globals, inStages }: { readonly globals: readonly string[]; readonly inStages: readonly string[] },
  declared: Set<string>,
  { source }: LintedDockerfile,
): Iterable<Draft> {
  for (const instruction of stage.instructions) {
    const uses =
      instruction.keyword === 'RUN' ? readVariables(instruction) : inText(instruction, source.text);
    for (const { name, start, end } of uses) {
      const where = whereDeclared(name, globals, inStages);
      if (where === null || declared.has(name) || SET_BY_IMAGE.test(name)) continue;
      declared.add(name);
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
    for (const name of declaredNames([instruction])) declared.add(name);
  }
}

function whereDeclared(name: string, globals: readonly string[], inStages: readonly string[]): string | null {
  if (globals.includes(name)) return 'before the first "FROM" alone';
  if (inStages.includes(name)) return 'in another stage alone';
  return PLATFORM_VARIABLE.test(name) ? 'nowhere' : null;
}

interface Use extends Span {
  readonly name: string;
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
