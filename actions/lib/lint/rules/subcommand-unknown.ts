import { nearestName } from '../../errors/nearest-name.ts';
import { invocationOf } from '../invocation.ts';
import type { Draft, Rule } from '../rule.ts';
import type { ShellCommand } from '../shell-script.ts';

/** The commands of each program in all its versions, from its help and manual. */
const COMMANDS: Readonly<Record<string, string>> = {
  'apt-get':
    'update upgrade dselect-upgrade dist-upgrade full-upgrade install reinstall remove purge autopurge autoremove auto-remove source build-dep satisfy check download clean autoclean auto-clean distclean dist-clean changelog indextargets markauto unmarkauto help moo',
  apt: 'list search show showsrc info install reinstall remove purge autopurge autoremove auto-remove update upgrade full-upgrade dist-upgrade edit-sources modernize-sources satisfy source build-dep download changelog clean autoclean auto-clean distclean dist-clean depends rdepends policy cache help why why-not moo history-list history-info history-undo history-redo history-rollback',
  apk: 'add del fix update upgrade info list search query dot policy index fetch manifest verify audit cache version stats mkndx mkpkg adbdump adbgen adbsign convdb convndx extract',
  pip: 'install download uninstall freeze inspect list show check config search cache index wheel hash completion debug help lock bundle unzip zip',
  'uv pip': 'compile sync install uninstall freeze list show tree check debug',
};
/** Options in front of the command that take no word of their own. */
const ALONE =
  /^(?:-[yqVv]+|-qq|-q=\d|--(?:yes|assume-yes|quiet|verbose|no-cache|no-cache-dir|no-input|disable-pip-version-check|no-install-recommends|allow-\S+|force-yes|fix-missing|fix-broken|no-progress|isolated)|-U|-f|-m|--[\w-]+=\S*|-o\S+)$/;

/** `pip3 install.sh`, `apt-get instal`: the program has no such command. */
export const subcommandUnknown: Rule = {
  id: 'subcommand-unknown',
  severity: 'error',
  title: 'A package manager is given a command that it does not have',
  covers: [],
  *check({ stages }) {
    for (const { keyword, shell } of stages.flatMap(({ instructions }) => instructions)) {
      if (keyword !== 'RUN') continue;
      for (const command of shell?.commands ?? []) {
        const draft = draftFor(command);
        if (draft !== null) yield draft;
      }
    }
  },
};

function draftFor(command: ShellCommand): Draft | null {
  const { program, args } = invocationOf(command) ?? { program: '', args: [] };
  const commands = Object.hasOwn(COMMANDS, program) ? (COMMANDS[program]?.split(' ') ?? []) : [];
  const word = args.find(({ text }) => !ALONE.test(text ?? ''));
  const name = word?.text;
  const isKnown = commands.length === 0 || name == null || name === '' || commands.includes(name);
  // What another option takes is not known, and what may fail is not meant to be there everywhere.
  if (word === undefined || isKnown || name.startsWith('-') || command.after === '||') return null;
  if (command.within.includes('condition')) return null;
  const near = nearestName(name, commands) ?? commands.find((one) => name.startsWith(`${one}.`));
  const hint = near === undefined ? '' : `; did you mean "${near}"?`;
  const { start, end } = word;
  return { start, end, message: `"${program}" has no command "${name}"${hint}` };
}
