import { type InstallCommand, installsOf, optionValues } from './installs.ts';
import {
  factsOf,
  type LintedDockerfile,
  type LintedInstruction,
  type LintedStage,
  lineageOf,
} from './linted-dockerfile.ts';
import type { LintedProject } from './linted-project.ts';
import { pythonPackages } from './python-packages.ts';
import type { Draft } from './rule.ts';
import { placedCopies, placedInstructions } from './stage-places.ts';
import { programsIn, startedProgram } from './started-program.ts';

/** Programs that come with packages of Python of the same name. */
const PROGRAMS =
  /^(?:gunicorn|uvicorn|hypercorn|streamlit|flask|celery|fastapi|jupyter|mlflow|prefect|rq|alembic)$/;
const FOR_BUILDING =
  /^(?:pip|setuptools|wheel|build|poetry|pipenv|pdm|uv|hatch|hatchling|cython|pybind11|scikit-build-core|maturin|ninja|cmake|twine|virtualenv|nuitka|pyinstaller|pytest.*|ruff|black|mypy|sphinx.*|mkdocs.*|grpcio-tools|huggingface-hub|gdown|awscli|dvc)$/;

/** Packages that pip installs for all, in a stage of which only other folders are copied. */
export function* packagesLeftBehind(
  leaf: LintedStage,
  file: LintedDockerfile,
  project: LintedProject,
): Iterable<Draft> {
  const started = startedProgram(leaf);
  if (started === null) return;
  const programs = [...programsIn(started.words)].map(({ program }) => program);
  if (!programs.some(isOfPython)) return;
  const copies = placedCopies(leaf).filter(({ from }) => from !== '');
  const stages = new Set(copies.map(({ from }) => stageNamed(from, file)));
  const isElsewhere = copies.some(
    ({ stage, sources }) => !file.stages.includes(stage) || sources.includes(null),
  );
  const [first] = copies;
  if (stages.has(null) || isElsewhere || first === undefined) return;
  for (const stage of stages) {
    const own = stage === null ? [] : installsBehind(stage, leaf);
    if (stage === null || own.length === 0) continue;
    const paths = copies.flatMap(({ sources }) => sources.flatMap((path) => path ?? []));
    const name = `${stage.name ?? stage.index}`;
    const areOfPython = isPython(leaf) && isPython(stage);
    const names = areOfPython ? [...own, ...listedForAll(stage, file, project)] : [];
    const left = programs.find((program) => PROGRAMS.test(program) && names.includes(program));
    if (areLost(paths, areOfPython, leaf, stage)) {
      yield { start: first.instruction.start, end: first.instruction.end, message: packagesMessage(name) };
      return;
    }
    if (left !== undefined && !paths.some(mayHoldPrograms)) {
      const { start, end } = started.from.instruction;
      yield { start, end, message: programMessage(left, name) };
    }
  }
}

/** What is installed for all in a stage that another does not stand on and makes no packages for. */
function installsBehind(stage: LintedStage, leaf: LintedStage): readonly string[] {
  const hasOwn = lineageOf(leaf).includes(stage) || hasOwnPackages(beyond(leaf, stage));
  return hasOwn ? [] : installsForAll(beyond(stage, leaf));
}

function isOfPython(program: string): boolean {
  return /^python[\d.]*$/.test(program) || PROGRAMS.test(program);
}

function packagesMessage(stage: string): string {
  return `what "pip" installs in stage "${stage}" stays there, as nothing copied from it holds its packages: imports fail; install into a virtual environment and copy that, or install here`;
}

function programMessage(program: string, stage: string): string {
  return `"${program}" is started, but only its packages are copied: the program itself stays in "/usr/local/bin" of stage "${stage}"; copy that too, or start "python -m ${program}"`;
}

/** Whether surely no path holds what pip installs. */
function areLost(
  paths: readonly string[],
  areOfPython: boolean,
  leaf: LintedStage,
  stage: LintedStage,
): boolean {
  if (areOfPython) return !paths.some(mayHoldPackages);
  return standOnSame(leaf, stage) && !paths.some(mayHoldAnyPackages);
}

