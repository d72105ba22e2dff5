import { posix } from 'node:path';
import { distance } from 'fastest-levenshtein';
import { remoteSourceOf } from '../../dockerfile/remote-source.ts';
import { contextSources } from '../context-sources.ts';
import { cleanSource, matchesOf } from '../copied-files.ts';
import type { Span } from '../finding.ts';
import { isGitIgnored } from '../git-ignored.ts';
import { leavesOut } from '../leaves-out.ts';
import type { LintedDockerfile, LintedInstruction } from '../linted-dockerfile.ts';
import type { LintedContext, LintedProject } from '../linted-project.ts';
import type { Draft, Rule } from '../rule.ts';
import { expanded, type PlacedInstruction, placedInstructions } from '../stage-places.ts';

/** A source of `COPY` that the builder is not sent. */
export const copySourceMissing: Rule = {
  id: 'copy-source-missing',
  severity: 'error',
  title: 'A copied file is not in the build context',
  covers: [],
  *check(file, project) {
    const context = project.contextOf(file);
    if (context === null) return;
    const sources = file.stages.flatMap((stage) =>
      placedInstructions(stage).flatMap((placed) => (placed.stage === stage ? sourcesOf(placed) : [])),
    );
    // What prepares the context for one may do so for the others.
    const isPrepared = sources.some((one) => isMadeBefore(one, context, project));
    for (const { written, instruction } of sources) {
      const draft = draftFor(written, instruction, { context, file, project, isPrepared });
      if (draft !== null) yield { ...spanOf(written, instruction, file), ...draft };
    }
  },
};

/** A source as written. */
interface Source {
  readonly written: string;
  readonly instruction: LintedInstruction;
}

interface Setting {
  readonly context: LintedContext;
  readonly file: LintedDockerfile;
  readonly project: LintedProject;
  readonly isPrepared: boolean;
}

function sourcesOf({ instruction }: PlacedInstruction): readonly Source[] {
  return contextSources(instruction.command).map((written) => ({ written, instruction }));
}

type Said = Pick<Draft, 'severity' | 'message' | 'fix'>;

/** Made by a build before this one, as a rule. */
const MADE =
  /^(?:dist|build|target|out|outputs?|releases?|bin|tmp|temp|node_modules|artifacts?|wheels?|wheelhouse|publish|staging|secrets?|\.next|_\w+)$|\.(?:whl|jar|war|deb|rpm|tar|gz|tgz|zip|so|exe)$/i;
