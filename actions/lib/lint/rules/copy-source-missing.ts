import { posix } from 'node:path';
import { remoteSourceOf } from '../../dockerfile/remote-source.ts';
import { cleanSource, matchesOf } from '../copied-files.ts';
import type { Span } from '../finding.ts';
import type { LintedDockerfile, LintedInstruction } from '../linted-dockerfile.ts';
import type { LintedContext, LintedProject } from '../linted-project.ts';
import type { Draft, Rule } from '../rule.ts';
import { copyOf, expanded, placedInstructions } from '../stage-places.ts';

/** A source of `COPY` that the builder is not sent. */
export const copySourceMissing: Rule = {
  id: 'copy-source-missing',
  severity: 'error',
  title: 'A copied file is not in the build context',
  covers: [],
  *check(file, project) {
    const context = project.contextOf(file);
    if (context === null) return;
    for (const stage of file.stages) {
      for (const placed of placedInstructions(stage)) {
        if (placed.stage !== stage) continue;
        const { instruction } = placed;
        const copy = copyOf(placed);
        const written = copy?.from === '' ? writtenSources(instruction) : boundSources(instruction);
        for (const source of written) {
          const draft = draftFor(source, instruction, context, file, project);
          if (draft !== null) yield { ...spanOf(source, instruction, file), ...draft };
        }
      }
    }
  },
};

function writtenSources({ command }: LintedInstruction): readonly string[] {
  return command.kind === 'copy' ? command.sources : [];
}

/** Sources of bind mounts of the context. */
function boundSources({ command }: LintedInstruction): readonly string[] {
  if (command.kind !== 'run') return [];
  return command.mounts.flatMap((options) => {
    const of = (name: string) => options.find((option) => option.name === name)?.value;
    const isOfContext = (of('type') ?? 'bind') === 'bind' && of('from') === undefined;
    return isOfContext && of('source') !== undefined ? [of('source') ?? ''] : [];
  });
}

type Said = Pick<Draft, 'severity' | 'message' | 'fix'>;

/** Made by a build before this one, as a rule. */
const MADE =
  /^(?:dist|build|target|out|output|release|bin|node_modules|artifacts?|wheels?|wheelhouse|publish|\.next|_output)$|\.(?:whl|jar|war|deb|rpm|tar|gz|tgz|zip|so|exe)$/i;

function draftFor(
  written: string,
  instruction: LintedInstruction,
  context: LintedContext,
  file: LintedDockerfile,
  project: LintedProject,
): Said | null {
  const source = expanded(written, instruction);
  if (source === null || remoteSourceOf(source) !== undefined) return null;
  const clean = cleanSource(source);
  // A pattern that matches nothing copies nothing, which some rely on.
  if (clean === '.' || /[*?[]/.test(clean)) return null;
  const found = matchesOf(source, context);
  if (found.length > 0) return untracked(clean, found, context, project);
  const left = [...context.ignored].filter((path) => path === clean || path.startsWith(`${clean}/`));
  if (left.length > 0) return ignored(clean, left, context);
  const other = otherCase(clean, context);
  if (other !== null)
    return {
      message: `"${written}" is not in the build context, but "${other}" is: names of files differ by upper and lower case on Linux`,
    };
  return missing(written, clean, context, file, project);
}

/** What was not added to git yet is on its way there. */
function untracked(
  clean: string,
  found: readonly string[],
  { folder, untracked: unknown, isFromGit }: LintedContext,
  project: LintedProject,
): Said | null {
  if (isFromGit || !found.every((path) => unknown.has(path))) return null;
  const listed = new Set(project.files);
  if (found.some((path) => listed.has(posix.join(folder, path)))) return null;
  const message = `"${clean}" lies here, but git ignores it: a fresh checkout does not have it and the build fails there; copy what git knows, make it in a stage, or make it before each build`;
  return { severity: isMade(clean) ? 'info' : 'warning', message };
}

function isMade(path: string): boolean {
  return path.split('/').some((part) => MADE.test(part));
}

function ignored(clean: string, left: readonly string[], { ignoreFile }: LintedContext): Said {
  const what = left.includes(clean) ? 'the build does not find it' : 'nothing in it is sent';
  return {
    severity: left.includes(clean) ? 'error' : 'warning',
    message: `"${clean}" is left out by "${ignoreFile ?? '.dockerignore'}": ${what}; take it out of the ignore file`,
  };
}

function otherCase(clean: string, { files }: LintedContext): string | null {
  const wanted = clean.toLowerCase();
  for (const file of files.keys()) {
    const lower = file.toLowerCase();
    if (lower === wanted || lower.startsWith(`${wanted}/`)) return file.slice(0, clean.length);
  }
  return null;
}

function missing(
  written: string,
  clean: string,
  { folder, isGiven }: LintedContext,
  file: LintedDockerfile,
  project: LintedProject,
): Said | null {
  const isThere = (path: string) => project.files.some((one) => one === path || one.startsWith(`${path}/`));
  // Where the context is only a guess, it may be another folder that holds this one.
  if (!isGiven && project.files.some((path) => `/${path}/`.includes(`/${clean}/`))) return null;
  const where = folder === '.' ? 'the build context' : `the build context "${folder}"`;
  if (/^(?:\.\/)*\.\.(?:\/|$)/.test(written)) {
    const message = `"${written}" lies outside of ${where}, and nothing is copied from there: the builder looks for "${clean}" in it; build from a folder further up, or name the other one as an additional context`;
    return { severity: isGiven ? 'error' : 'warning', message };
  }
  const own = posix.dirname(file.source.file);
  const hint = isThere(posix.join(own, clean)) && own !== folder ? `; it is in "${own}"` : '';
  const message = `"${written}" is not in ${where}: the build does not find it${isMade(clean) ? ' unless something makes it before' : hint}`;
  return { severity: isMade(clean) || !isGiven ? 'info' : 'warning', message };
}

/** Where a source stands in its instruction. */
function spanOf(
  source: string,
  { start, end }: LintedInstruction,
  { source: { text } }: LintedDockerfile,
): Span {
  const escaped = source.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const match = new RegExp(`(?<=[\\s"=,])${escaped}(?=[\\s",]|$)`).exec(text.slice(start, end));
  if (match === null) return { start, end };
  return { start: start + match.index, end: start + match.index + source.length };
}
