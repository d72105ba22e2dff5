/** hadolint over the Dockerfiles of a project: found, configured, run, and its reports made findings. */
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { DarkroomError, type Problem } from '../errors/darkroom-error.ts';
import type { Finding } from '../lint/finding.ts';
import { hadolintFindings } from '../lint/hadolint-findings.ts';
import type { LintedDockerfile } from '../lint/linted-dockerfile.ts';
import { quote } from '../matrix/quote.ts';
import { type FindOptions, findHadolint } from './find-hadolint.ts';
import { readHadolintConfig } from './read-hadolint-config.ts';
import { runHadolint } from './run-hadolint.ts';
import { createHadolintRun } from './start-hadolint.ts';
import { tooMuchForHadolint } from './too-much-for-hadolint.ts';

/** What hadolint is started with. */
export interface CheckOptions extends FindOptions {
  /** Root of the project; the paths of the Dockerfiles are relative to it. */
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The person's home. */
  readonly home: string;
}

/** What came of it. */
export interface Checked {
  /** By the path of the Dockerfile. */
  readonly findings: ReadonlyMap<string, readonly Finding[]>;
  /** What is wrong with its configuration, and Dockerfiles that it could not check; each has a place in the project. */
  readonly problems: readonly Problem[];
  /** Why it did not run at all. */
  readonly notice: string | null;
}

/**
 * Checks Dockerfiles in processes that have begun when this comes back: whatever takes this process for itself afterwards,
 * they go on. A hadolint that cannot be had is no failure: the notice says what is missing.
 * @returns what waits for the end; it throws DarkroomError `hadolint/bad-program`, and `hadolint-config/…` for a
 *   configuration outside of the project
 */
export async function startCheck(
  dockerfiles: readonly LintedDockerfile[],
  options: CheckOptions,
): Promise<() => Promise<Checked>> {
  const begun = Promise.withResolvers<void>();
  const checked = checkDockerfiles(dockerfiles, options, begun.resolve);
  // Whoever waits for it is told, later.
  checked.catch(() => undefined);
  await Promise.race([begun.promise, Promise.allSettled([checked])]);
  // The others of the first batches are started in the same turn.
  await nextTurn();
  return () => checked;
}

async function checkDockerfiles(
  dockerfiles: readonly LintedDockerfile[],
  options: CheckOptions,
  onStart: () => void,
): Promise<Checked> {
  const { root, env, home } = options;
  const nothing: Checked = { findings: new Map(), problems: [], notice: null };
  if (dockerfiles.length === 0) return nothing;
  try {
    const config = await readHadolintConfig({ root, home, xdgConfigHome: env.XDG_CONFIG_HOME ?? null }, null);
    const { program, env: faster } = await findHadolint(options);
    // One file may be built in several ways; hadolint reads it once.
    const byFile = new Map(dockerfiles.toReversed().map((file) => [file.source.file, file]));
    const start = createHadolintRun({ program, root, env: { ...faster, ...env } });
    const run = (args: readonly string[]) => {
      const ended = start(args);
      onStart();
      return ended;
    };
    const left = [...byFile].flatMap(([name, file]) => notAsked(name, tooMuchForHadolint(file)));
    const files = [...byFile.keys()].filter((name) => !left.some(({ place }) => place?.file === name));
    const { reports, problems } = await runHadolint({ files, config, run });
    const ofFile = Map.groupBy(reports, ({ file }) => file);
    const findings = [...byFile].map(
      ([name, file]) => [name, hadolintFindings(file, ofFile.get(name) ?? [])] as const,
    );
    return { findings: new Map(findings), problems: [...left, ...problems], notice: null };
  } catch (error) {
    if (!(error instanceof DarkroomError)) throw error;
    const isOfProject = error.problems.every(
      ({ place }) => place !== undefined && !path.isAbsolute(place.file),
    );
    if (isOfProject) return { ...nothing, problems: error.problems };
    if (error.kind === 'use') throw error;
    return {
      ...nothing,
      notice: `hadolint did not run; what follows is what Darkroom's own rules say. ${error.message}`,
    };
  }
}

function notAsked(file: string, reason: string | null): readonly Problem[] {
  const message = `hadolint was not asked about ${quote(file)}: ${reason}`;
  return reason === null ? [] : [{ code: 'hadolint/not-checked', place: { file }, message }];
}
