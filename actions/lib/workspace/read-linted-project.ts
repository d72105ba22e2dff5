/** Reads everything that lint looks at: which files there are, how they are built, what is in them. */
import { realpathSync } from 'node:fs';
import path from 'node:path';
import type { Parser } from 'web-tree-sitter';
import { DarkroomError } from '../errors/darkroom-error.ts';
import { composeBuilds, isComposeFile } from '../lint/compose-builds.ts';
import { findDockerfiles } from '../lint/find-dockerfiles.ts';
import type { Finding } from '../lint/finding.ts';
import { guessContext } from '../lint/guess-context.ts';
import type { LintedDockerfile } from '../lint/linted-dockerfile.ts';
import type { LintedProject } from '../lint/linted-project.ts';
import { loadHclGrammar } from '../lint/load-hcl-grammar.ts';
import { matrixImageBuilds } from '../lint/orchestration/matrix-image-builds.ts';
import {
  hasHcl,
  isOrchestrationFile,
  type Orchestration,
  readOrchestration,
} from '../lint/orchestration/read-orchestration.ts';
import { problemFinding } from '../lint/problem-findings.ts';
import { composeProjectBuilds, matrixBuilds } from '../lint/project-builds.ts';
import { scriptReader } from '../lint/read-script.ts';
import { sourceText } from '../lint/source-text.ts';
import { isSomethingElse, isTemplate } from '../lint/template-text.ts';
import { vendoredIn } from '../lint/vendored.ts';
import type { Matrix } from '../matrix/matrix.ts';
import { parseMatrix } from '../matrix/parse-matrix.ts';
import { fileFinding, orchestrationFindings } from './file-findings.ts';
import { readScope } from './lint-scope.ts';
import { contextFinder } from './linted-contexts.ts';
import { dockerfileReader } from './linted-dockerfiles.ts';
import { baseOf, type ListedProject, listProject } from './list-project.ts';
import { readTextFile, type TextFile } from './text-file.ts';

/** What is linted. */
export interface LintRequest {
  readonly directory: string;
  readonly matrix?: string;
  /** Files and folders; none stand for the directory. */
  readonly paths: readonly string[];
  /** `YYYY-MM-DD` */
  readonly today: string;
  /** Texts that take the place of what files hold. */
  readonly instead?: ReadonlyMap<string, string>;
}

/** Everything rules and outputs need. */
export interface ReadProject {
  readonly project: LintedProject;
  /** Absolute. */
  readonly root: string;
  /** The directory relative to the root; empty for the root itself. */
  readonly base: string;
  /** Those whose findings were asked for; one that is built in several ways is there as often. */
  readonly dockerfiles: readonly LintedDockerfile[];
  /** What is wrong with files as a whole, with the matrix, and with ignore files. */
  readonly findings: readonly Finding[];
  /** Nothing but Dockerfiles was asked for. */
  readonly isNarrow: boolean;
  /** Whether findings in a file were asked for. */
  isWanted(file: string): boolean;
  /** What was left out, for the person to know. */
  readonly notices: readonly string[];
}

/**
 * Reads a project; what is wrong in it becomes findings.
 * @throws DarkroomError of kind `use` where there is nothing to look at: `lint/no-folder`, `lint/no-path`, `lint/outside`,
 *   `matrix/not-found`
 */
export async function readLintedProject(parser: Parser, request: LintRequest): Promise<ReadProject> {
  const listed = await listProject(request.directory);
  const directory = realpathSync(path.resolve(request.directory));
  const scope = readScope(listed, directory, request.paths);
  const isVendored = vendoredIn(listed.files);
  const ours = listed.files.filter((file) => !isVendored(file) || scope.named.includes(file));
  const texts = textReader(listed.root, request.instead ?? new Map());
  const text = (file: string): string | null => texts(file).text;
  const findings: Finding[] = [];
  const matrix = readMatrix(listed, directory, request, texts, findings);
  const builds = [
    ...(matrix === null ? [] : matrixBuilds(matrix)),
    ...composeProjectBuilds(ours.filter(isComposeFile).map((file) => composeBuilds(text(file) ?? '', file))),
  ];
  const built = new Set(builds.map(({ dockerfile }) => dockerfile));
  const named = asDockerfiles(scope.named, text);
  const candidates = [
    ...findDockerfiles(withoutLinks({ ...listed, files: ours }, scope.named), [...built, ...named]),
    ...named,
    ...findDockerfiles(scope.besides),
  ];
  const templates = new Set<string>();
  const all = [...new Set(candidates)].filter((file) => {
    const found = built.has(file) ? null : text(file);
    if (found === null) return true;
    if (isTemplate(found)) templates.add(file);
    return !templates.has(file) && (scope.named.includes(file) || !isSomethingElse(file, found));
  });
  const wanted = all.filter(scope.holds);
  const reader = dockerfileReader(parser, builds, texts);
  const contexts = contextFinder(listed, text);
  const exists = existence(listed.files);
  const contextOf: LintedProject['contextOf'] = (file) => {
    const build = reader.buildOf(file);
    const folder = build === null ? guessContext(file, exists) : build.context;
    const how = { isFromGit: build?.isFromGit ?? false, isGiven: build !== null };
    const found = folder === null ? null : contexts.find(file.source.file, { folder, ...how });
    return found === null || build === null ? found : { ...found, givenBy: build.givenBy };
  };
  const dockerfiles = wanted.flatMap(reader.variantsOf);
  for (const file of dockerfiles) contextOf(file);
  const hcl = hasHcl(listed.files) ? await loadHclGrammar() : null;
  let everything: readonly LintedDockerfile[] | null = null;
  let orchestration: Orchestration | null = null;
  return {
    ...{ root: listed.root, base: baseOf(listed.root, directory), dockerfiles },
    findings: [
      ...findings,
      ...wanted.flatMap((file) => fileFinding(file, texts(file), reader.refused.get(file))),
      ...orchestrationFindings({ files: ours.filter(scope.holds), named: scope.named }, texts),
      ...contexts.problems.map((problem) =>
        problemFinding(
          problem,
          sourceText(problem.place?.file ?? '.', text(problem.place?.file ?? '') ?? ''),
        ),
      ),
    ],
    isNarrow: scope.isOnly(new Set([...wanted, ...templates])),
    isWanted: scope.holds,
    notices: noticesOf(
      listed,
      scope.named.filter((file) => templates.has(file)),
      wanted.length === 0 && !scope.named.some(isOrchestrationFile),
    ),
    project: {
      get dockerfiles() {
        everything ??= all.flatMap(reader.variantsOf);
        return everything;
      },
      get orchestration() {
        const known = matrix === null ? [] : matrixImageBuilds(matrix);
        orchestration ??= readOrchestration({
          files: listed.files,
          read: text,
          builds: known,
          shell: parser,
          hcl,
        });
        return orchestration;
      },
      ...{
        files: listed.files,
        executables: listed.executables,
        today: request.today,
        read: text,
        readScript: scriptReader(parser, text),
        contextOf,
      },
    },
  };
}

