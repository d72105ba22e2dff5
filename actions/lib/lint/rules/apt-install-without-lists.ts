import { isBareDistribution, isPlainImage } from '../base-release.ts';
import type { Severity } from '../finding.ts';
import { installsOf } from '../installs.ts';
import { factsOf, type LintedInstruction, type LintedStage } from '../linted-dockerfile.ts';
import type { Draft, Rule } from '../rule.ts';
import type { ShellCommand } from '../shell-script.ts';
import { placedInstructions } from '../stage-places.ts';

/** Package lists at one point: `never` loaded, there, `removed` again, or not to be known. */
type Lists = 'never' | 'there' | 'removed' | 'unknown';

const UPDATES = /\bapt(?:-get|itude)?\b.*\bupdate\b|\bapt-add-repository\b|\badd-apt-repository\b/s;
const REMOVES = /^(?:\S*\/)?rm\b.*\/var\/lib\/apt(?:\/lists)?(?:\/|\s|$|\*|"|')/s;
/** Scripts may do anything, among them `apt-get update`. */
const HIDDEN = /^(?:\.|source|eval|bash|sh|dash|python|make|ansible-playbook|nala|apt-fast)$|\.sh$|^\.\//;

/** `apt-get install` where no package list is. */
export const aptInstallWithoutLists: Rule = {
  id: 'apt-install-without-lists',
  severity: 'error',
  title: 'Packages are installed where there are no package lists',
  covers: [],
  *check({ stages }) {
    for (const stage of stages) {
      const base = factsOf(stage);
      const isPlain = base !== null && isPlainImage(base);
      const isEmpty = isPlain && (isBareDistribution(base) || /slim/.test(base.tag ?? ''));
      // What others hold already needs no list, and a few come with lists.
      const [lists, severity] = isEmpty
        ? (['never', 'error'] as const)
        : ([base === null || isPlain ? 'unknown' : 'never', 'warning'] as const);
      yield* draftsOf(stage, lists, severity);
    }
  },
};

function* draftsOf(stage: LintedStage, first: Lists, severity: Severity): Generator<Draft> {
  let lists = first;
  for (const { instruction, stage: of } of placedInstructions(stage)) {
    if (mayBringLists(instruction)) lists = 'unknown';
    for (const command of instruction.keyword === 'RUN' ? (instruction.shell?.commands ?? []) : []) {
      if (
        of === stage &&
        (lists === 'never' || lists === 'removed') &&
        isCertainInstall(command, instruction)
      ) {
        yield { ...draft(command, lists, severity), severity };
        // Once is enough.
        lists = 'unknown';
      }
      lists = after(command, lists);
    }
  }
}

function mayBringLists({ keyword, command, flags, shell, body, exec }: LintedInstruction): boolean {
  if (keyword === 'RUN')
    return (
      exec !== null ||
      shell === null ||
      shell.problem !== null ||
      flags.some((flag) => /\/var\/(?:lib|cache)/.test(flag))
    );
  return command.kind === 'copy' && /\s\/(?:var(?:\/\S*)?)?$/.test(body.text);
}

function after(command: ShellCommand, lists: Lists): Lists {
  const text = [...command.words, ...command.redirects.flatMap(({ heredoc }) => heredoc ?? [])]
    .map(({ raw }) => raw)
    .join(' ');
  if (UPDATES.test(text)) return 'there';
  if (REMOVES.test(text)) return command.within.length > 0 || lists === 'never' ? lists : 'removed';
  // A command that is not known by name, such as `retry` or a function, may well update.
  return HIDDEN.test(command.name ?? './') ? 'unknown' : lists;
}

function isCertainInstall(command: ShellCommand, instruction: LintedInstruction): boolean {
  const { before, after: next, within } = command;
  if (before === '||' || next === '||' || within.some((one) => one !== 'subshell')) return false;
  return installsOf(instruction).some(
    (install) =>
      install.command === command &&
      install.manager === 'apt' &&
      install.packages.length > 0 &&
      // With `--update` it loads the lists itself; what is there already is not missed for an upgrade.
      !install.options.some(([name]) =>
        /^--(?:download-only|no-download|simulate|dry-run|update|only-upgrade)$|^-[sU]$/.test(name),
      ),
  );
}

function draft({ start, end }: ShellCommand, lists: Lists, severity: Severity): Draft {
  const why =
    lists === 'never'
      ? severity === 'warning'
        ? 'few images come with package lists, and nothing loads them before'
        : 'the base image comes without package lists, and nothing loads them before'
      : 'the package lists were removed before, which an earlier "apt-get update" does not outlast';
  return { start, end, message: `apt finds no package here: ${why}; put "apt-get update &&" in front` };
}
