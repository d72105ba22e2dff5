import type { Fix } from '../finding.ts';
import { installsOf, type Manager } from '../installs.ts';
import type { LintedDockerfile, LintedInstruction } from '../linted-dockerfile.ts';
import type { Draft, Rule } from '../rule.ts';
import type { ShellCommand, ShellWord } from '../shell-script.ts';

/** A backslash too many, or `&&` too few: the next line becomes words of this command. */
export const continuationSwallows: Rule = {
  id: 'continuation-swallows',
  severity: 'error',
  title: 'A continued line swallows what follows it',
  covers: [],
  *check(file) {
    for (const instruction of file.stages.flatMap(({ instructions }) => instructions)) {
      if (instruction.keyword === 'RUN') yield* draftsOf(instruction, file);
    }
  },
};

const KEYWORD =
  /^(?:FROM|RUN|COPY|ADD|ENV|ARG|WORKDIR|USER|CMD|ENTRYPOINT|EXPOSE|LABEL|VOLUME|HEALTHCHECK|SHELL|STOPSIGNAL|ONBUILD)$/;

function* draftsOf(instruction: LintedInstruction, { source: { text } }: LintedDockerfile): Generator<Draft> {
  const installs = new Map(installsOf(instruction).map(({ command, manager }) => [command, manager]));
  for (const command of instruction.shell?.commands ?? []) {
    const { words } = command;
    const at = words.findIndex(
      (word) => KEYWORD.test(word.raw) && (word.start === 0 || text[word.start - 1] === '\n'),
    );
    const keyword = words[at];
    if (keyword !== undefined && words[at + 1] !== undefined) {
      const { start, end } = keyword;
      // Other programs may take one word more without a complaint, and the instruction is not carried out.
      const severity = at === 0 || installs.has(command) ? 'error' : 'warning';
      yield { start, end, severity, message: swallowed(keyword.raw, instruction) };
      continue;
    }
    const manager = installs.get(command);
    if (manager !== undefined) yield* swallowedCommands(command, manager, text);
  }
}

function swallowed(keyword: string, { keyword: above }: LintedInstruction): string {
  return `"${keyword}" is no instruction here but a word of the "${above}" above, whose last line ends with a backslash: take that backslash away`;
}

/** Words of the shell that no package is called. */
const RESERVED = /^(?:then|else|elif|fi|done|esac)$/;

/** What follows the name of a program when it is started, and never stands in a list of packages. */
const STARTS: readonly (readonly [RegExp, RegExp])[] = [
  [/^python[\d.]*$/, /^-[mc]$|(?:^|\/)setup\.py$/],
  [/^pip[\d.]*$/, /^(?:install|uninstall|download|config|cache)$/],
  [/^(?:apt|apt-get|yum|dnf|microdnf)$/, /^(?:install|update|upgrade|clean|autoremove|purge|remove)$/],
  [
    /^(?:apk|conda|mamba|npm|yarn|pnpm|uv|poetry|gem|cargo)$/,
    /^(?:install|add|update|clean|cache|pip|sync|build|ci)$/,
  ],
  [/^git$/, /^(?:clone|checkout|config|fetch|submodule)$/],
  [/^rm$/, /^-[rf]+$/],
  [/^mkdir$/, /^-p$/],
  [/^ln$/, /^-[sf]+$/],
  [/^cd$/, /^[/.~]|\/$/],
  [/^chmod$/, /^(?:-R|\+x|[0-7]{3,4})$/],
  [/^(?:curl|wget)$/, /^https?:\/\//],
];

function* swallowedCommands(command: ShellCommand, manager: Manager, text: string): Generator<Draft> {
  for (const [at, word] of command.words.entries()) {
    const next = command.words[at + 1];
    if (at < 2 || next === undefined || !beginsLine(word, text)) continue;
    const isReserved = manager !== 'npm' && word.raw === word.text && RESERVED.test(word.text);
    if (!isReserved && !isStart(word, next)) continue;
    const what = isReserved ? word.raw : `${word.raw} ${next.raw}`;
    const joint = isReserved ? ';' : '&&';
    const message = `"${what}" is taken for ${isReserved ? 'a package' : 'packages'} to install: "${joint}" is missing at the end of the line before`;
    const fix: Fix = {
      description: `put "${joint}" in front`,
      safe: true,
      edits: [{ start: word.start, end: word.start, text: `${joint} ` }],
    };
    yield { start: word.start, end: isReserved ? word.end : next.end, message, fix };
    return;
  }
}

/** Whether blanks alone stand before a word in its line. */
function beginsLine({ start }: ShellWord, text: string): boolean {
  let at = start - 1;
  while (text[at] === ' ' || text[at] === '\t') at -= 1;
  return text[at] === '\n';
}

function isStart({ raw, text }: ShellWord, next: ShellWord): boolean {
  return STARTS.some(([program, first]) => raw === text && program.test(raw) && first.test(next.text ?? ''));
}