/** What is done in a stage and not in another that begins like it. */
function beyond(stage: LintedStage, other: LintedStage): readonly LintedInstruction[] {
  const shared = lineageOf(other);
  return placedInstructions(stage)
    .filter((placed) => !shared.includes(placed.stage))
    .map(({ instruction }) => instruction);
}

/** Installs without an environment of their own, of what is needed when the image runs. */
function installsForAll(steps: readonly LintedInstruction[]): readonly string[] {
  const isElsewhere = steps.some(
    ({ keyword, body }) =>
      (keyword === 'ENV' && /\b(?:PATH|VIRTUAL_ENV|PIP_\w+|PYTHONUSERBASE|UV_\w+)\b/.test(body.text)) ||
      (keyword === 'RUN' &&
        /-m venv|uv venv|virtualenv|venv\/bin|pip wheel|pip download|conda|pyinstaller|nuitka/i.test(
          body.text,
        )),
  );
  if (isElsewhere) return [];
  return steps
    .flatMap(installsOf)
    .filter(isForAll)
    .flatMap(({ packages, options }) => [
      ...packages.map(({ name }) => name).filter((name) => !FOR_BUILDING.test(name)),
      ...options.flatMap(([name, value]) =>
        /^(?:-r|--requirement)$/.test(name) && !/build|dev|test|doc/i.test(value ?? 'dev') ? ['*'] : [],
      ),
    ]);
}

/** What requirements files name that are in the repository. */
function listedForAll(stage: LintedStage, file: LintedDockerfile, project: LintedProject): readonly string[] {
  const found = pythonPackages(stage, file, project).byName.values();
  return [...found].flatMap((one) => (one.file !== null && isForAll(one.install) ? one.name : []));
}

function isForAll(install: InstallCommand): boolean {
  const elsewhere = optionValues(install, '--prefix', '-t', '--target', '--root', '--user', '--python', '-p');
  // `/app/env/bin/pip`
  const isOfEnvironment = /^(?!\/usr\/).*\//.test(install.command.words[0]?.text ?? '');
  return install.manager === 'pip' && elsewhere.length === 0 && !isOfEnvironment;
}

function mayHoldPackages(path: string): boolean {
  return (
    /^\/(?:usr(?:\/local(?:\/lib(?:64)?(?:\/python.*)?)?)?)?\/?$/.test(path) || /site-packages|\*/.test(path)
  );
}

/** Where pip puts packages on an image of which nothing is known, a folder for the project alone does not hold them. */
function mayHoldAnyPackages(path: string): boolean {
  return (
    !/^\/(?:app|src|code|workspace|work|project|srv|service)\b/.test(path) ||
    /env|conda|packages|lib|\*/.test(path)
  );
}

function mayHoldPrograms(path: string): boolean {
  return /^\/(?:usr(?:\/local)?)?\/?$|\/bin\b|\*/.test(path);
}

/** Also by other ways than pip. */
function hasOwnPackages(steps: readonly LintedInstruction[]): boolean {
  return steps.some(({ keyword, body, flags }) =>
    keyword === 'ENV'
      ? /\b(?:PATH|PYTHONPATH|VIRTUAL_ENV)\b/.test(body.text)
      : keyword === 'RUN' &&
        (flags.some((flag) => flag.startsWith('--mount')) ||
          /\b(?:uv|poetry|pip|conda|python3-)/.test(body.text)),
  );
}

/** The stage of a file that a `COPY --from` names. */
export function stageNamed(name: string, { stages }: LintedDockerfile): LintedStage | null {
  if (name === '') return null;
  return stages.find((stage) => stage.name === name.toLowerCase() || `${stage.index}` === name) ?? null;
}

/** Whether a stage begins with the official image of Python. */
export function isPython(stage: LintedStage): boolean {
  return factsOf(stage)?.repository === 'docker.io/library/python';
}

/** Whether two stages begin with the same image: what one adds to it is not in the other. */
function standOnSame(one: LintedStage, other: LintedStage): boolean {
  const [first, second] = [one, other].map((stage) => lineageOf(stage)[0]?.base);
  return first?.kind === 'image' && second?.kind === 'image' && first.name === second.name;
}
