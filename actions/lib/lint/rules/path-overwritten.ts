import { type VariablePlace, variablePlaces } from '../env-places.ts';
import { knownBase } from '../known-base.ts';
import { type LintedStage, lineageOf } from '../linted-dockerfile.ts';
import type { Draft, Rule } from '../rule.ts';

/** `ENV PATH=/opt/bin`: nothing of the system is found any more. */
export const pathOverwritten: Rule = {
  id: 'path-overwritten',
  severity: 'error',
  title: 'The folders of the system are no longer in PATH',
  covers: [],
  *check({ stages }) {
    for (const stage of stages) {
      if (!knownBase(stage) || lineageOf(stage)[0]?.base.kind === 'scratch') continue;
      for (const place of variablePlaces(stage, new Set(['PATH']), { args: false })) {
        if (!isLost(place) || !usesPath(stage, place)) continue;
        const { start, end, raw } = place;
        const message = `"PATH" has none of the folders of the system any more, so that steps after this one find no program; write "${raw.replace(/["']/g, '')}:$PATH"`;
        const fix = { description: 'keep what was in PATH', safe: true, edits: [editOf(place)] };
        // Between such quotes nothing is filled in.
        yield { start, end, message, ...(raw.startsWith("'") ? {} : { fix }) } satisfies Draft;
      }
    }
  },
};

function isLost({ raw, value }: VariablePlace): boolean {
  const folders = (value ?? '/bin').split(':');
  return !/\$\{?PATH\b/.test(raw) && raw !== '' && !folders.some((one) => /^\/(?:usr\/)?bin\/?$/.test(one));
}

const BUILT_IN = /^(?:echo|cd|export|true|false|:|test|\[|set|unset|exit|printf|\.|umask|read|eval|exec)$/;

/** Whether a step after it calls a program by its name. */
function usesPath({ instructions }: LintedStage, { instruction }: VariablePlace): boolean {
  return instructions.slice(instructions.indexOf(instruction) + 1).some(
    ({ keyword, shell }) =>
      keyword === 'RUN' &&
      shell?.commands.some(({ words }) => {
        const program = words[0]?.text ?? '/';
        return !program.includes('/') && !BUILT_IN.test(program);
      }) === true,
  );
}

function editOf({ raw, end }: VariablePlace): { start: number; end: number; text: string } {
  const at = /["']$/.test(raw) ? end - 1 : end;
  return { start: at, end: at, text: ':$PATH' };
}
