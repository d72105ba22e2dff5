import { type InstallCommand, installsInto, installsOf } from '../installs.ts';
import type { LintedDockerfile, LintedInstruction, LintedStage } from '../linted-dockerfile.ts';
import { lineageOf } from '../linted-dockerfile.ts';
import type { Draft, Rule } from '../rule.ts';
import type { ShellWord } from '../shell-script.ts';
import { type KnownPython, officialPython, type PlainPython, pythonAt, pythonOf } from '../system-python.ts';

/** `cp310-cp310-`, `cp37-abi3-`: the versions a wheel is for. */
const WHEEL = /-cp3(\d+)-(cp3\d+\w?|abi3|none)-[^/]*\.whl\b/;
const LIBRARY = /\/usr\/local\/lib\/python(3\.\d+)(?=\/|$)/;
const FOR_ANOTHER = /^(?:--target|-t|--prefix|--root|--python|-p|--python-version|--platform)$/;
/** Makes another Python the one that is meant, or runs its pip. */
const SWITCHES = /\balternatives\b|\bln\s|ensurepip|\balias\b|python3\.\d+\s+-m|pip3\.\d+/;

/** Something is made for one Python, and put where another one is. */
export const pythonVersionMismatch: Rule = {
  id: 'python-version-mismatch',
  severity: 'error',
  title: 'Something is made for another version of Python',
  covers: [],
  *check(file) {
    for (const stage of file.stages) {
      const plain = pythonAt(stage);
      for (const instruction of stage.instructions) {
        const installs = installsOf(instruction).filter(({ manager }) => manager === 'pip');
        for (const install of installs) yield* wheelDrafts(install, plain);
        const copied = copyDraft(instruction, stage, file);
        if (copied !== null) yield copied;
      }
      const missed = missedDraft(stage, plain);
      if (missed !== null) yield missed;
    }
  },
};

function* wheelDrafts(install: InstallCommand, plain: PlainPython): Generator<Draft> {
  const wheels = install.others.filter(({ raw }) => WHEEL.test(raw));
  if (wheels.length === 0 || install.options.some(([name]) => FOR_ANOTHER.test(name))) return;
  const python = pythonOf(install, plain);
  if (python === null) return;
  for (const word of wheels) {
    const tag = WHEEL.exec(word.raw);
    const [wanted, has] = [Number(tag?.[1]), Number(python.version.split('.')[1])];
    const fits = tag?.[2] === 'abi3' ? has >= wanted : has === wanted;
    if (!fits) yield wheelDraft(word, wanted, python);
  }
}

function wheelDraft({ start, end, raw }: ShellWord, wanted: number, { version, of }: KnownPython): Draft {
  const name = raw.split('/').at(-1) ?? raw;
  const message = `"${name}" is for Python 3.${wanted}, and pip refuses it for the Python ${version} of ${of}`;
  return { start, end, message };
}

/** Packages that are copied to where another Python looks for its own. */
function copyDraft(
  instruction: LintedInstruction,
  stage: LintedStage,
  { stages }: LintedDockerfile,
): Draft | null {
  const { command, body, start, end } = instruction;
  if (command.kind !== 'copy' || command.from === '') return null;
  const below = stages.find(
    ({ name, index }) => name === command.from.toLowerCase() || String(index) === command.from,
  );
  const source = command.sources
    .map((one) => LIBRARY.exec(one)?.[1])
    .find((version) => version !== undefined);
  const target = LIBRARY.exec(body.text.split(/\s+/).at(-1) ?? '')?.[1];
  const [from, here] = [below === undefined ? null : officialPython(below), officialPython(stage)];
  if (
    from !== null &&
    source !== undefined &&
    source !== from.version &&
    !bringsPython(below as LintedStage, source)
  ) {
    return {
      start,
      end,
      message: `"${from.of}" has no "/usr/local/lib/python${source}": its Python is ${from.version}`,
    };
  }
  if (here === null || target === undefined || target === here.version || bringsPython(stage, target))
    return null;
  const message = `the Python ${here.version} of ${here.of} does not look into "/usr/local/lib/python${target}": what is copied there is not found`;
  return { start, end, message, severity: 'warning' };
}

/** The version is spoken of elsewhere, so that it may well be there. */
function bringsPython(stage: LintedStage, version: string): boolean {
  return lineageOf(stage).some(({ instructions }) =>
    instructions.some(
      ({ keyword, command }) =>
        (keyword === 'RUN' || keyword === 'ENV') && command.instruction.text.includes(version),
    ),
  );
}

/** A second Python is installed by apt, and pip installs for the first one. */
function missedDraft(stage: LintedStage, plain: PlainPython): Draft | null {
  if (officialPython(stage) !== null) return null;
  const scripts = lineageOf(stage).flatMap(({ instructions }) => instructions);
  if (scripts.some(({ command }) => SWITCHES.test(command.instruction.text))) return null;
  const here = new Set(stage.instructions);
  const names = new Set<string>();
  for (const install of installsInto(stage)) {
    const { command, instruction, manager, options, packages } = install;
    const known = packages.map(({ name }) => name).filter((name) => /^python3(?:\.\d+|-pip)$/.test(name));
    for (const name of manager === 'apt' ? known : []) names.add(name);
    const python = manager === 'pip' && here.has(instruction) ? pythonOf(install, plain) : null;
    if (python === null || options.some(([name]) => FOR_ANOTHER.test(name))) continue;
    const own = `python${python.version}`;
    const second = [...names].find((name) => name !== 'python3-pip' && name !== own);
    if (second === undefined || !names.has('python3-pip') || names.has(own)) continue;
    const message = `pip installs for the Python ${python.version} of ${python.of}, not for the "${second}" that was installed: write "${second} -m pip"`;
    return { start: command.start, end: command.end, message, severity: 'warning' };
  }
  return null;
}
