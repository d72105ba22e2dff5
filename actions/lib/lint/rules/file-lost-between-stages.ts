import { posix } from 'node:path';
import { cleanSource, copiedFiles } from '../copied-files.ts';
import { invocationOf } from '../invocation.ts';
import { factsOf, type LintedDockerfile, type LintedStage } from '../linted-dockerfile.ts';
import type { LintedProject } from '../linted-project.ts';
import { isPython, packagesLeftBehind, stageNamed } from '../packages-left-behind.ts';
import type { Draft, Rule } from '../rule.ts';
import { leafStages, type PlacedCopy, placedCopies, placedInstructions } from '../stage-places.ts';

/** What one stage makes does not arrive in the next. */
export const fileLostBetweenStages: Rule = {
  id: 'file-lost-between-stages',
  severity: 'error',
  title: 'What one stage makes does not arrive in the next',
  covers: [],
  *check(file, project) {
    for (const leaf of leafStages(file)) {
      for (const copy of placedCopies(leaf)) {
        const source = stageNamed(copy.from, file);
        if (!file.stages.includes(copy.stage)) continue;
        const message =
          source === null
            ? noStage(copy.from, file)
            : (otherPython(copy, leaf) ?? neverMade(copy, source, file, project));
        const moved = message === null && source !== null ? movedEnvironment(copy, source) : null;
        if (message !== null) yield { ...placeOf(copy), message };
        // Started by its Python, and not by name, what is in it still runs.
        if (moved !== null) yield { ...placeOf(copy), severity: 'warning', message: moved };
      }
      yield* packagesLeftBehind(leaf, file, project);
    }
  },
};

function placeOf({ instruction: { start, end } }: PlacedCopy): Pick<Draft, 'start' | 'end'> {
  return { start, end };
}

function noStage(number: string, { stages }: LintedDockerfile): string | null {
  if (!/^\d+$/.test(number)) return null;
  return `there is no stage ${number}: the ${stages.length} stages of this file count from 0; name the stage with "AS", and copy by its name`;
}

/** `3.11` of an image of Python. */
function pythonOf(stage: LintedStage): string | null {
  const version = isPython(stage) ? factsOf(stage)?.python : null;
  return /^3\.\d+/.exec(version ?? '')?.[0] ?? null;
}

/** Packages for one version of Python, copied to where another looks for its own. */
function otherPython({ destination, sources }: PlacedCopy, leaf: LintedStage): string | null {
  const own = pythonOf(leaf);
  const folder = /^\/usr\/local\/lib\/python(3\.\d+)(?:\/|$)/;
  const version = [destination, ...sources].flatMap((path) => folder.exec(path ?? '')?.[1] ?? [])[0];
  if (own === null || version === undefined || version === own) return null;
  return `packages for Python ${version} are copied, but the Python of this stage is ${own} and does not look there: imports fail; take the same version in both stages`;
}

/** The programs of a virtual environment name its folder in their first line. */
function movedEnvironment({ sources, destination }: PlacedCopy, source: LintedStage): string | null {
  const [from] = sources;
  if (
    sources.length !== 1 ||
    from == null ||
    destination === null ||
    posix.normalize(from).replace(/\/$/, '') === destination
  )
    return null;
  const made = placedInstructions(source).some(({ instruction: { shell } }) =>
    shell?.commands.some((command) => {
      const { program, args } = invocationOf(command) ?? { program: '', args: [] };
      const words = args.map(({ text }) => text ?? '');
      const makes =
        program === 'virtualenv' ||
        (program === 'python' && words[0] === '-m' && words[1] === 'venv') ||
        (program === 'uv' && words[0] === 'venv');
      return (
        makes &&
        words.includes(from.replace(/\/$/, '')) &&
        !words.some((word) => /^--(?:relocatable|copies)$/.test(word))
      );
    }),
  );
  return made
    ? `the virtual environment "${from}" is copied to "${destination}", but its programs start "${posix.join(from, 'bin/python')}", which is not here; copy it to the same path`
    : null;
}

const SYSTEM = /^\/(?:$|(?:usr|etc|bin|sbin|lib\w*|var|proc|dev|run|root|home|tmp)(?:\/|$))/;
const QUIET =
  /^(?:apt|apt-get|apk|pip|uv pip|echo|mkdir|rm|cd|chown|chmod|set|export|ls|useradd|groupadd|adduser|addgroup|true|test)$/;
const PLAIN = /^docker\.io\/library\/(?:python|debian|ubuntu|node|alpine)$/;

/** Only steps of which it is known what they write can show that something is not there. */
function neverMade(
  { sources }: PlacedCopy,
  source: LintedStage,
  file: LintedDockerfile,
  project: LintedProject,
): string | null {
  if (!PLAIN.test(factsOf(source)?.repository ?? '')) return null;
  const { byPath, isComplete } = copiedFiles(source, file, project);
  if (!isComplete) return null;
  const steps = placedInstructions(source);
  for (const one of sources) {
    if (one === null || /[*?[]/.test(one)) return null;
    const path = posix.resolve('/', one);
    const isKnown = [...byPath.keys()].some(
      (to) => to === path || to.startsWith(`${path}/`) || path.startsWith(`${to}/`),
    );
    const isFolder = steps.some(
      ({ instruction: { keyword, body }, folder }) =>
        `${folder ?? path}/`.startsWith(`${path}/`) ||
        (keyword === 'WORKDIR' && `${posix.resolve(folder ?? '/', body.text)}/`.startsWith(`${path}/`)) ||
        keyword === 'VOLUME',
    );
    // What lies there before the build, and git ignores, comes with the rest.
    const mayLieThere = placedCopies(source).some(
      (copy) =>
        copy.sources.some((from) => cleanSource(from ?? '') === '.') &&
        `${path}/`.startsWith(`${copy.destination ?? ''}/`),
    );
    const name = posix.basename(path);
    const mayWrite = steps.some(
      ({ instruction: { keyword, shell, body } }) =>
        keyword === 'RUN' &&
        (shell === null ||
          shell.problem !== null ||
          body.text.includes(name) ||
          shell.commands.some((command) => !isQuiet(command.words, command.redirects.length))),
    );
    if (SYSTEM.test(path) || isKnown || isFolder || mayLieThere || mayWrite) continue;
    return `"${one}" is copied from stage "${source.name ?? source.index}", which never makes it: the build does not find it`;
  }
  return null;
}

function isQuiet(words: Parameters<typeof invocationOf>[0]['words'], redirects: number): boolean {
  return redirects === 0 && QUIET.test(invocationOf({ words })?.program ?? '');
}
