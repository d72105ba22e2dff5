import { releaseName, releaseOf } from '../base-release.ts';
import { commandSpan } from '../command-text.ts';
import { invocationOf } from '../invocation.ts';
import { factsOf, type LintedStage } from '../linted-dockerfile.ts';
import type { Draft, Rule } from '../rule.ts';
import type { ShellCommand } from '../shell-script.ts';

/** `apt-key add`: Debian 13 has no such program. */
export const aptKeyRemoved: Rule = {
  id: 'apt-key-removed',
  severity: 'info',
  title: 'apt-key is gone',
  covers: [],
  *check(file) {
    for (const stage of file.stages) {
      const runs = stage.instructions.filter(({ keyword }) => keyword === 'RUN');
      const commands = runs.flatMap(({ shell }) => shell?.commands ?? []);
      for (const command of commands.filter(addsKey)) yield draft(command, stage);
    }
  },
};

function addsKey(command: ShellCommand): boolean {
  const { program, args = [] } = invocationOf(command) ?? {};
  return program === 'apt-key' && args.some(({ text }) => text === 'add' || text === 'adv');
}

function draft(command: ShellCommand, stage: LintedStage): Draft {
  const gone = goneFrom(stage);
  const what =
    gone === null
      ? '"apt-key" is gone since Debian 13 and Ubuntu 24.10'
      : `"apt-key" is not there any more in ${gone}`;
  const message = `${what}, and trusts a key for every repository; write the key to "/etc/apt/keyrings", and name it with "signed-by="`;
  return { ...commandSpan(command), message, severity: gone === null ? 'info' : 'error' };
}

/** Its manual: last available in Debian 12 and Ubuntu 24.04. */
function goneFrom(stage: LintedStage): string | null {
  const facts = factsOf(stage);
  const release = facts === null ? null : releaseOf(facts);
  if (release === null) return null;
  const first = { debian: 13, ubuntu: 24.1 }[release.name];
  return first !== undefined && Number(release.release) >= first ? releaseName(release) : null;
}
