import { foreignSources } from '../apt-sources.ts';
import { isPlainImage, type Release, releaseName, releaseOf } from '../base-release.ts';
import facts from '../data/apt-packages.json' with { type: 'json' };
import type { Fix } from '../finding.ts';
import { type InstallCommand, type InstalledPackage, installsOf } from '../installs.ts';
import { factsOf, type LintedStage } from '../linted-dockerfile.ts';
import type { Draft, Rule } from '../rule.ts';
import type { SourceText } from '../source-text.ts';

interface Heir {
  readonly name: string;
  /** The old package was empty and only pulled this one in. */
  readonly same: boolean;
}

const MISSING: ReadonlyMap<string, string> = new Map(Object.entries(facts.missing));
const HEIRS: ReadonlyMap<string, Heir> = new Map(Object.entries<Heir>(facts.heirs));

/** A package that the release of the base does not have, or no longer. */
export const aptPackageMissing: Rule = {
  id: 'apt-package-missing',
  severity: 'error',
  title: 'A package is not in the release of the base image',
  covers: [],
  *check({ stages, source }) {
    for (const stage of stages) {
      const release = releaseBelow(stage);
      if (release === null) continue;
      const installs = stage.instructions.flatMap(installsOf);
      for (const install of installs.filter(({ manager }) => manager === 'apt')) {
        if (mayBeMeantToFail(install)) continue;
        const isOnlyThere = onlyThere(stage, install, source);
        const missing = install.packages.filter((one) => isMissing(one, release) && isOnlyThere(one));
        for (const one of missing) yield draft(one, release);
      }
    }
  },
};

/** Whether the distribution is all that a package can come from. */
function onlyThere(
  stage: LintedStage,
  { instruction, command }: InstallCommand,
  source: SourceText,
): (one: InstalledPackage) => boolean {
  const foreign = foreignSources(stage, instruction, command, source);
  if (foreign === 'release') return () => false;
  const base = factsOf(stage);
  const isAlone = foreign === 'none' && base !== null && isPlainImage(base);
  // Another source may well have what the distribution dropped, but not what was renamed in it.
  return ({ name }) => isAlone || HEIRS.has(name);
}

function releaseBelow(stage: LintedStage): Release | null {
  const base = factsOf(stage);
  const release = base === null ? null : releaseOf(base);
  return release !== null && facts.releases.includes(`${release.name} ${release.release}`) ? release : null;
}

/** Tried before another one, or only under a condition. */
function mayBeMeantToFail({ command }: InstallCommand): boolean {
  return (
    command.after === '||' || command.before === '||' || command.within.some((one) => one !== 'subshell')
  );
}

function isMissing({ name, constraint }: InstalledPackage, { release }: Release): boolean {
  return !constraint.startsWith(':') && isMissingIn(name, release);
}

function isMissingIn(name: string, release: string): boolean {
  return MISSING.get(name)?.split(' ').includes(release) === true;
}

function draft({ name, word }: InstalledPackage, release: Release): Draft {
  const { start, end } = word;
  const found = HEIRS.get(name);
  const heir = found === undefined || isMissingIn(found.name, release.release) ? undefined : found;
  const advice = heir === undefined ? 'look for what took its place' : `"${heir.name}" took its place`;
  const message = `${releaseName(release)} has no package "${name}", so that the build fails: ${advice}`;
  if (heir === undefined || !word.raw.startsWith(name)) return { start, end, message };
  const edits = [{ start, end: start + name.length, text: heir.name }];
  const fix: Fix = { description: `install ${heir.name}`, safe: heir.same, edits };
  return { start, end, message, fix };
}
