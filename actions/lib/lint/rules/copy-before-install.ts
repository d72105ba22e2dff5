import { posix } from 'node:path';
import { cleanSource } from '../copied-files.ts';
import type { Fix } from '../finding.ts';
import { type InstallCommand, installsOf, optionValues } from '../installs.ts';
import { invocationOf } from '../invocation.ts';
import type { LintedDockerfile, LintedInstruction, LintedStage } from '../linted-dockerfile.ts';
import type { Draft, Rule } from '../rule.ts';
import { copyOf, expanded, placedInstructions } from '../stage-places.ts';

/** Everything is copied before dependencies are installed: every edit installs them again. */
export const copyBeforeInstall: Rule = {
  id: 'copy-before-install',
  severity: 'warning',
  title: 'Every edit of the code installs all dependencies again',
  covers: [],
  *check(file) {
    for (const stage of file.stages) {
      const draft = draftFor(stage, file);
      if (draft !== null) yield draft;
    }
  },
};

function draftFor(stage: LintedStage, file: LintedDockerfile): Draft | null {
  const copyAt = stage.instructions.findIndex((instruction) => copiesAll(instruction, stage));
  const copy = stage.instructions[copyAt];
  if (copy === undefined) return null;
  const before = stage.instructions.slice(0, copyAt);
  for (const [index, instruction] of stage.instructions.slice(copyAt + 1).entries()) {
    const read = isOwnScript(instruction) ? null : needOf(instruction, before);
    const needed =
      read == null ? read : { ...read, files: read.files.map((one) => sourceOf(one, copy, stage)) };
    // What a step of the project's own makes may be what is installed from.
    if (needed === undefined) continue;
    if (needed === null) return null;
    const { start, end } = copy;
    const first =
      needed.files.length === 0
        ? 'install first, as that needs nothing of it'
        : `copy ${named(needed.files)} alone before it, install, then copy the rest`;
    const message = `every edit of a file makes "${shown(needed.command, file)}" run again, as everything is copied before it: ${first}`;
    const fix = index === 0 ? fixFor(copy, instruction, needed, file) : null;
    return { start, end, message, ...(fix === null ? {} : { fix }) };
  }
  return null;
}

/** Where in the context a file lies of which the install names the path in the image. */
function sourceOf(path: string, copy: LintedInstruction, stage: LintedStage): string {
  const placed = placedInstructions(stage).find((one) => one.instruction === copy);
  const folder = placed === undefined ? null : (copyOf(placed)?.destination ?? null);
  return folder !== null && path.startsWith(`${folder.replace(/\/$/, '')}/`)
    ? posix.relative(folder, path)
    : path;
}

function copiesAll(instruction: LintedInstruction, stage: LintedStage): boolean {
  const placed = placedInstructions(stage).find((one) => one.instruction === instruction);
  const copy = placed === undefined ? null : copyOf(placed);
  return copy?.from === '' && copy.sources.some((source) => source !== null && cleanSource(source) === '.');
}

interface Need {
  readonly command: InstallCommand['command'];
  /** Files of the project that the install reads. */
  readonly files: readonly string[];
}

/** `undefined` where nothing is installed, `null` where the install needs the code, or was done before. */
function needOf(
  instruction: LintedInstruction,
  before: readonly LintedInstruction[],
): Need | null | undefined {
  if (instruction.keyword !== 'RUN') return undefined;
  // What was downloaded is kept there, and the step is short.
  if (instruction.flags.some((flag) => /^--mount=.*type=cache/.test(flag))) return null;
  for (const command of instruction.shell?.commands ?? []) {
    const install = installsOf(instruction).find((one) => one.command === command);
    const files = install === undefined ? lockFiles(command) : filesOf(install);
    if (files === undefined) continue;
    if (files === null || isDoneBefore(files, before)) return null;
    return { command, files };
  }
  return undefined;
}

/** `null`: the code itself is installed, or what is not known. */
function filesOf(install: InstallCommand): readonly string[] | null | undefined {
  const { manager, packages, others } = install;
  if (manager === 'npm') return packages.length > 0 || others.length > 0 ? undefined : ['package.json'];
  if (others.length > 0) return null;
  if (manager !== 'pip') return packages.length > 0 ? [] : null;
  if (optionValues(install, '-e', '--editable').length > 0) return null;
  const files = optionValues(install, '-r', '--requirement', '-c', '--constraint');
  if (files.includes(null)) return null;
  const read = files.flatMap((one) => one ?? []);
  return read.length === 0 && packages.every(({ name }) => /^(?:pip|setuptools|wheel|uv|build)$/.test(name))
    ? undefined
    : read;
}

function lockFiles(command: InstallCommand['command']): readonly string[] | undefined {
  const { program, args } = invocationOf(command) ?? { program: '', args: [] };
  if (program === 'npm' && args[0]?.text === 'ci') return ['package.json', 'package-lock.json'];
  return undefined;
}

function isDoneBefore(files: readonly string[], before: readonly LintedInstruction[]): boolean {
  const names = files.map((file) => posix.basename(file));
  return before.some(
    (one) =>
      one.keyword === 'RUN' &&
      (names.length === 0
        ? false
        : names.every((name) => one.body.text.includes(name)) ||
          /\bnpm (?:ci|install)\b/.test(one.body.text)),
  );
}

const QUIET =
  /^(?:apt|apt-get|apk|dnf|yum|pip|uv pip|npm|yarn|pnpm|conda|mamba|echo|mkdir|rm|cd|chmod|chown|set|export|ls|useradd|groupadd|adduser|addgroup|ln|true|python|test)$/;

/** Steps that may write what a later install reads. */
function isOwnScript({ keyword, shell }: LintedInstruction): boolean {
  if (keyword !== 'RUN') return false;
  if (shell === null || shell.problem !== null) return true;
  return shell.commands.some((command) => {
    const program = invocationOf(command)?.program ?? '';
    return (
      !QUIET.test(program) ||
      (program === 'python' && command.words.some(({ text }) => text?.endsWith('.py') === true))
    );
  });
}

function named(files: readonly string[]): string {
  return [...new Set(files)].map((file) => `"${file}"`).join(' and ');
}

function shown({ start, end }: InstallCommand['command'], { source }: LintedDockerfile): string {
  const text = source.text
    .slice(start, end)
    .replace(/\\\r?\n\s*/g, '')
    .replace(/\s+/g, ' ');
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** Where the install is all that the next step does, the two change places. */
function fixFor(
  copy: LintedInstruction,
  run: LintedInstruction,
  { files, command }: Need,
  { source: { text } }: LintedDockerfile,
): Fix | null {
  const isAlone = run.shell?.commands.length === 1 && run.shell.commands[0] === command;
  const isRelative = files.every(
    (file) => !file.startsWith('/') && expanded(file, run) === file && !file.includes('..'),
  );
  const between = text.slice(copy.end, run.start);
  if (
    !isAlone ||
    !isRelative ||
    files.length === 0 ||
    between.trim() !== '' ||
    !/\s\.\s+\.\/?$/.test(` ${copy.body.text}`)
  )
    return null;
  const copies = files.map(
    (file) => `COPY ${file} ${posix.dirname(file) === '.' ? './' : `./${posix.dirname(file)}/`}\n`,
  );
  const moved = `${copies.join('')}${text.slice(run.start, run.end)}\n`;
  const edits = [
    { start: copy.start, end: copy.start, text: moved },
    { start: copy.end, end: run.end, text: '' },
  ];
  return { description: 'copy what the install reads, install, then copy the rest', safe: false, edits };
}
