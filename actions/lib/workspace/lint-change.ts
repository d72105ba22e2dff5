/** Lint of a change: what is there now and was not where its branch began, in whatever file. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { DarkroomError } from '../errors/darkroom-error.ts';
import { checkOutCommit } from '../git/check-out-commit.ts';
import { findMergeBase } from '../git/find-merge-base.ts';
import { type GitRepository, runGitLine } from '../git/git-command.ts';
import { baselineOf, withoutKnown } from '../lint/baseline.ts';
import type { PlacedFinding } from '../lint/placed-finding.ts';
import { type LintedWorkspace, type LintWorkspaceRequest, lintWorkspace } from './lint-workspace.ts';

/** What a change is compared with. */
export interface ChangeRequest {
  /** Commit of the branch that it goes into. */
  readonly base: string;
  /** For the origin of the clone, or `null`. */
  readonly token: string | null;
  /** Newest commit that both contain: asked where the clone cannot tell. */
  mergeBase(base: string, head: string): Promise<string>;
}

/** What a change does. */
export interface LintedChange {
  /** What is checked out, and what it is compared with. */
  readonly head: string;
  readonly mergeBase: string;
  /** Findings that were not there. */
  readonly fresh: readonly PlacedFinding[];
  /** Findings that are there no longer, at the paths that their files have now. */
  readonly fixed: readonly PlacedFinding[];
}

/**
 * Lints the merge base in the same way as the commit that is checked out, with the matrix and the configuration that it had,
 * and compares. Files that were moved are the same.
 * @throws DarkroomError, or what `mergeBase` throws, where there is nothing to compare with
 */
export async function lintChange(
  linted: LintedWorkspace,
  request: LintWorkspaceRequest,
  { base, token, mergeBase: ask }: ChangeRequest,
): Promise<LintedChange> {
  const clone: GitRepository = { cwd: linted.root, env: {} };
  const head = await runGitLine(clone, ['rev-parse', 'HEAD']);
  const mergeBase = (await findMergeBase(clone, base, head)) ?? (await ask(base, head));
  // Its findings would all be new, or all be mended, where it runs for one of the two alone.
  const same = linted.noHadolint === null ? request : { ...request, hadolint: false as const };
  const before = await lintCommit(clone, mergeBase, linted.base, same, token);
  return {
    ...{ head, mergeBase },
    fresh: withoutKnown(linted.findings, baselineOf(before)).fresh,
    fixed: withoutKnown(before, baselineOf(linted.findings)).fresh,
  };
}

async function lintCommit(
  clone: GitRepository,
  commit: string,
  folder: string,
  request: LintWorkspaceRequest,
  token: string | null,
): Promise<readonly PlacedFinding[]> {
  const tree = await checkOutCommit(clone, commit, { token });
  try {
    const directory = path.join(tree.folder, folder);
    const there = requestAt(directory, request);
    if (there === null) return [];
    const { findings, noHadolint } = await lintWorkspace(there);
    if (noHadolint !== null) throw new DarkroomError({ code: 'lint/no-hadolint', message: noHadolint });
    return findings.map(({ finding, ...rest }) => ({
      ...rest,
      finding: { ...finding, file: tree.renamed.get(finding.file) ?? finding.file },
    }));
  } finally {
    await tree.remove();
  }
}

/** The same request for another folder; `null` where nothing of what was asked for was there. */
function requestAt(directory: string, request: LintWorkspaceRequest): LintWorkspaceRequest | null {
  const { matrix, hadolint, ...rest } = request;
  const from = path.resolve(request.directory);
  const isThere = (file: string): boolean => existsSync(path.join(directory, file));
  const paths = request.paths.map((one) => path.relative(from, path.resolve(from, one))).filter(isThere);
  if (!existsSync(directory) || (paths.length === 0 && request.paths.length > 0)) return null;
  const isFile = typeof hadolint === 'string' && hadolint.includes('/');
  return {
    ...{ ...rest, directory, paths, hadolint: isFile ? path.resolve(from, hadolint) : hadolint },
    ...(matrix === undefined || !isThere(matrix) ? {} : { matrix }),
    // All of it was said of the commit that is checked out, or is about one that nobody asked for.
    say: () => undefined,
  };
}
