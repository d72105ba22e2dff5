import { posix } from 'node:path';
import { copiedFiles } from '../copied-files.ts';
import { knownBase } from '../known-base.ts';
import {
  finalStage,
  type LintedDockerfile,
  type LintedInstruction,
  type LintedStage,
  lineageOf,
} from '../linted-dockerfile.ts';
import type { LintedProject } from '../linted-project.ts';
import type { Rule } from '../rule.ts';
import { effective } from '../stage-places.ts';
import { programsIn } from '../started-program.ts';

/** Programs that an entry point hands over to another user with. */
const DROPS = /\b(?:gosu|su-exec|setpriv|runuser|s6-overlay|su -)\b|\bs6-/;
const DROPS_IN_SCRIPT =
  /\b(?:gosu|su-exec|setpriv|runuser|chpst|s6-setuidgid|sudo\s+-\w*u)\b|(?:^|[;&|]|exec)\s*su\s/m;
/** They begin as root on purpose, and give what they start to users of their own. */
const HANDS_ON =
  /^(?:nginx|httpd(?:-foreground)?|apache2(?:-foreground)?|apache2?ctl|php-fpm[\d.]*|sshd|crond?|supervisord|my_init|dockerd|containerd|buildkitd|systemd|init)$/;
/** Alone they wait for what somebody types. */
const ASKS =
  /^(?:(?:ba|z|da|fi|k|a)?sh|pwsh|i?python|pypy|node|bun|deno|irb|ruby|perl|erl|iex|jshell|julia|R|ghci|lua|php|scala|sbcl|swift|mvn|gradle|sbt|clj|clojure|lein)[\d.]*$/;

/** No `USER` from the base to the last line: the program runs as root. */
export const runsAsRoot: Rule = {
  id: 'runs-as-root',
  severity: 'info',
  title: 'The program of the image runs as root',
  covers: ['DL3002'],
  *check(file, project) {
    const stage = finalStage(file);
    if (stage === null || !knownBase(stage)) return;
    const instructions = lineageOf(stage).flatMap((one) => one.instructions);
    const program = instructions.findLast(({ keyword }) => keyword === 'CMD' || keyword === 'ENTRYPOINT');
    // An image to build on says who runs it later.
    if (program === undefined || isToWorkIn(stage) || instructions.some(dropsRoot)) return;
    const user = instructions.findLast(({ keyword }) => keyword === 'USER');
    if (user !== undefined && !/^(?:root|0)(?::|$)/.test(user.body.text.trim())) return;
    if (scriptsOf(stage, file, project).some((text) => isHandedOver(text, stage))) return;
    const here = user ?? program;
    const place = stage.instructions.includes(here) ? here : stage.from;
    const why =
      user === undefined ? 'no "USER" says who runs it' : `the last "USER" is "${user.body.text.trim()}"`;
    const message = `the program runs as root: ${why}; make a user, and put "USER" with its number behind the last step that needs root`;
    yield { start: place.start, end: place.end, message };
  },
};

/** A shell or an interpreter alone, something that only waits, or a service that looks after its users itself. */
function isToWorkIn(stage: LintedStage): boolean {
  const [entry, command] = [effective(stage, 'ENTRYPOINT'), effective(stage, 'CMD')];
  const [ofEntry, ofCommand] = [entry, command].map((one) =>
    one === null ? [] : [...programsIn(wordsOf(one.instruction))],
  );
  if (
    [...(ofEntry ?? []), ...(ofCommand ?? [])].some(({ program }) => HANDS_ON.test(posix.basename(program)))
  )
    return true;
  const { program = '', args = [] } = ofCommand?.at(-1) ?? {};
  const name = posix.basename(program);
  const isAsking =
    ASKS.test(name) && args.every((arg) => /^-(?:i|a|l|il|it|de0?|-login|-interactive)$/.test(arg));
  return (
    isAsking ||
    (name === 'sleep' && args[0] === 'infinity') ||
    (name === 'tail' && args.at(-1) === '/dev/null')
  );
}

function wordsOf({ exec, body }: LintedInstruction): readonly string[] {
  return exec ?? body.text.trim().split(/\s+/);
}

/** Scripts of the project that the image starts. */
function scriptsOf(stage: LintedStage, file: LintedDockerfile, project: LintedProject): readonly string[] {
  const started = ['ENTRYPOINT', 'CMD'].flatMap((keyword) => {
    const one = effective(stage, keyword);
    return one === null ? [] : wordsOf(one.instruction);
  });
  const names = new Set(started.map((word) => posix.basename(word)));
  const copied = [...copiedFiles(stage, file, project).byPath];
  return copied.flatMap(([path, from]) =>
    names.has(posix.basename(path)) ? (project.read(from.file) ?? []) : [],
  );
}

/** The script changes the user, or runs whatever the container is told where the image tells nothing. */
function isHandedOver(text: string, stage: LintedStage): boolean {
  return DROPS_IN_SCRIPT.test(text) || (effective(stage, 'CMD') === null && /^\s*exec\s+"\$@"/m.test(text));
}

function dropsRoot({ keyword, command }: LintedInstruction): boolean {
  return ['RUN', 'COPY', 'ENTRYPOINT', 'CMD'].includes(keyword) && DROPS.test(command.instruction.text);
}
