/** Lint, as the command and the action do it: the project is read, our rules and hadolint look at it at the same time. */
import { homedir } from 'node:os';
import path from 'node:path';
import { type Checked, startCheck } from '../hadolint/check-dockerfiles.ts';
import type { Finding } from '../lint/finding.ts';
import { checkProject, lintProject } from '../lint/lint-project.ts';
import { loadShellGrammar } from '../lint/load-shell-grammar.ts';
import type { PlacedFinding } from '../lint/placed-finding.ts';
import { problemFinding } from '../lint/problem-findings.ts';
import { RULES } from '../lint/rules.ts';
import { sourceText } from '../lint/source-text.ts';
import { type LintRequest, type ReadProject, readLintedProject } from './read-linted-project.ts';

/** What is linted, and with which hadolint. */
export interface LintWorkspaceRequest extends LintRequest {
  /** A program of the person's own, `null` for the pinned one, `false` for none. */
  readonly hadolint: string | false | null;
  /** Folder for what can be fetched again. */
  readonly cache: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly say: (line: string) => void;
}

/** What came of it. */
export interface LintedWorkspace {
  /** In order, without those that comments silence. */
  readonly findings: readonly PlacedFinding[];
  readonly silenced: number;
  /** Dockerfiles that were looked at. */
  readonly files: number;
  /** The directory relative to the root that paths are relative to; empty for the root itself. */
  readonly base: string;
  /** Absolute. */
  readonly root: string;
  /** Why hadolint did not run although it was to. */
  readonly noHadolint: string | null;
}

/** Lints a project; what bears on the result without being a finding is said. @throws DarkroomError as what it is made of */
export async function lintWorkspace(request: LintWorkspaceRequest): Promise<LintedWorkspace> {
  const { say } = request;
  const read = await readLintedProject(await loadShellGrammar(), request);
  for (const notice of read.notices) say(notice);
  const hadolint = await startHadolint(read, request);
  const checked = checkProject({ ...read, rules: RULES });
  const theirs = await hadolint();
  const others = [...read.findings, ...findingsOf(theirs, read)];
  // What does not lie in what was asked for is no finding, but bears on what is found.
  for (const { file, rule, message } of others) if (!read.isWanted(file)) say(`${file}: ${rule}: ${message}`);
  const work = { ...read, rules: RULES, hadolint: theirs.findings, others };
  const files = new Set(read.dockerfiles.map(({ source }) => source.file)).size;
  const { base, root } = read;
  return { ...lintProject(work, checked), files, base, root, noHadolint: theirs.notice };
}

async function startHadolint(
  read: ReadProject,
  { hadolint, directory, cache, env, say }: LintWorkspaceRequest,
): Promise<() => Promise<Checked>> {
  if (hadolint === false) return async () => ({ findings: new Map(), problems: [], notice: null });
  // A name alone is looked for on PATH.
  const own = hadolint?.includes('/') ? path.resolve(directory, hadolint) : hadolint;
  return startCheck(read.dockerfiles, {
    ...{ root: read.root, env, home: homedir(), onLine: say },
    ...{ own, cache, index: env.PIP_INDEX_URL || null },
  });
}

/** What hadolint could not check, and what is wrong with its configuration. */
function findingsOf({ problems }: Checked, { project }: ReadProject): readonly Finding[] {
  return problems.map((problem) => {
    const file = problem.place?.file ?? '.';
    const isConfig = problem.code.startsWith('hadolint-config/') || problem.code.startsWith('yaml/');
    return problemFinding(
      problem,
      sourceText(file, project.read(file) ?? ''),
      isConfig ? 'error' : 'warning',
    );
  });
}