function readMatrix(
  { root }: ListedProject,
  directory: string,
  { matrix }: LintRequest,
  read: (file: string) => TextFile,
  findings: Finding[],
): Matrix | null {
  const file =
    matrix === undefined ? 'action-matrix.yml' : path.relative(root, path.resolve(directory, matrix));
  const found = read(file);
  if (found.text === null) {
    if (matrix === undefined && found.code === 'absent') return null;
    const problem = {
      code: 'matrix/not-found',
      place: { file },
      message: `the matrix: ${found.message}`,
    } as const;
    if (matrix !== undefined) throw new DarkroomError(problem, { kind: 'use' });
    findings.push(problemFinding(problem, sourceText(file, '')));
    return null;
  }
  const source = sourceText(file, found.text);
  try {
    const parsed = parseMatrix(found.text, file);
    for (const { name, dockerfile, place } of parsed.images.values()) {
      if (read(dockerfile).text !== null) continue;
      const message = `the Dockerfile "${dockerfile}" of the image "${name}" is not there, or cannot be read`;
      findings.push(problemFinding({ code: 'matrix/no-dockerfile', place, message }, source));
    }
    return parsed;
  } catch (error) {
    if (!(error instanceof DarkroomError)) throw error;
    findings.push(...error.problems.map((problem) => problemFinding(problem, source)));
    return null;
  }
}

function textReader(root: string, instead: ReadonlyMap<string, string>): (file: string) => TextFile {
  const known = new Map<string, TextFile>([...instead].map(([file, text]) => [file, { text, isUtf8: true }]));
  return (file) => {
    const found = known.get(file) ?? readTextFile(root, file);
    known.set(file, found);
    return found;
  };
}

/** A link to another file of the project is that file: it is looked at once. */
function withoutLinks({ root, files }: ListedProject, named: readonly string[]): readonly string[] {
  const there = new Set(files);
  const isSecond = (file: string): boolean => {
    try {
      const real = path.relative(root, realpathSync(path.join(root, file)));
      return real !== file && there.has(real);
    } catch {
      return false;
    }
  };
  const candidates = new Set(findDockerfiles(files));
  return files.filter((file) => named.includes(file) || !candidates.has(file) || !isSecond(file));
}

/** Files that were named and read like a Dockerfile, whatever they are called. */
function asDockerfiles(named: readonly string[], text: (file: string) => string | null): readonly string[] {
  const isOne = (file: string): boolean => {
    const first = text(file)
      ?.slice(0, 100_000)
      .split('\n')
      .find((line) => !/^\s*(?:#|$)/.test(line.replace(/^\ufeff/, '')));
    return /^\s*(?:FROM|ARG)\s/i.test(first ?? '');
  };
  return [...findDockerfiles(named), ...named.filter(isOne)];
}

function existence(files: readonly string[]): (path: string) => boolean {
  const known = new Set<string>();
  for (const file of files) {
    for (let at = file; at !== '.' && !known.has(at); at = path.posix.dirname(at)) known.add(at);
  }
  return (one) => known.has(one);
}

function noticesOf(
  { isCut, files }: ListedProject,
  templates: readonly string[],
  isEmpty: boolean,
): readonly string[] {
  return [
    ...templates.map((file) => `${file} is a template: what is made of it can be looked at.`),
    ...(isCut ? [`There are more than ${files.length} files; those deeper down were not looked at.`] : []),
    ...(isEmpty ? ['No Dockerfile was found.'] : []),
  ];
}
