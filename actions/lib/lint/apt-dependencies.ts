/** What a package of apt brings with it, for the packages that images install most. */
import facts from './data/apt-dependencies.json' with { type: 'json' };
import { type InstallCommand, optionValues } from './installs.ts';

const PACKAGES: ReadonlyMap<string, string> = new Map(Object.entries(facts.packages));

/** Whether a command of apt puts a package into the image: named, or brought by one that is; `null` where that is not known. */
export function bringsPackage(install: InstallCommand, wanted: string): boolean | null {
  const names = install.packages.map(({ name }) => name.replace(/:\w+$|t64$/g, ''));
  if (names.includes(wanted) || names.includes(`${wanted}-dev`)) return true;
  const isLean = withoutRecommends(install);
  let isKnown = install.others.length === 0 && names.length > 0;
  for (const name of names) {
    const entry = PACKAGES.get(name);
    if (entry === undefined) isKnown = false;
    const [depends = '', recommends = ''] = (entry ?? '').split('|');
    if (`${depends} ${isLean ? '' : recommends}`.split(' ').includes(wanted)) return true;
  }
  return isKnown ? false : null;
}

function withoutRecommends(install: InstallCommand): boolean {
  return (
    optionValues(install, '--no-install-recommends').length > 0 ||
    optionValues(install, '-o', '--option').some((value) =>
      /Install-Recommends=(?:0|false)/i.test(value ?? ''),
    )
  );
}
