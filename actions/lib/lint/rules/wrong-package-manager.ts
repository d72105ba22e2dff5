import { invocationOf } from '../invocation.ts';
import { factsOf, type LintedStage, lineageOf } from '../linted-dockerfile.ts';
import type { Rule } from '../rule.ts';
import type { ShellCommand } from '../shell-script.ts';

type Family = 'apt' | 'apk' | 'dnf';

const FAMILIES: Readonly<Record<string, Family>> = {
  ...{ debian: 'apt', ubuntu: 'apt', alpine: 'apk' },
  ...{ ubi: 'dnf', centos: 'dnf', rockylinux: 'dnf', almalinux: 'dnf', fedora: 'dnf', amazonlinux: 'dnf' },
};
const MANAGERS: Readonly<Record<string, Family | 'other'>> = {
  ...{
    'apt-get': 'apt',
    apt: 'apt',
    aptitude: 'apt',
    'apt-cache': 'apt',
    'add-apt-repository': 'apt',
    dpkg: 'apt',
  },
  ...{ apk: 'apk', dnf: 'dnf', yum: 'dnf', microdnf: 'dnf', zypper: 'other', pacman: 'other' },
};
const NAMES: Readonly<Record<Family, string>> = { apt: 'apt-get', apk: 'apk', dnf: 'dnf' };

/** `apt-get` on Alpine, `apk` on Debian. */
export const wrongPackageManager: Rule = {
  id: 'wrong-package-manager',
  severity: 'error',
  title: 'The base image has no such package manager',
  covers: [],
  *check(file) {
    for (const stage of file.stages) {
      const distribution = factsOf(stage)?.distribution;
      const family = FAMILIES[distribution?.name ?? ''];
      if (!distribution || family === undefined || mayHoldOthers(stage)) continue;
      const scripts = stage.instructions.filter(({ keyword }) => keyword === 'RUN').map(({ shell }) => shell);
      for (const command of scripts.flatMap((shell) => shell?.commands ?? [])) {
        const used = MANAGERS[invocationOf(command)?.program ?? ''];
        if (used === undefined || used === family || mayBeMeantToFail(command)) continue;
        const image = `an image of ${distribution.name}`;
        const message = `"${invocationOf(command)?.program}" is not in ${image}, which has ${NAMES[family]}`;
        yield { start: command.start, end: command.end, message };
      }
    }
  },
};

/** Other managers can be installed, or brought in with a whole file system. */
function mayHoldOthers(stage: LintedStage): boolean {
  return lineageOf(stage).some(({ instructions }) =>
    instructions.some(
      ({ command, body, shell }) =>
        (command.kind === 'copy' && /\s\/(?:usr\/?|usr\/(?:local\/)?bin\/?)?$/.test(body.text)) ||
        (shell?.commands ?? []).some(installsManager),
    ),
  );
}

function installsManager(command: ShellCommand): boolean {
  const words = invocationOf(command)?.args.map(({ text }) => text ?? '') ?? [];
  return (
    words.some((word) => ['install', 'add', 'i'].includes(word)) &&
    words.some((word) => Object.hasOwn(MANAGERS, word))
  );
}

function mayBeMeantToFail({ before, after, within, name, words }: ShellCommand): boolean {
  const isQuestion = name === 'command' || words.some(({ text }) => text === '--version');
  return isQuestion || before === '||' || after === '||' || within.some((one) => one !== 'subshell');
}
