import { commandSpan, commandText } from '../command-text.ts';
import { invocationOf } from '../invocation.ts';
import { type LintedInstruction, type LintedStage, lineageOf } from '../linted-dockerfile.ts';
import type { Rule } from '../rule.ts';
import type { ShellCommand } from '../shell-script.ts';

const VERBS = /^(?:install|update|upgrade|dist-upgrade|remove|purge|add|del)$/;
const MANAGERS = new Set(['apt-get', 'apt', 'apk', 'dnf', 'yum', 'microdnf']);
const OF_ROOT = new Set([
  'useradd',
  'groupadd',
  'usermod',
  'groupmod',
  'userdel',
  'addgroup',
  'chpasswd',
  'dpkg-reconfigure',
]);

/** `USER app` and then `apt-get install`: only root may. */
export const userCannotInstall: Rule = {
  id: 'user-cannot-install',
  severity: 'error',
  title: 'A user who is not root installs packages of the system',
  covers: [],
  *check(file) {
    for (const stage of file.stages) {
      let user = userBelow(stage);
      for (const instruction of stage.instructions) {
        if (instruction.keyword === 'USER') user = userOf(instruction);
        if (instruction.keyword !== 'RUN' || user === null || isRoot(user)) continue;
        const command = (instruction.shell?.commands ?? []).find(needsRoot);
        if (command === undefined) continue;
        const message = `"${commandText(command)}" needs root, but "USER ${user}" holds here; put it before that, or "USER root" before it`;
        yield { ...commandSpan(command), message };
      }
    }
  },
};

/** The user at the end of what a stage stands on; `null` where nothing says. */
function userBelow(stage: LintedStage): string | null {
  const below = lineageOf(stage)
    .slice(0, -1)
    .flatMap(({ instructions }) => instructions)
    .findLast(({ keyword }) => keyword === 'USER');
  return below === undefined ? null : userOf(below);
}

function userOf({ body }: LintedInstruction): string | null {
  const user = body.text.trim().replace(/^(["'])(.*)\1$/, '$2');
  return user.includes('$') ? null : user;
}

function isRoot(user: string): boolean {
  return /^(?:root|0)(?::|$)/.test(user);
}

/** Not behind `sudo`, not in a branch that may never be taken, and not where a failure is let pass. */
function needsRoot(command: ShellCommand): boolean {
  const [first] = command.words;
  if (command.within.length > 0 || command.before === '||' || command.after === '||') return false;
  if (first?.text === null || /(?:^|\/)(?:sudo|gosu|fakeroot|su)$/.test(first?.text ?? '')) return false;
  const { program = '', args = [] } = invocationOf(command) ?? {};
  if (OF_ROOT.has(program)) return true;
  const verb = args.find(({ text }) => text !== null && !text.startsWith('-'))?.text ?? '';
  const isOnlyShown = args.some(({ text }) =>
    /^(?:-s|--simulate|--dry-run|--download-only|--print-uris)$/.test(text ?? ''),
  );
  return MANAGERS.has(program) && VERBS.test(verb) && !isOnlyShown;
}
