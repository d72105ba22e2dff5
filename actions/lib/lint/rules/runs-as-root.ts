import { knownBase } from '../known-base.ts';
import { finalStage, type LintedInstruction, lineageOf } from '../linted-dockerfile.ts';
import type { Rule } from '../rule.ts';

/** Programs that an entry point hands over to another user with. */
const DROPS = /\b(?:gosu|su-exec|setpriv|runuser|s6-overlay|su -)\b|\bs6-/;

/** No `USER` from the base to the last line: the program runs as root. */
export const runsAsRoot: Rule = {
  id: 'runs-as-root',
  severity: 'info',
  title: 'The program of the image runs as root',
  covers: ['DL3002'],
  *check(file) {
    const stage = finalStage(file);
    if (stage === null || !knownBase(stage)) return;
    const instructions = lineageOf(stage).flatMap((one) => one.instructions);
    const program = instructions.findLast(({ keyword }) => keyword === 'CMD' || keyword === 'ENTRYPOINT');
    // An image to build on says who runs it later.
    if (program === undefined || isShell(program) || instructions.some(dropsRoot)) return;
    const user = instructions.findLast(({ keyword }) => keyword === 'USER');
    if (user !== undefined && !/^(?:root|0)(?::|$)/.test(user.body.text.trim())) return;
    const here = user ?? program;
    const place = stage.instructions.includes(here) ? here : stage.from;
    const why =
      user === undefined ? 'no "USER" says who runs it' : `the last "USER" is "${user.body.text.trim()}"`;
    const message = `the program runs as root: ${why}; make a user, and put "USER" with its number behind the last step that needs root`;
    yield { start: place.start, end: place.end, message };
  },
};

/** A shell alone: an image to work in, by whoever starts it. */
function isShell({ keyword, body }: LintedInstruction): boolean {
  return (
    keyword === 'CMD' && /^(?:\[\s*")?(?:\/(?:usr\/)?bin\/)?(?:ba|z|da)?sh(?:"\s*\])?$/.test(body.text.trim())
  );
}

function dropsRoot({ keyword, command }: LintedInstruction): boolean {
  return ['RUN', 'COPY', 'ENTRYPOINT', 'CMD'].includes(keyword) && DROPS.test(command.instruction.text);
}
