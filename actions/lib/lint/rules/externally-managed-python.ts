import { type Release, releaseName } from '../base-release.ts';
import { reachesCommand } from '../command-environment.ts';
import { compareVersions } from '../compare-versions.ts';
import { type InstallCommand, installsInto, installsOf } from '../installs.ts';
import type { LintedStage } from '../linted-dockerfile.ts';
import type { Draft, Rule } from '../rule.ts';
import { releaseWithOwnPython } from '../system-python.ts';

/** Since when the Python of a distribution refuses packages from elsewhere. */
const SINCE: Readonly<Record<string, string>> = { debian: '12', ubuntu: '23.04' };
const INTO_ANOTHER =
  /^(?:--target|-t|--prefix|--root|--break-system-packages|--python|-p|--dry-run|--help|-h)$/;

/** `pip install` into the Python of Debian 12 or Ubuntu 24.04. */
export const externallyManagedPython: Rule = {
  id: 'externally-managed-python',
  severity: 'error',
  title: 'The pip of the base refuses to install into the Python of the distribution',
  covers: [],
  *check({ stages }) {
    for (const stage of stages) {
      const releaseAt = releaseWithOwnPython(stage);
      const apt = installsInto(stage).filter(({ manager }) => manager === 'apt');
      for (const install of stage.instructions.flatMap(installsOf)) {
        const release = releaseAt(install.instruction);
        if (release !== null && refuses(release) && isRefused(install, stage, apt))
          yield draft(install, release);
      }
    }
  },
};

function refuses({ name, release }: Release): boolean {
  const since = SINCE[name];
  return since !== undefined && compareVersions(release, since) >= 0;
}

/** The pip of the distribution, and no word that makes it go on. */
function isRefused(install: InstallCommand, stage: LintedStage, apt: readonly InstallCommand[]): boolean {
  const { command, instruction, program, manager, options } = install;
  const isCertain =
    command.before !== '||' && command.after !== '||' && command.within.every((one) => one === 'subshell');
  if (manager !== 'pip' || !isCertain || options.some(([name]) => INTO_ANOTHER.test(name))) return false;
  const place = { stage, instruction, command };
  const isOfSystem =
    program === 'uv pip'
      ? options.some(([name]) => name === '--system') && !reachesCommand('UV_BREAK_SYSTEM_PACKAGES', place)
      : /^(?:\/usr\/bin\/)?(?:pip3?|python3)$/.test(programWord(install));
  return isOfSystem && !reachesCommand('PIP_BREAK_SYSTEM_PACKAGES', place) && hasPackage(install, stage, apt);
}

function programWord({ command }: InstallCommand): string {
  return (
    command.words.map(({ text }) => text ?? '').find((text) => !/^(?:sudo|env|-\S*|\w+=.*)$/.test(text)) ?? ''
  );
}

/** Only where the packages of Python come from apt is it certain which Python this is. */
function hasPackage(
  { program, command }: InstallCommand,
  stage: LintedStage,
  apt: readonly InstallCommand[],
): boolean {
  const wanted = program === 'uv pip' ? /^python3(?:-.*)?$/ : /^python3-pip$/;
  return apt.some(
    (other) =>
      other.packages.some(({ name }) => wanted.test(name)) &&
      (other.command === command || isBefore(other, command, stage)),
  );
}

function isBefore(other: InstallCommand, command: InstallCommand['command'], stage: LintedStage): boolean {
  const isInStage = stage.instructions.includes(other.instruction);
  return !isInStage || other.command.start < command.start;
}

function draft({ command, program }: InstallCommand, release: Release): Draft {
  const { start, end, words } = command;
  const who = releaseName(release);
  const message = `"${program} install" ends with externally-managed-environment: the Python of ${who} takes no packages but those of apt; install into a venv`;
  const verb = words.find(({ text }) => text === 'install');
  if (verb === undefined) return { start, end, message };
  const edits = [{ start: verb.end, end: verb.end, text: ' --break-system-packages' }];
  return {
    start,
    end,
    message,
    fix: { description: 'install among the packages of apt', safe: false, edits },
  };
}
