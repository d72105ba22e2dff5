/** What is wrong with a command that is started in an image: its program or its script is not there. */
import { posix } from 'node:path';
import { distance } from 'fastest-levenshtein';
import { copiedFiles } from './copied-files.ts';
import { mayBeExecuted } from './executable-file.ts';
import { programState, statesOf } from './image-programs.ts';
import { invocationOf } from './invocation.ts';
import {
  factsOf,
  type LintedDockerfile,
  type LintedInstruction,
  type LintedStage,
  lineageOf,
} from './linted-dockerfile.ts';
import type { LintedProject } from './linted-project.ts';
import { KNOWN_PROGRAMS } from './program-providers.ts';
import { pythonPackages } from './python-packages.ts';
import { inFolder, placedInstructions } from './stage-places.ts';
import { programsIn, scriptOf } from './started-program.ts';

/** Where a command is started. */
export interface StartPlace {
  readonly stage: LintedStage;
  readonly file: LintedDockerfile;
  readonly project: LintedProject;
  /** Absolute; `null` where it is not known. */
  readonly folder: string | null;
  /** Whether something is laid over a path when the container runs. */
  isMounted(path: string): boolean;
}

/** What is said of the first word that is wrong, or `null`. */
export function startedFault(words: readonly string[], place: StartPlace): string | null {
  // What it lacks may come with an image on top of it.
  if (placedInstructions(place.stage).some(({ instruction }) => isTrigger(instruction))) return null;
  for (const { program, args } of programsIn(words)) {
    const fault =
      joinedWords(program, args) ??
      missingProgram(program, place.stage) ??
      missingModule(program, place) ??
      missingFile(program, args, place);
    if (fault !== null) return fault;
  }
  return null;
}

function isTrigger({ command }: LintedInstruction): boolean {
  return command.kind === 'onbuild' && /^(?:COPY|ADD|RUN)\s/i.test(command.trigger);
}

/** An array that holds a whole command as one word. */
function joinedWords(program: string, args: readonly string[]): string | null {
  const words = program.trim().split(/\s+/);
  if (
    words.length < 2 ||
    !/^(?:[\w.-]+|(?:\.{0,2}\/)[\w./-]+)$/.test(words[0] ?? '') ||
    /[$\\]/.test(program)
  )
    return null;
  const shown = [...words, ...args].map((word) => `"${word}"`).join(', ');
  return `"${program}" is started as one program, and there is none of this name: each word stands alone in an array, as in [${shown}]`;
}

/** Programs of the system. */
function missingProgram(program: string, leaf: LintedStage): string | null {
  if (!KNOWN_PROGRAMS.has(program) || programState(leaf, program) !== 'missing') return null;
  if (!/^python3?$/.test(program))
    return `"${program}" is started, but nothing installs it and the base image does not hold it`;
  // An environment that was made elsewhere may have one.
  const hasOther = placedInstructions(leaf).some(({ instruction: { keyword, body, flags } }) =>
    keyword === 'ENV' ? /\bPATH\b/.test(body.text) : flags.some((flag) => flag.startsWith('--from')),
  );
  if (hasOther) return null;
  const hint =
    program === 'python' && programState(leaf, 'python3') === 'there'
      ? ', only "python3" is there; start that, or install "python-is-python3"'
      : '';
  return `"${program}" is started, but the image has no program of this name${hint}`;
}

/** Servers that a framework of theirs does not bring along, and packages that do. */
const SERVERS: Readonly<Record<string, { readonly frameworks: RegExp; readonly bringers: RegExp }>> = {
  uvicorn: {
    frameworks: /^(?:fastapi|starlette)$/,
    bringers:
      /uvicorn|gradio|mlflow|vllm|sglang|chroma|bentoml|^ray$|mcp|langserve|litellm|prefect|dagster|litestar|nicegui|reflex|infinity|open-webui|jupyter|fastapi-cli|llama|langgraph|chainlit|robyn|zenml|airflow|kserve|mosec|tritonclient|xinference|marimo|shiny|solara|optuna|feast|phoenix/,
  },
  gunicorn: {
    frameworks: /^(?:flask|django|fastapi|starlette)$/,
    bringers:
      /gunicorn|mlflow|airflow|superset|sagemaker|label-studio|uvicorn-worker|redash|ckan|saleor|dash|kserve|prefect|locust|feast/,
  },
};

