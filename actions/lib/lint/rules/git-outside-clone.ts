import { commandSpan } from '../command-text.ts';
import type { Fix } from '../finding.ts';
import { invocationOf } from '../invocation.ts';
import type { Draft, Rule } from '../rule.ts';
import type { ShellCommand } from '../shell-script.ts';

/** `git clone a/b && git checkout c`: the folder that was cloned into is not entered. */
export const gitOutsideClone: Rule = {
  id: 'git-outside-clone',
  severity: 'warning',
  title: 'A clone is not entered before git works on it',
  covers: [],
  *check({ stages }) {
    for (const { keyword, shell } of stages.flatMap(({ instructions }) => instructions)) {
      if (keyword === 'RUN') yield* draftsOf(shell?.commands ?? []);
    }
  },
};

/** They work on a clone that is there; `config` and `lfs install` may mean all of them. */
const WORKS = /^(?:checkout|switch|reset|submodule|clean|apply|am|cherry-pick|revert|merge|rebase|pull)$/;

function* draftsOf(commands: readonly ShellCommand[]): Generator<Draft> {
  for (const [at, command] of commands.entries()) {
    const folder = clonedInto(command);
    const next = commands[at + 1];
    // What stands before may have entered another clone, or made one.
    if (folder === null || next === undefined || commands.slice(0, at).some(mayEnter)) continue;
    if (command.after !== '&&' && command.after !== ';') continue;
    if (!isSamePlace(command, next) || !worksHere(next)) continue;
    const start = next.start;
    const fix: Fix = {
      description: `enter "${folder}"`,
      safe: false,
      edits: [{ start, end: start, text: `cd ${folder} && ` }],
    };
    yield { ...commandSpan(next), message: messageFor(next, folder), fix };
  }
}

/** The folder that a clone makes where it names none itself. */
function clonedInto(command: ShellCommand): string | null {
  const { program, args } = invocationOf(command) ?? {};
  const [verb, ...rest] = args ?? [];
  const last = rest.at(-1);
  if (program !== 'git' || verb?.text !== 'clone' || last === undefined) return null;
  const [, name] =
    /^(?:[a-z+]+:\/\/|[\w.-]+@[\w.-]+:)\S*?([\w.-]+?)(?:\.git)?\/?$/.exec(last.text ?? '') ?? [];
  return name ?? null;
}

function mayEnter({ name, words }: ShellCommand): boolean {
  return (
    name === null ||
    /^(?:cd|pushd|popd|\.|source|eval)$/.test(name) ||
    (name === 'git' && words[1]?.text !== 'config')
  );
}

function isSamePlace(one: ShellCommand, other: ShellCommand): boolean {
  return one.within.join() === other.within.join() && one.within.every((where) => where === 'subshell');
}

function worksHere(command: ShellCommand): boolean {
  const { program, args } = invocationOf(command) ?? { program: '', args: [] };
  // With `-C` or `--git-dir` in front it is told where.
  return program === 'git' && WORKS.test(args[0]?.text ?? '') && command.assignments.length === 0;
}

function messageFor({ words }: ShellCommand, folder: string): string {
  const what = words
    .slice(0, 3)
    .map(({ raw }) => raw)
    .join(' ');
  return `"${what}" works where it is called, and that is beside the clone: "${folder}" is not entered; put "cd ${folder} &&" in front, or "-C ${folder}" behind "git"`;
}
