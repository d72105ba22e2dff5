import { posix } from 'node:path';
import { copiedFiles } from '../copied-files.ts';
import facts from '../data/python-packages.json' with { type: 'json' };
import { factsOf, type LintedDockerfile, type LintedStage } from '../linted-dockerfile.ts';
import type { LintedProject } from '../linted-project.ts';
import { importsOf } from '../python-imports.ts';
import { type PythonPackages, pythonPackages } from '../python-packages.ts';
import type { Draft, Rule } from '../rule.ts';
import { finalFolder, inFolder, leafStages, placedInstructions } from '../stage-places.ts';
import { programsIn, scriptOf, startedProgram } from '../started-program.ts';

const MODULES: ReadonlyMap<string, string> = new Map(Object.entries(facts.modules));
const BRINGS: ReadonlyMap<string, string> = new Map(Object.entries(facts.brings));

/** Code that is started imports a package that nothing installs. */
export const importNotInstalled: Rule = {
  id: 'import-not-installed',
  severity: 'warning',
  title: 'The code imports a package that nothing installs',
  covers: [],
  *check(file, project) {
    for (const leaf of leafStages(file)) {
      if (factsOf(leaf)?.repository !== 'docker.io/library/python' || isOpen(leaf)) continue;
      const packages = pythonPackages(leaf, file, project);
      const started = startedProgram(leaf);
      if (started === null || !isKnown(packages)) continue;
      const { instruction } = started.from;
      if (!file.stages.some(({ instructions }) => instructions.includes(instruction))) continue;
      for (const [module, from] of importedModules(started.words, leaf, file, project)) {
        const message = missing(module, from, packages);
        if (message !== null)
          yield { start: instruction.start, end: instruction.end, message } satisfies Draft;
      }
    }
  },
};

/** Packages may come from another stage or another place of the system. */
function isOpen(leaf: LintedStage): boolean {
  return placedInstructions(leaf).some(
    ({ instruction: { keyword, flags, body } }) =>
      flags.some((flag) => flag.startsWith('--from')) ||
      (keyword === 'ENV' && /\bPYTHONPATH\b/.test(body.text)),
  );
}

/** What every package brings along must be known, or any of them may bring what is looked for. */
function isKnown({ byName, isComplete }: PythonPackages): boolean {
  return (
    isComplete &&
    [...byName.keys()].every((name) => BRINGS.has(name) || /^(?:pip|setuptools|wheel)$/.test(name))
  );
}

function missing(module: string, from: string, { byName }: PythonPackages): string | null {
  const providers = MODULES.get(module)?.split(' ') ?? [];
  const isThere = [...byName.keys()].some(
    (name) =>
      providers.includes(name) || (BRINGS.get(name) ?? '').split(' ').some((one) => providers.includes(one)),
  );
  // With extras a package brings more than is known.
  const hasExtras = [...byName.values()].some(({ constraint }) => constraint.startsWith('['));
  if (providers.length === 0 || isThere || hasExtras) return null;
  return `"${from}" imports "${module}", and nothing that is installed holds it: starting ends with ModuleNotFoundError; install "${providers[0] ?? module}"`;
}

/** Modules that are loaded with what is started, each with the first file that names it. */
function importedModules(
  words: readonly string[],
  leaf: LintedStage,
  file: LintedDockerfile,
  project: LintedProject,
): ReadonlyMap<string, string> {
  const { byPath } = copiedFiles(leaf, file, project);
  const folder = finalFolder(leaf);
  const first = startFile(words, folder, byPath);
  const found = new Map<string, string>();
  if (first === null) return found;
  const roots = [posix.dirname(first), folder ?? '/'];
  const loaded = [first];
  // Grows while it is walked.
  for (const path of loaded) {
    const at = byPath.get(path)?.file ?? '';
    for (const module of importsOf(project.read(at) ?? '')) {
      const local = localFile(module, path, roots, byPath);
      const top = module.split('.')[0] ?? '';
      if (local !== null && !loaded.includes(local)) loaded.push(local);
      else if (local === null && !found.has(top) && !isLocal(top, roots, byPath)) found.set(top, at);
    }
  }
  return found;
}

type ByPath = ReadonlyMap<string, unknown>;

/** The file that `python app.py`, `python -m app` or `uvicorn app:app` loads. */
function startFile(words: readonly string[], folder: string | null, byPath: ByPath): string | null {
  for (const { program, args } of programsIn(words)) {
    const name = program.split('/').at(-1) ?? '';
    const script = scriptOf(program, args);
    const module = /^python/.test(name) && args[0] === '-m' ? args[1] : undefined;
    const app = /^(?:uvicorn|gunicorn|hypercorn)$/.test(name)
      ? args.find((word) => /^[\w.]+:\w+/.test(word))?.split(':')[0]
      : undefined;
    const written = script ?? (module ?? app)?.replaceAll('.', '/').concat('.py');
    const path = written === undefined ? null : inFolder(folder, written);
    if (path?.endsWith('.py') === true && byPath.has(path)) return path;
  }
  return null;
}

function localFile(module: string, path: string, roots: readonly string[], byPath: ByPath): string | null {
  const dots = /^\.+/.exec(module)?.[0].length ?? 0;
  const rest = module.slice(dots).replaceAll('.', '/');
  const folders =
    dots === 0 ? roots : [posix.join(posix.dirname(path), ...Array<string>(dots - 1).fill('..'))];
  for (const folder of folders) {
    const base = posix.join(folder, rest);
    for (const one of [`${base}.py`, `${base}/__init__.py`]) if (byPath.has(one)) return one;
  }
  return null;
}

function isLocal(top: string, roots: readonly string[], byPath: ByPath): boolean {
  return roots.some((root) => {
    const base = posix.join(root, top);
    return byPath.has(`${base}.py`) || [...byPath.keys()].some((path) => path.startsWith(`${base}/`));
  });
}
