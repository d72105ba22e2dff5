import { isInFewReleases } from '../apt-packages.ts';
import { baseSpan, tagWithRelease } from '../base-release.ts';
import { type InstallCommand, installsInto } from '../installs.ts';
import { type LintedDockerfile, type LintedStage, lineageOf } from '../linted-dockerfile.ts';
import type { Draft, Rule } from '../rule.ts';
import { shippedStages } from '../shipped-stages.ts';

/** `python:3.11-slim` moves to the next Debian one day, and what apt installs with it. */
export const floatingDistribution: Rule = {
  id: 'floating-distribution',
  severity: 'info',
  title: 'The tag of the base image does not name the release of its distribution',
  covers: [],
  *check(file) {
    const shipped = new Set(shippedStages(file));
    const told = new Set<string>();
    for (const stage of file.stages) {
      const { base } = stage;
      if (base.kind !== 'image' || base.facts === null || base.parent !== null) continue;
      // What is thrown away and takes nothing of the distribution may stand on any.
      if (!shipped.has(stage) && !packagesOn(stage, file)) continue;
      const { tag, repository } = base.facts;
      const named = tagWithRelease(base.facts);
      // Those with three numbers are soon built for the last time.
      if (tag === null || named === null || /^\d+\.\d+\.\d+/.test(tag) || told.has(base.name)) continue;
      told.add(base.name);
      yield draft(stage, `${repository.split('/').at(-1)}:${tag}`, tag, named, file);
    }
  },
};

/** Whether a stage, or one that stands on it, installs packages of the distribution. */
function packagesOn(stage: LintedStage, { stages }: LintedDockerfile): boolean {
  return stages
    .filter((one) => lineageOf(one).includes(stage))
    .some((one) => installsInto(one).some(({ manager }) => manager === 'apt' || manager === 'apk'));
}

function draft(stage: LintedStage, image: string, tag: string, named: string, file: LintedDockerfile): Draft {
  const { start, end } = baseSpan(stage);
  const release = named.split('-').find((word) => !tag.split('-').includes(word)) ?? named;
  const bound = file.stages
    .filter((one) => lineageOf(one).includes(stage))
    .flatMap((one) => installsInto(one).flatMap(boundPackages))[0];
  const what = bound === undefined ? 'with other packages' : `which may not have "${bound}"`;
  const message = `"${image}" stands on ${release} today and will move to the next release, ${what}: name the release, "${named}"`;
  const severity = bound === undefined ? 'info' : 'warning';
  const written = stage.from.command.kind === 'from' ? stage.from.command.base : '';
  if (!written.endsWith(`:${tag}`)) return { start, end, severity, message };
  const edits = [{ start: end - tag.length, end, text: named }];
  return {
    start,
    end,
    severity,
    message,
    fix: { description: `name the release: ${named}`, safe: false, edits },
  };
}

/** Packages that exist in few releases only: pinned ones, and libraries with a number in their name. */
function boundPackages({ manager, packages }: InstallCommand): readonly string[] {
  if (manager !== 'apt' && manager !== 'apk') return [];
  return packages
    .filter(({ name, constraint }) => /^[=~]\S*\d/.test(constraint) || isInFewReleases(name, 'debian'))
    .map(({ name, constraint }) => name + constraint);
}
