import { posix } from 'node:path';
import { commandSpan } from '../command-text.ts';
import { cleanSource, matchesOf } from '../copied-files.ts';
import { installsOf, optionValues } from '../installs.ts';
import { invocationOf } from '../invocation.ts';
import { knownCondaBase } from '../known-base.ts';
import type { LintedInstruction, LintedStage } from '../linted-dockerfile.ts';
import type { LintedContext } from '../linted-project.ts';
import type { Draft, Rule } from '../rule.ts';
import type { ShellCommand, ShellWord } from '../shell-script.ts';
import { copyOf, type PlacedInstruction, placedInstructions } from '../stage-places.ts';

/** `RUN pip install -r requirements.txt` above the `COPY` that brings it. */
export const usedBeforeCopy: Rule = {
  id: 'used-before-copy',
  severity: 'error',
  title: 'A step uses a file of the context that is not copied yet',
  covers: [],
  *check(file, project) {
    const context = project.contextOf(file);
    if (context === null) return;
    for (const stage of file.stages) if (knownCondaBase(stage)) yield* draftsOf(stage, context);
  },
};

/** Programs that bring no files of a project. */
const BRINGS_NONE =
  /^(?:apt|apt-get|apt-key|aptitude|apk|yum|dnf|microdnf|pip|uv pip|conda|mamba|mkdir|rm|rmdir|chmod|chown|set|export|true|test|\[|useradd|adduser|usermod|groupadd|addgroup|locale-gen|update-ca-certificates|update-alternatives|dpkg-reconfigure|ldconfig|nproc|ls|pwd|which)$/;

function* draftsOf(stage: LintedStage, context: LintedContext): Generator<Draft> {
  const copied: string[] = [];
  for (const placed of placedInstructions(stage)) {
    if (copyOf(placed) !== null) {
      const brought = broughtBy(placed, context);
      if (brought === null) return;
      copied.push(...brought);
    }
    for (const command of commandsOf(placed.instruction)) {
      const draft =
        command === null || placed.stage !== stage ? null : draftFor(command, placed, context, copied);
      if (draft !== null) yield draft;
      // Once is enough, and nobody knows what is there behind what may bring it.
      if (command === null || draft !== null || !bringsNone(command)) return;
    }
  }
}

/** `null` stands for what cannot be read. */
function commandsOf({ keyword, shell, flags }: LintedInstruction): readonly (ShellCommand | null)[] {
  if (keyword !== 'RUN') return [];
  const isOpen = flags.some((flag) => /^--mount=(?!type=cache)/.test(flag));
  return shell === null || shell.problem !== null || isOpen ? [null] : shell.commands;
}

function draftFor(
  command: ShellCommand,
  placed: PlacedInstruction,
  context: LintedContext,
  copied: readonly string[],
): Draft | null {
  const used = usedBy(command, placed.instruction).find((path) => isMissing(path, placed, context, copied));
  if (used === undefined || !isCertain(command)) return null;
  const message = `"${used}" is not in the image yet: nothing copies it before this step, and the build ends here; put "COPY ${used} …" in front`;
  return { ...commandSpan(command), message };
}

/** Names of the files that a copy may bring; `null` where nobody knows. */
function broughtBy(placed: PlacedInstruction, context: LintedContext): readonly string[] | null {
  const copy = copyOf(placed);
  if (copy === null || copy.from !== '' || copy.sources.includes(null) || copy.destination === null)
    return null;
  const sources = copy.sources.flatMap((source) => source ?? []);
  const found = sources.flatMap((source) => matchesOf(source, context));
  // Archives are unpacked, addresses fetched, and what is missing may be made before the build.
  const isOpen = sources.some(
    (source) =>
      /:\/\/|^git@|<<|\.(?:t?gz|tar|xz|bz2|txz|tbz2?|zip)$/.test(source) ||
      matchesOf(source, context).length === 0,
  );
  const names = [...found, ...sources.map(cleanSource), copy.destination].map((path) => posix.basename(path));
  return isOpen ? null : names;
}

/** Files that a command reads, as written, where they are relative. */
function usedBy(command: ShellCommand, instruction: LintedInstruction): readonly string[] {
  const install = installsOf(instruction).find((one) => one.command === command);
  const lists =
    install?.manager === 'pip' ? optionValues(install, '-r', '--requirement', '-c', '--constraint') : [];
  const { program, args } = invocationOf(command) ?? { program: '', args: [] };
  const [first] = args;
  const isShell = /^(?:ba|da|z)?sh$/.test(program) || program === 'python';
  const script = isShell && args[0] !== undefined ? [first?.text ?? ''] : [];
  const [word] = command.words;
  const own = word?.text?.includes('/') ? [word.text] : [];
  const named = [...lists.flatMap((path) => path ?? []), ...script, ...own].filter((path) =>
    /^(?:\.\/)*[\w][\w./-]*\.(?:txt|in|sh|py)$/.test(path),
  );
  return [...named, ...environmentsOf(program, args), ...manifestsOf(program, args)];
}

/** `conda env create -f environment.yml` */
function environmentsOf(program: string, args: readonly ShellWord[]): readonly string[] {
  const words = args.map(({ text }) => text ?? '');
  if (!/^(?:conda|mamba|micromamba)$/.test(program) || !/^(?:env|create|install)$/.test(words[0] ?? ''))
    return [];
  const at = words.findIndex((word) => word === '-f' || word === '--file');
  const file = at === -1 ? words.find((word) => word.startsWith('--file='))?.slice(7) : words[at + 1];
  return file !== undefined && /^(?:\.\/)*\w[\w./-]*\.ya?ml$/.test(file) ? [file] : [];
}

/** What a command reads without naming it, by its first words. */
const MANIFESTS: readonly (readonly [command: RegExp, manifest: string])[] = [
  [/^npm (?:ci|install|i)$/, 'package.json'],
  [/^(?:yarn|pnpm)(?: install)?$/, 'package.json'],
  [/^(?:poetry install|uv sync)$/, 'pyproject.toml'],
  [/^cargo (?:build|fetch)$/, 'Cargo.toml'],
  [/^go mod download$/, 'go.mod'],
  [/^bundle install$/, 'Gemfile'],
];

/** None where a package or another folder is named. */
function manifestsOf(program: string, args: readonly ShellWord[]): readonly string[] {
  const words = args.map(({ text }) => text ?? '$');
  const isElsewhere = words.some((word) =>
    /^(?:-g|--global|--prefix|--cwd|--dir|-C|--directory|--project)\b|\$/.test(word),
  );
  const text = [program, ...words.filter((word) => !/^-/.test(word))].join(' ');
  return isElsewhere
    ? []
    : MANIFESTS.flatMap(([command, manifest]) => (command.test(text) ? [manifest] : []));
}

/** The context holds it where it is looked for, and nothing of that name was copied. */
function isMissing(
  path: string,
  { folder }: PlacedInstruction,
  { files }: LintedContext,
  copied: readonly string[],
): boolean {
  return folder !== null && files.has(posix.normalize(path)) && !copied.includes(posix.basename(path));
}

function isCertain({ before, after, within }: ShellCommand): boolean {
  return before !== '||' && after !== '||' && within.every((one) => one === 'subshell');
}

function bringsNone(command: ShellCommand): boolean {
  const { name, redirects } = command;
  const program = invocationOf(command)?.program ?? name ?? '';
  const writes = redirects.some(
    ({ operator, target }) => operator.includes('>') && !/^(?:\/dev\/|\/etc\/|&|\d)/.test(target.text ?? ''),
  );
  // Into the system, or into its own settings.
  if (/^(?:npm|yarn|pnpm|corepack)$/.test(program))
    return (
      !writes && command.words.some(({ text }) => /^(?:-g|--global|config|enable|prepare)$/.test(text ?? ''))
    );
  if (program === 'echo' || program === 'printf') return !writes && command.after !== '|';
  return (
    BRINGS_NONE.test(program) && !writes && !command.words.some(({ raw }) => /git\+|-t\b|--target/.test(raw))
  );
}