/** Programs that are Python packages. */
function missingModule(program: string, { stage: leaf, file, project }: StartPlace): string | null {
  const server = SERVERS[program];
  if (server === undefined || factsOf(leaf)?.repository !== 'docker.io/library/python') return null;
  const { byName, isComplete } = pythonPackages(leaf, file, project);
  const names = [...byName.keys()];
  const framework = names.find((name) => server.frameworks.test(name));
  const isFull =
    /\[/.test(byName.get('fastapi')?.constraint ?? '') ||
    /\[/.test(byName.get('starlette')?.constraint ?? '');
  const copies = placedInstructions(leaf).some(({ instruction: { flags } }) =>
    flags.some((flag) => flag.startsWith('--from')),
  );
  if (
    !isComplete ||
    copies ||
    isFull ||
    framework === undefined ||
    names.some((name) => server.bringers.test(name))
  )
    return null;
  return `"${program}" is started, but nothing installs it: "${framework}" does not bring it along`;
}

/** A file of the project that is started, or given to an interpreter. */
function missingFile(program: string, args: readonly string[], place: StartPlace): string | null {
  const { stage: leaf, file, project } = place;
  const isItself = program.includes('/');
  const written = isItself ? program : scriptOf(program, args);
  const path = inFolder(place.folder, written);
  if (written === null || path === null) return null;
  const { byPath, isComplete } = copiedFiles(leaf, file, project);
  const copied = byPath.get(path);
  if (copied !== undefined) {
    const isRefused = isItself && !mayBeExecuted(copied, leaf, project);
    const interpreter = isItself ? missingInterpreter(copied.file, place) : null;
    if (interpreter !== null)
      return `"${written}" is started, but its first line asks for "${interpreter}", which the image does not have`;
    if (!isRefused) return missingInScript(copied.file, written, place);
    return `"${written}" may not be executed: "${copied.file}" has no execute permission in git, and nothing gives it one; run "git update-index --chmod=+x ${copied.file}", or copy it with --chmod=755`;
  }
  if (!isItself && isModule(program, path, [...byPath.keys()])) return null;
  const typo = isComplete ? misspelt(path, [...byPath.keys()], place) : null;
  if (typo !== null) return `"${written}" is started, and the image has "${typo}" instead`;
  const mayBeThere =
    !isComplete ||
    !isPlainBase(leaf) ||
    /^\/(?:bin|sbin|usr|opt|etc|lib)\//.test(path) ||
    placedInstructions(leaf).some(({ instruction }) => mayMake(instruction, posix.basename(path))) ||
    place.isMounted(path);
  if (mayBeThere) return null;
  const other = [...byPath.keys()].find(
    (one) => posix.basename(one).toLowerCase() === posix.basename(path).toLowerCase(),
  );
  const hint = other === undefined ? '' : `; there is "${other}"`;
  return `"${written}" is started, but nothing puts "${path}" into the image${hint}`;
}

/** What a script does to get programs, or to do without them. */
const PREPARES =
  /^(?:apt|apt-get|apk|dnf|yum|pip|pip3|conda|mamba|curl|wget|source|\.|eval|type|which|hash)$/;

/** A program of the system that a started script calls on its way. */
function missingInScript(file: string, written: string, place: StartPlace): string | null {
  const commands = place.project.readScript(file)?.commands ?? [];
  const isOpen = commands.some(
    ({ name, words, assignments }) =>
      PREPARES.test(name ?? '') ||
      (name === 'command' && /^-[vV]$/.test(words[1]?.text ?? '')) ||
      assignments.some((one) => one.name === 'PATH'),
  );
  if (isOpen) return null;
  const called = commands.find(
    ({ words, within, before, after }) =>
      within.length === 0 &&
      before !== '||' &&
      after !== '||' &&
      // An environment that is made elsewhere may have its own.
      !/^(?:python|pip)/.test(words[0]?.text ?? '') &&
      isLacking(words[0]?.text ?? '', place),
  );
  return called === undefined
    ? null
    : `"${written}" is started and calls "${called.words[0]?.text}", but nothing installs that and the base image does not hold it`;
}

/** A file that was copied beside it under almost the same name, where the image is one that holds no project. */
function misspelt(path: string, copied: readonly string[], { stage, isMounted }: StartPlace): string | null {
  const name = posix.basename(path);
  const isNamed = placedInstructions(stage).some(
    ({ instruction: { keyword, body } }) => keyword === 'RUN' && body.text.includes(name),
  );
  if (isNamed || isMounted(path) || !/^docker\.io\/library\//.test(factsOf(stage)?.repository ?? ''))
    return null;
  const beside = copied.filter(
    (one) => posix.dirname(one) === posix.dirname(path) && posix.extname(one) === posix.extname(path),
  );
  const letters = (file: string) => posix.basename(file, posix.extname(file)).replace(/[^a-z]/gi, '');
  const [only, ...others] = beside.filter((one) => distance(letters(path), letters(one)) <= 2);
  // `start1.sh` may come with the image.
  const isSlip = letters(path).length > 4 && only !== undefined && letters(only) !== letters(path);
  return isSlip && others.length === 0 ? only : null;
}

/** `node dist/main` finds `dist/main.js` and `dist/main/index.js`; a folder can be given to Python too. */
function isModule(program: string, path: string, copied: readonly string[]): boolean {
  const isNode = /(?:^|\/)node$/.test(program);
  const folder = path === '/' ? path : `${path}/`;
  return copied.some(
    (one) =>
      one.startsWith(folder) ||
      (isNode && one.startsWith(`${path}.`) && /\.(?:[cm]?js|json|node)$/.test(one)),
  );
}

/** `bash` of a script that begins with `#!/bin/bash` or `#!/usr/bin/env bash`, where the image has none. */
function missingInterpreter(script: string, place: StartPlace): string | null {
  const line = place.project.read(script) ?? '';
  const [, program = ''] = /^#!\s*\/(?:usr\/)?bin\/(?:env\s+)?(bash)\b/.exec(line) ?? [];
  return isLacking(program, place) ? program : null;
}

/** Whether neither the base, an install nor a copy brings a program. */
function isLacking(program: string, { stage, file, project }: StartPlace): boolean {
  const { byPath, isComplete } = copiedFiles(stage, file, project);
  const isCopied = () => !isComplete || [...byPath.keys()].some((path) => posix.basename(path) === program);
  return [...statesOf(stage, program, isCopied)].at(-1)?.state === 'missing';
}

const PLAIN = /^docker\.io\/(?:library\/(?:python|debian|ubuntu|node|alpine)|nvidia\/cuda|pytorch\/pytorch)$/;

function isPlainBase(leaf: LintedStage): boolean {
  return PLAIN.test(factsOf(leaf)?.repository ?? '') && lineageOf(leaf)[0]?.base.kind === 'image';
}

const QUIET =
  /^(?:apt|apt-get|apk|pip|uv pip|echo|mkdir|rm|cd|chown|chmod|set|export|ls|useradd|groupadd|adduser|addgroup|true|test|ln|locale-gen|update-ca-certificates)$/;

/** Anything but steps that surely write no file of the project. */
function mayMake(
  { keyword, shell, body }: ReturnType<typeof placedInstructions>[number]['instruction'],
  name: string,
): boolean {
  if (keyword === 'VOLUME') return true;
  if (keyword !== 'RUN') return false;
  if (shell === null || shell.problem !== null || body.text.includes(name)) return true;
  return shell.commands.some(
    (command) =>
      !QUIET.test(invocationOf(command)?.program ?? '') ||
      command.redirects.some(({ operator }) => operator.includes('>')),
  );
}