/** One file per platform: a build for each of them made it. */
const OF_PLATFORM = /\$\{?(?:TARGET|BUILD)(?:PLATFORM|OS|ARCH|VARIANT)\b/;

function draftFor(written: string, instruction: LintedInstruction, setting: Setting): Said | null {
  const { context, project } = setting;
  const source = expanded(written, instruction);
  if (source === null || remoteSourceOf(source) !== undefined) return null;
  const clean = cleanSource(source);
  // A pattern that matches nothing copies nothing, which some rely on.
  // On Windows a backslash parts folders.
  if (clean === '.' || /[*?[]/.test(clean) || written.includes('\\')) return null;
  // A clone is sent with its history, which is in no list of its files.
  if (/^\.git(?:\/|$)/.test(clean) && !context.isFromGit) return historyLeftOut(context, project);
  const found = matchesOf(source, context);
  if (found.length > 0) return untracked(clean, found, context, project);
  const left = [...context.ignored].filter((path) => path === clean || path.startsWith(`${clean}/`));
  if (left.length > 0) return ignored(clean, left, context, project);
  const other = otherCase(clean, context);
  if (other !== null)
    return {
      message: `"${written}" is not in the build context, but "${other}" is: names of files differ by upper and lower case on Linux`,
    };
  return setting.isPrepared ? null : missing(written, clean, setting);
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

function ignored(
  clean: string,
  left: readonly string[],
  { ignoreFile }: LintedContext,
  project: LintedProject,
): Said | null {
  const isFile = left.includes(clean);
  const text = ignoreFile === null ? null : project.read(ignoreFile);
  // Of a folder that is yet to be filled some kinds of files alone may be left out.
  if (!isFile && text !== null && !leavesOut(`${clean}/any`, text)) return null;
  const what = isFile ? 'the build does not find it' : 'nothing in it is sent';
  return {
    severity: isFile ? 'error' : 'warning',
    message: `"${clean}" is left out by "${ignoreFile ?? '.dockerignore'}": ${what}; take it out of the ignore file`,
  };
}

function historyLeftOut({ folder, ignoreFile }: LintedContext, project: LintedProject): Said | null {
  const text = ignoreFile === null ? null : project.read(ignoreFile);
  if (folder !== '.' || text === null || !leavesOut('.git/HEAD', text)) return null;
  return {
    message: `".git" is left out by "${ignoreFile ?? ''}": the build does not find it; take it out of the ignore file`,
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
  { context: { folder, isGiven, givenBy, files }, file, project }: Setting,
): Said | null {
  const isThere = (path: string) => project.files.some((one) => one === path || one.startsWith(`${path}/`));
  // Where the context is only a guess, it may be another folder that holds this one, and a build may give other values.
  if (!isGiven && written.includes('$')) return null;
  if (!isGiven && project.files.some((path) => `/${path}/`.includes(`/${clean}/`))) return null;
  const by = givenBy === undefined ? '' : ` of ${givenBy}`;
  const where = `the build context${folder === '.' ? '' : ` "${folder}"`}${by}`;
  if (/^(?:\.\/)*\.\.(?:\/|$)/.test(written)) {
    const message = `"${written}" lies outside of ${where}, and nothing is copied from there: the builder looks for "${clean}" in it; build from a folder further up, or name the other one as an additional context`;
    return { severity: isGiven ? 'error' : 'warning', message };
  }
  const own = posix.dirname(file.source.file);
  const slip = slipOf(clean, files);
  const hint =
    isThere(posix.join(own, clean)) && own !== folder
      ? `; it is in "${own}"`
      : slip === null
        ? ''
        : `; did you mean "${slip}"?`;
  const message = `"${written}" is not in ${where}: the build does not find it${hint}`;
  // Whatever the context is, what lies beside it there was meant.
  if (slip !== null) return { severity: 'error', message };
  // Where the folder on top of it is there, the context is the one that was meant.
  const top = /^[^/]+\//.exec(clean)?.[0];
  const isMeant = isGiven || (top !== undefined && [...files.keys()].some((path) => path.startsWith(top)));
  return { severity: isMeant ? 'warning' : 'info', message };
}

/** The file beside it with the same name but for one slip of the hand: `requirements.txt` for `requirments.txt`. */
function slipOf(clean: string, files: LintedContext['files']): string | null {
  const { dir, base, ext, name } = posix.parse(clean);
  const letters = (text: string) => [...text].sort().join('');
  const isSlip = (other: string) =>
    posix.extname(other) === ext &&
    other.replace(/\D/g, '') === base.replace(/\D/g, '') &&
    (distance(base, other) === 1 || (distance(base, other) === 2 && letters(base) === letters(other)));
  const beside = [...files.keys()].filter((file) => posix.dirname(file) === (dir || '.'));
  const found = name.length < 5 ? [] : beside.filter((file) => isSlip(posix.basename(file)));
  return found.length === 1 ? (found[0] ?? null) : null;
}

/**
 * Whether something makes a source that is not there before the build: it has the name of an output or a file per platform,
 * git is told to leave it out, it lies in a submodule that was not fetched, or in a hidden folder that nobody added.
 */
function isMadeBefore(
  { written, instruction }: Source,
  context: LintedContext,
  project: LintedProject,
): boolean {
  const source = expanded(written, instruction);
  if (source === null || remoteSourceOf(source) !== undefined || matchesOf(source, context).length > 0)
    return false;
  const clean = cleanSource(source);
  const path = posix.join(context.folder, clean);
  const hidden = /^\.[^/]+\//.exec(clean)?.[0];
  const { files } = project;
  // Beside others, a pattern that matches nothing is none that something has to make.
  if (hidden !== undefined && /[*?[]/.test(clean)) return false;
  return (
    isMade(clean) ||
    OF_PLATFORM.test(written) ||
    (hidden !== undefined && !files.some((file) => file.startsWith(posix.join(context.folder, hidden)))) ||
    files.some((file) => path.startsWith(`${file}/`)) ||
    isGitIgnored(path, project)
  );
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
