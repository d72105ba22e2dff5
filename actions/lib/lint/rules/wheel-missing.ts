import { compareVersions } from '../compare-versions.ts';
import facts from '../data/python-wheels.json' with { type: 'json' };
import { type InstallCommand, installsOf } from '../installs.ts';
import {
  factsOf,
  type LintedDockerfile,
  type LintedInstruction,
  type LintedStage,
  lineageOf,
} from '../linted-dockerfile.ts';
import type { LintedProject } from '../linted-project.ts';
import { pythonPackages } from '../python-packages.ts';
import { exactVersion } from '../python-versions.ts';
import type { Draft, Rule } from '../rule.ts';
import { type KnownPython, pythonAt, pythonOf } from '../system-python.ts';

/** By package and version: Pythons as `8 9 10` or `7+`, `source` where there is one to compile, `musl` for wheels of Alpine. */
const WHEELS: Readonly<Record<string, Readonly<Record<string, string>>>> = facts.packages;
const FOR_ANOTHER =
  /^(?:--target|-t|--prefix|--root|--python|-p|--python-version|--platform|--no-index|--index|--find-links|-f|--default-index)$/;
const OTHER_INDEX = /\b(?:PIP|UV)_\w*(?:INDEX|LINKS|CONFIG)/;
/** They lie on the index of PyTorch for the same versions of Python. */
const OF_PYTORCH = /^(?:torch|torchvision|torchaudio|triton|xformers)$/;

/** A pinned release that has no wheel for the Python of the image. */
export const wheelMissing: Rule = {
  id: 'wheel-missing',
  severity: 'error',
  title: 'A pinned Python package has no wheel for the Python of the image',
  covers: [],
  *check(file, project) {
    if (file.build.platform !== 'linux/amd64') return;
    for (const stage of file.stages.filter(isForX86)) {
      const plain = pythonAt(stage);
      for (const instruction of stage.instructions) {
        for (const install of installsOf(instruction)) {
          const python = isPlain(install, instruction) ? pythonOf(install, plain) : null;
          if (python !== null) yield* draftsOf(install, python, stage, file, project);
        }
      }
    }
  },
};

function isForX86(stage: LintedStage): boolean {
  return lineageOf(stage).every(
    ({ from }) => !from.flags.some((flag) => /^--platform=(?!linux\/amd64|["']?\$)/.test(flag)),
  );
}

function isPlain({ manager, options, command }: InstallCommand, { variables }: LintedInstruction): boolean {
  const isOther = options.some(
    ([name, value]) => FOR_ANOTHER.test(name) || (isIndex(name) && !isPytorch(value)),
  );
  const isSet = [...variables.keys()].some((name) => OTHER_INDEX.test(name));
  return manager === 'pip' && !isOther && !isSet && command.before !== '||' && command.after !== '||';
}

function isIndex(option: string): boolean {
  return /^(?:-i|--index-url|--extra-index-url)$/.test(option);
}

function isPytorch(url: string | null): boolean {
  return /^https:\/\/download\.pytorch\.org\/whl\b/.test(url ?? '');
}

function* draftsOf(
  install: InstallCommand,
  python: KnownPython,
  stage: LintedStage,
  file: LintedDockerfile,
  project: LintedProject,
): Iterable<Draft> {
  const listed = [...pythonPackages(stage, file, project).byName.values()].filter(
    (one) => one.install === install && one.file !== null,
  );
  const named = install.packages.map(({ name, constraint, word }) => ({
    name,
    constraint,
    file: null,
    place: word,
  }));
  const hasIndex = install.options.some(([name]) => isIndex(name));
  const isMusl = factsOf(stage)?.distribution?.name === 'alpine';
  for (const one of [...named, ...listed.map((package_) => ({ ...package_, place: install.command }))]) {
    if (hasIndex && !OF_PYTORCH.test(one.name)) continue;
    const fault = isMusl
      ? muslFault(one.name, one.constraint)
      : pythonFault(one.name, one.constraint, python, hasIndex);
    const { start, end } = one.place;
    const of = one.file === null ? '' : ` of "${one.file}"`;
    if (fault !== null)
      yield { start, end, ...fault, message: `"${one.name}${one.constraint}"${of} ${fault.message}` };
  }
}

type Fault = Pick<Draft, 'message' | 'severity'> & { readonly message: string };

function pythonFault(
  name: string,
  constraint: string,
  { version, of }: KnownPython,
  hasIndex: boolean,
): Fault | null {
  const releases = releasesOf(name);
  const exact = exactVersion(constraint);
  // What has a `+` is on that other index alone.
  const words =
    exact === null || (constraint.includes('+') && !hasIndex) ? undefined : releases[exact]?.split(' ');
  const minor = Number(version.split('.')[1]);
  if (exact === null || words === undefined || serves(words, minor)) return null;
  const there = words.filter((word) => /^\d/.test(word)).map((word) => `3.${word}`);
  const others = Object.keys(releases).filter((one) => serves(releases[one]?.split(' ') ?? [], minor));
  const isTooNew = minor > Number.parseInt(words[0] ?? '0', 10);
  const next = others
    .filter((one) => compareVersions(one, exact) > 0 === isTooNew)
    .sort(compareVersions)
    .at(isTooNew ? 0 : -1);
  const hint =
    next === undefined ? '' : `; ${isTooNew ? 'the first' : 'the last'} release with one is ${next}`;
  const has = `has no wheel for the Python ${version} of ${of} (it has them for ${there.join(', ')})`;
  return words.includes('source')
    ? { severity: 'warning', message: `${has}: pip compiles it from its sources, or refuses to${hint}` }
    : { message: `${has}, and no sources: pip finds nothing to install${hint}` };
}

function releasesOf(name: string): Readonly<Record<string, string>> {
  return Object.hasOwn(WHEELS, name) ? (WHEELS[name] ?? {}) : {};
}

function serves(words: readonly string[], minor: number): boolean {
  return words.some(
    (word) => word === `${minor}` || (word.endsWith('+') && Number.parseInt(word, 10) <= minor),
  );
}

/** Alpine's Python takes no wheels of other distributions. */
function muslFault(name: string, constraint: string): Fault | null {
  const releases = Object.values(releasesOf(name));
  const isUsable = (words: string) => /\b(?:musl|source)\b/.test(words);
  if (releases.length === 0 || releases.some(isUsable) || constraint.includes('+')) return null;
  return {
    message:
      'has wheels for glibc alone, and no sources: pip finds nothing to install on Alpine; take an image of Debian',
  };
}
