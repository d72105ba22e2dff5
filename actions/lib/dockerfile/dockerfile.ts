/** What a build graph needs to know of a Dockerfile, after ARGs are resolved for one image and platform. */
import type { Place } from '../errors/darkroom-error.ts';

/** A reference to something that is not a stage of the same file. */
export interface ImageReference {
  /** The name after ARG expansion, as BuildKit would look it up. */
  readonly name: string;
  /** The text as written, for messages. */
  readonly written: string;
  readonly via: 'FROM' | 'COPY --from' | 'RUN --mount';
  /** The platform whose manifest is meant: the target's, or that of `FROM --platform`; `null`: the builder's own. */
  readonly platform: string | null;
  readonly place: Place;
}

/** Files that an instruction of a reachable stage can read from a context. */
export interface ContextRead {
  /** `null`: the main context; else the name in `--from=` / `from=` (a named context or an image; the graph decides). */
  readonly from: string | null;
  /** Source as BuildKit sees it after expansion: cleaned, no leading slash, `.` for everything; may hold wildcards for COPY/ADD (`COPY --parents` gives `**` any depth, as in an ignore file). */
  readonly path: string;
  /** COPY and ADD sources may hold wildcards; a mount's source is literal. */
  readonly wildcards: boolean;
  /** The source is allowed to match nothing (a wildcard, or a mount of the whole context). */
  readonly optional: boolean;
  readonly place: Place;
}

/** A remote `ADD`. */
export interface RemoteAdd {
  readonly url: string;
  /** `sha256:…` or a git commit, when the instruction pins one. */
  readonly pin: string | null;
  readonly place: Place;
}

/** An instruction of a reachable stage, so that a failing build step can be shown where it stands. */
export interface InstructionPlace {
  readonly stage: string;
  /** Upper case. */
  readonly keyword: string;
  readonly place: Place;
  /** The instruction as written, first line to last. */
  readonly text: string;
}

/** One Dockerfile resolved for one target, platform and set of build args. */
export interface ResolvedDockerfile {
  /** Value of `# syntax=`, when present. */
  readonly syntax: { readonly name: string; readonly place: Place } | null;
  /** References of reachable stages to images and contexts, in file order, without duplicates of name, via and platform. */
  readonly references: readonly ImageReference[];
  /** Reads of reachable stages from contexts, in file order. */
  readonly reads: readonly ContextRead[];
  /** Set when a source could not be resolved: the whole main context counts. Says why. */
  readonly wholeContext: { readonly reason: string; readonly place: Place } | null;
  readonly remoteAdds: readonly RemoteAdd[];
  /**
   * Names declared by `ARG` before the first `FROM` or in a reachable stage, and the given build args that BuildKit
   * heeds without a declaration: only these build args enter the key.
   */
  readonly declaredArgs: ReadonlySet<string>;
  /** Names in `references` that a reachable stage stands on: the whole of each counts, and its `ONBUILD` triggers run. */
  readonly bases: ReadonlySet<string>;
  /**
   * The target's own stage holds `ONBUILD` triggers: a child's whole context counts. Triggers of the stages below it
   * are carried out inside the file and are in no image.
   */
  readonly hasOnbuild: boolean;
  /** Ids asked for by `RUN --mount=type=secret`. */
  readonly secretIds: ReadonlySet<string>;
  /** Names of all stages, in lower case: BuildKit lets a named context of such a name replace the stage. */
  readonly stageNames: readonly string[];
  readonly instructions: readonly InstructionPlace[];
}
