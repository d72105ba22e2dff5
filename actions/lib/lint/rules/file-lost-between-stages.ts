import { posix } from 'node:path';
import { cleanSource, copiedFiles } from '../copied-files.ts';
import { type InstallCommand, installsInto, optionValues } from '../installs.ts';
import { invocationOf } from '../invocation.ts';
import { factsOf, type LintedDockerfile, type LintedStage, lineageOf } from '../linted-dockerfile.ts';
import type { LintedProject } from '../linted-project.ts';
import { pythonPackages } from '../python-packages.ts';
import type { Draft, Rule } from '../rule.ts';
import { leafStages, type PlacedCopy, placedCopies, placedInstructions } from '../stage-places.ts';
import { programsIn, startedProgram } from '../started-program.ts';

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

function stageNamed(name: string, { stages }: LintedDockerfile): LintedStage | null {
  if (name === '') return null;
  return stages.find((stage) => stage.name === name.toLowerCase() || `${stage.index}` === name) ?? null;
}

function isPython(stage: LintedStage): boolean {
  return factsOf(stage)?.repository === 'docker.io/library/python';
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

/** Programs that come with packages of Python of the same name. */
const PROGRAMS =
  /^(?:gunicorn|uvicorn|hypercorn|streamlit|flask|celery|fastapi|jupyter|mlflow|prefect|rq|alembic)$/;
const FOR_BUILDING =
  /^(?:pip|setuptools|wheel|build|poetry|pipenv|pdm|uv|hatch|hatchling|cython|pybind11|scikit-build-core|maturin|ninja|cmake|twine|virtualenv|nuitka|pyinstaller|pytest.*|ruff|black|mypy|sphinx.*|mkdocs.*|grpcio-tools|huggingface-hub|gdown|awscli|dvc)$/;

/** Packages that are installed for all, in a stage of which only other folders are copied. */
function* packagesLeftBehind(
  leaf: LintedStage,
  file: LintedDockerfile,
  project: LintedProject,
): Iterable<Draft> {
  const started = startedProgram(leaf);
  if (started === null || !isPython(leaf) || installsInto(leaf).some(({ manager }) => manager === 'pip'))
    return;
  const programs = [...programsIn(started.words)].map(({ program }) => program);
  if (!programs.some((program) => /^python[\d.]*$/.test(program) || PROGRAMS.test(program))) return;
  const copies = placedCopies(leaf).filter(({ from }) => from !== '');
  const stages = new Set(copies.map(({ from }) => stageNamed(from, file)));
  const paths = copies.flatMap(({ sources }) => sources);
  const isElsewhere = copies.some(({ stage }) => !file.stages.includes(stage));
  if (stages.has(null) || paths.includes(null) || isElsewhere || hasOtherSources(leaf)) return;
  const first = copies[0];
  for (const stage of stages) {
    const installed = stage === null || lineageOf(leaf).includes(stage) ? [] : installsForAll(stage);
    if (first === undefined || installed.length === 0) continue;
    if (!paths.some((path) => mayHoldPackages(path ?? '/'))) {
      const { start, end } = placeOf(first);
      const message = `what "pip" installs in stage "${stage?.name ?? stage?.index}" stays there, as nothing copied from it holds its packages: imports fail; install into a virtual environment and copy that, or install here`;
      yield { start, end, message };
      return;
    }
    const names = [...installed, ...listedForAll(stage, file, project)];
    const lost = programs.find((program) => PROGRAMS.test(program) && names.includes(program));
    if (lost !== undefined && !paths.some((path) => mayHoldPrograms(path ?? '/'))) {
      const { start, end } = started.from.instruction;
      const message = `"${lost}" is started, but only its packages are copied: the program itself stays in "/usr/local/bin" of stage "${stage?.name ?? stage?.index}"; copy that too, or start "python -m ${lost}"`;
      yield { start, end, message };
    }
  }
}

/** Installs without an environment of their own, of what is needed when the image runs. */
function installsForAll(stage: LintedStage): readonly string[] {
  const steps = placedInstructions(stage);
  const isElsewhere = steps.some(
    ({ instruction: { keyword, body } }) =>
      (keyword === 'ENV' && /\b(?:PATH|VIRTUAL_ENV|PIP_\w+|PYTHONUSERBASE|UV_\w+)\b/.test(body.text)) ||
      (keyword === 'RUN' && /venv|pip wheel|pip download|conda|pyinstaller|nuitka/i.test(body.text)),
  );
  if (isElsewhere || !isPython(stage)) return [];
  return installsInto(stage)
    .filter(isForAll)
    .flatMap(({ packages, options }) => [
      ...packages.map(({ name }) => name).filter((name) => !FOR_BUILDING.test(name)),
      ...options.flatMap(([name, value]) =>
        /^(?:-r|--requirement)$/.test(name) && !/build|dev|test|doc/i.test(value ?? 'dev') ? ['*'] : [],
      ),
    ]);
}

/** What requirements files name that are in the repository. */
function listedForAll(
  stage: LintedStage | null,
  file: LintedDockerfile,
  project: LintedProject,
): readonly string[] {
  const found = stage === null ? [] : pythonPackages(stage, file, project).byName.values();
  return [...found].flatMap((one) => (one.file !== null && isForAll(one.install) ? one.name : []));
}

function isForAll(install: InstallCommand): boolean {
  const elsewhere = optionValues(install, '--prefix', '-t', '--target', '--root', '--user', '--python', '-p');
  return install.manager === 'pip' && elsewhere.length === 0;
}

function mayHoldPackages(path: string): boolean {
  return (
    /^\/(?:usr(?:\/local(?:\/lib(?:64)?(?:\/python.*)?)?)?)?\/?$/.test(path) || /site-packages|\*/.test(path)
  );
}

function mayHoldPrograms(path: string): boolean {
  return /^\/(?:usr(?:\/local)?)?\/?$|\/bin\b|\*/.test(path);
}

/** Packages may come by other ways than pip. */
function hasOtherSources(leaf: LintedStage): boolean {
  return placedInstructions(leaf).some(({ instruction: { keyword, body, flags } }) =>
    keyword === 'ENV'
      ? /\b(?:PATH|PYTHONPATH|VIRTUAL_ENV)\b/.test(body.text)
      : keyword === 'RUN' &&
        (flags.some((flag) => flag.startsWith('--mount')) ||
          /\b(?:uv|poetry|pip|conda|python3-)/.test(body.text)),
  );
}
