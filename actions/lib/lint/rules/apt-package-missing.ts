import { hasHeir, heirOf, isIndexed, isMissingIn } from '../apt-packages.ts';
import { foreignSources } from '../apt-sources.ts';
import { isPlainImage, type Release, releaseName, releaseOf } from '../base-release.ts';
import type { Fix } from '../finding.ts';
import { type InstallCommand, type InstalledPackage, installsOf } from '../installs.ts';
import { factsOf, type LintedStage } from '../linted-dockerfile.ts';
import type { Draft, Rule } from '../rule.ts';
import type { SourceText } from '../source-text.ts';

/** A package that the release of the base does not have, or no longer. */
export const aptPackageMissing: Rule = {
  id: 'apt-package-missing',
  severity: 'error',
  title: 'A package is not in the release of the base image',
  covers: [],
  *check({ stages, source }) {
    for (const stage of stages) {
      yield* impossibleVersions(stage);
      yield* ofOtherRepositories(stage, source);
      const release = releaseBelow(stage);
      if (release === null) continue;
      const installs = stage.instructions.flatMap(installsOf);
      for (const install of installs.filter(({ manager }) => manager === 'apt')) {
        if (mayBeMeantToFail(install)) continue;
        const missing = install.packages.filter((one) => isMissing(one, release));
        if (missing.length === 0) continue;
        for (const one of missing.filter(onlyThere(stage, install, source))) yield draft(one, release);
      }
    }
  },
};

/** File names of packages have `_` between name and version; a version has none. */
function* impossibleVersions(stage: LintedStage): Generator<Draft> {
  for (const install of stage.instructions.flatMap(installsOf)) {
    if (install.manager !== 'apt' || mayBeMeantToFail(install)) continue;
    for (const { name, constraint, word } of install.packages) {
      const version = /^=([\w.+:~-]*_[\w.+:~-]*)$/.exec(constraint)?.[1];
      if (version === undefined) continue;
      const { start, end } = word;
      const message = `apt finds no "${name}" of version "${version}", as no version holds "_": write what "apt-cache madison ${name}" shows`;
      yield { start, end, message };
    }
  }
}

/** Packages that no release of Debian or Ubuntu has, and whose they are. */
const ELSEWHERE: readonly (readonly [name: RegExp, of: string])[] = [
  [/^cuda-[a-z][a-z-]*-\d+-\d+$|^cuda-(?:toolkit|drivers)$|^nvidia-container-toolkit$/, 'NVIDIA'],
  [/^(?:docker-ce|docker-ce-cli|containerd\.io|docker-buildx-plugin|docker-compose-plugin)$/, 'Docker'],
  [/^google-chrome-stable$|^google-cloud-(?:cli|sdk)$/, 'Google'],
  [/^(?:msodbcsql\d+|mssql-tools\d*|powershell)$/, 'Microsoft'],
  [/^kubectl$/, 'Kubernetes'],
];

/** What another repository has, which nothing before adds. */
function* ofOtherRepositories(stage: LintedStage, source: SourceText): Generator<Draft> {
  const base = factsOf(stage);
  if (base === null || !/^docker\.io\/library\/(?:debian|ubuntu|python|node)$/.test(base.repository)) return;
  for (const install of stage.instructions.flatMap(installsOf)) {
    if (install.manager !== 'apt' || mayBeMeantToFail(install)) continue;
    if (foreignSources(stage, install.instruction, install.command, source) !== 'none') continue;
    for (const { name, word } of install.packages) {
      const of = ELSEWHERE.find(([pattern]) => pattern.test(name))?.[1];
      if (of === undefined) continue;
      const { start, end } = word;
      const message = `"${name}" is in no release of Debian or Ubuntu, and nothing before adds the repository of ${of} that has it`;
      yield { start, end, message };
    }
  }
}

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
  return ({ name }) => isAlone || hasHeir(name);
}

function releaseBelow(stage: LintedStage): Release | null {
  const base = factsOf(stage);
  const release = base === null ? null : releaseOf(base);
  return release !== null && isIndexed(release) ? release : null;
}

/** Tried before another one, or only under a condition. */
function mayBeMeantToFail({ command }: InstallCommand): boolean {
  return (
    command.after === '||' || command.before === '||' || command.within.some((one) => one !== 'subshell')
  );
}

function isMissing({ name, constraint }: InstalledPackage, release: Release): boolean {
  return !constraint.startsWith(':') && isMissingIn(name, release);
}

function draft({ name, word }: InstalledPackage, release: Release): Draft {
  const { start, end } = word;
  const heir = heirOf(name, release);
  const advice = heir === null ? 'look for what took its place' : `"${heir.name}" took its place`;
  const message = `${releaseName(release)} has no package "${name}", so that the build fails: ${advice}`;
  if (heir === null || !word.raw.startsWith(name)) return { start, end, message };
  const edits = [{ start, end: start + name.length, text: heir.name }];
  const fix: Fix = { description: `install ${heir.name}`, safe: heir.same, edits };
  return { start, end, message, fix };
}
