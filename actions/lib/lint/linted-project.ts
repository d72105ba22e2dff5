/** What rules may know beyond one Dockerfile: what is in the repository, and how each image is built. */
import type { LintedDockerfile } from './linted-dockerfile.ts';
import type { Orchestration } from './orchestration/read-orchestration.ts';
import type { ShellScript } from './shell-script.ts';

/** The build context of a Dockerfile. */
export interface LintedContext {
  /** Folder relative to the root of the project, `.` for the root. */
  readonly folder: string;
  /** The matrix or a Compose file names it; else it is a guess, and a file may be missed in it for that reason alone. */
  readonly isGiven: boolean;
  /** The one that names it, for people: `the service "api" of "compose.yaml"`. */
  readonly givenBy?: string;
  /** Only what git knows is sent: neither `.git` nor what git ignores. */
  readonly isFromGit: boolean;
  /** The ignore file that holds for it, or `null`. */
  readonly ignoreFile: string | null;
  /** Files that are sent to the builder, relative to the folder, with their sizes in bytes. */
  readonly files: ReadonlyMap<string, number>;
  /** Files that git does not know, among `files`. */
  readonly untracked: ReadonlySet<string>;
  /** Files in the folder that the ignore file leaves out. */
  readonly ignored: ReadonlySet<string>;
}

/** A repository, or a folder without git. */
export interface LintedProject {
  readonly dockerfiles: readonly LintedDockerfile[];
  /** Paths of all files that are not ignored by git, relative to the root, sorted. */
  readonly files: readonly string[];
  /** Those of `files` that git knows as executable; `null` without git. */
  readonly executables: ReadonlySet<string> | null;
  /** `YYYY-MM-DD`: what counts as today, for facts that age. */
  readonly today: string;
  /** What files that build or run images say of them. */
  readonly orchestration: Orchestration;
  /** Text of a file, or `null` when it is not there or is no text of reasonable size. */
  read(file: string): string | null;
  /** A script for sh or bash; `null` for what is none. */
  readScript(file: string): ShellScript | null;
  /** The context of a Dockerfile as the matrix or a Compose file gives it, else its own folder; `null`: there is none. */
  contextOf(file: LintedDockerfile): LintedContext | null;
}
