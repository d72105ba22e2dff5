import { bringsPackage } from '../apt-dependencies.ts';
import type { BaseFacts } from '../base-facts.ts';
import facts from '../data/shared-libraries.json' with { type: 'json' };
import { installsInto } from '../installs.ts';
import { factsOf, type LintedDockerfile, type LintedStage } from '../linted-dockerfile.ts';
import { type PythonPackage, pythonPackages } from '../python-packages.ts';
import type { Draft, Rule } from '../rule.ts';
import type { ShellCommand } from '../shell-script.ts';
import { leafStages, placedCopies, placedInstructions } from '../stage-places.ts';

const IMPORTED: ReadonlyMap<string, string> = new Map(Object.entries(facts.imported));
const COMPILED: ReadonlyMap<string, string> = new Map(Object.entries(facts.compiled));

/** A Python package that needs a library of the system, on an image that does not have it. */
export const sharedLibraryMissing: Rule = {
  id: 'shared-library-missing',
  severity: 'error',
  title: 'A Python package needs a library that the image does not hold',
  covers: [],
  *check(file, project) {
    const seen = new Set<PythonPackage['install']['command']>();
    for (const leaf of leafStages(file)) {
      const base = factsOf(leaf);
      if (base === null || !lacksLibraries(base) || mayHoldMore(leaf)) continue;
      const { byName } = pythonPackages(leaf, file, project);
      const drafts = [...byName.values()].flatMap((one) => {
        if (seen.has(one.install.command)) return [];
        const draft = draftFor(one, missingFor(one, byName, leaf, base));
        return draft === null || !isIn(file, one) ? [] : draft;
      });
      for (const { install } of byName.values()) seen.add(install.command);
      yield* drafts;
    }
  },
};

function isIn({ stages }: LintedDockerfile, { install: { instruction } }: PythonPackage): boolean {
  return stages.some(({ instructions }) => instructions.includes(instruction));
}

function missingFor(
  { name }: PythonPackage,
  all: ReadonlyMap<string, PythonPackage>,
  leaf: LintedStage,
  base: BaseFacts,
): readonly string[] {
  const needed = IMPORTED.get(name) ?? COMPILED.get(name);
  if (needed === undefined) return [];
  // Both are the module cv2: which of them is imported is the luck of their order.
  const isHeadless = [...all.keys()].some((other) => /^opencv.*-headless$/.test(other));
  if (isHeadless && needed.includes('libglib2.0-0')) return [];
  const apts = installsInto(leaf).filter(({ manager }) => manager === 'apt');
  return needed
    .split(' ')
    .filter((library) => library !== 'libgomp1' || hasNoCompiler(base))
    .filter((library) => apts.every((apt) => bringsPackage(apt, library) === false));
}

function draftFor({ name, file, install }: PythonPackage, missing: readonly string[]): Draft | null {
  if (missing.length === 0) return null;
  const { start, end } = install.packages.find((one) => one.name === name)?.word ?? install.command;
  const libraries = missing.map((library) => `"${library}"`).join(' and ');
  const what = COMPILED.has(name) ? 'it cannot be compiled' : 'it fails as soon as it is used';
  const advice = /^opencv-(?:contrib-)?python$/.test(name)
    ? `, or take "${name}-headless", which needs neither`
    : name === 'psycopg2'
      ? ', or take "psycopg2-binary"'
      : '';
  const where = file === null ? '' : ` of "${file}"`;
  const message = `"${name}"${where} needs ${libraries}, which nothing installs here: ${what}; install ${libraries} with apt-get${advice}`;
  return { start, end, message };
}

/** Images with little more than Debian or Ubuntu in them. */
function lacksLibraries({ repository, tag, distribution }: BaseFacts): boolean {
  const short = repository.replace(/^docker\.io\/(?:library\/)?/, '');
  if (short === 'python') return /(?:^|-)slim(?:-|$)/.test(tag ?? '') && distribution?.name === 'debian';
  if (short === 'nvidia/cuda') return distribution?.name === 'ubuntu';
  return ['debian', 'ubuntu', 'pytorch/pytorch'].includes(short);
}

/** The compiler brings the library of OpenMP, and so does torch. */
function hasNoCompiler({ cudaFlavour, torch }: BaseFacts): boolean {
  return cudaFlavour !== 'devel' && torch === null;
}

/** Folders of the system that are copied in, or steps that are not read, may hold a library. */
function mayHoldMore(leaf: LintedStage): boolean {
  const isOpen = placedInstructions(leaf).some(
    ({ instruction: { keyword, shell } }) =>
      keyword === 'RUN' && (shell === null || shell.problem !== null || shell.commands.some(mayInstall)),
  );
  const brings = ({ from, destination }: { readonly from: string; readonly destination: string | null }) =>
    from !== '' && (destination === null || /^\/(?:$|usr(?:\/lib\b|$)|lib\b)/.test(destination));
  return isOpen || placedCopies(leaf).some(brings);
}

function mayInstall({ name, words }: ShellCommand): boolean {
  return (
    /^(?:conda|mamba|micromamba|dpkg|make|ninja|source|\.)$/.test(name ?? '') ||
    words.some(({ raw }) => /\.sh$|\.deb$|install-deps|^uninstall$/.test(raw))
  );
}
