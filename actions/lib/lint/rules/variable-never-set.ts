import { declaredNames, PLATFORM_VARIABLE } from '../declared-names.ts';
import { factsOf, type LintedStage } from '../linted-dockerfile.ts';
import { readVariables } from '../read-variables.ts';
import { readsProfile } from '../reads-profile.ts';
import type { Draft, Rule } from '../rule.ts';

/** Shells set these, the builder does, or somebody who logs in has them. */
const SET_BY_SHELL =
  /^(?:HOME|PATH|PWD|OLDPWD|IFS|PS[0-4]|SHELL|SHLVL|HOSTNAME|HOSTTYPE|MACHTYPE|OSTYPE|RANDOM|SRANDOM|SECONDS|LINENO|REPLY|OPTARG|OPTIND|PPID|E?UID|EPOCH\w+|FUNCNAME|PIPESTATUS|BASH\w*|DIRSTACK|GROUPS|TERM|LANG|LC_\w+|LANGUAGE|\w+_PROXY|SOURCE_DATE_EPOCH|BUILDKIT_\w+|CONDA_PREFIX)$/;
/** Images whose variables are known, and which those are. */
const SET_BY_BASE: readonly (readonly [image: RegExp, variables: RegExp])[] = [
  [/^docker\.io\/library\/(?:alpine|debian|ubuntu|busybox|rockylinux|almalinux|centos|amazonlinux)$/, /^$/],
  [/^docker\.io\/library\/python$/, /^(?:PYTHON_|GPG_KEY$)/],
  [/^docker\.io\/nvidia\/cuda$/, /^(?:CUDA|NV|NCCL|CUDNN|LIBRARY_PATH$|LD_LIBRARY_PATH$)/],
];
/** Lists, to which one more is added, and what is left out where it is not needed. */
const MAY_BE_EMPTY = /PATH$|FLAGS$|OPTS$|_ARGS$|OPTIONS$|PREFIX$|SUFFIX$|^EXTRA/;

/** `python${PYTHON_VERSION}-dev` where nothing gives `PYTHON_VERSION` a value. */
export const variableNeverSet: Rule = {
  id: 'variable-never-set',
  severity: 'warning',
  title: 'A part of a name is a variable that nothing sets',
  covers: [],
  *check(file) {
    const { globals, stages } = file;
    const declared = declaredNames([...globals, ...stages.flatMap(({ instructions }) => instructions)]);
    for (const stage of stages) {
      const isSetByBase = setByBase(stage);
      if (isSetByBase === null) continue;
      // What another step sets is `shell-state-lost`, and what an ARG elsewhere declares `arg-before-from`.
      const known = new Set([
        ...declared,
        ...stage.instructions.flatMap(({ shell }) => [...(shell?.sets ?? [])]),
      ]);
      for (const instruction of stage.instructions) {
        if (instruction.keyword !== 'RUN' || readsProfile(instruction)) continue;
        for (const { name, start, end } of readVariables(instruction)) {
          const isSet = known.has(name) || instruction.variables.has(name) || isSetByBase(name);
          if (isSet || !isOwnName(name) || !isPartOfName(file.source.text, start, end)) continue;
          known.add(name);
          yield { start, end, message: messageFor(name) } satisfies Draft;
        }
      }
    }
  },
};

function messageFor(name: string): string {
  return `nothing sets "${name}", which is empty here; declare it with "ARG ${name}=…" or "ENV ${name}=…"`;
}

/** A name that somebody who writes Dockerfiles chose. */
function isOwnName(name: string): boolean {
  const isOthers = [SET_BY_SHELL, PLATFORM_VARIABLE, MAY_BE_EMPTY].some((one) => one.test(name));
  return /^[A-Z][A-Z0-9_]{2,}$/.test(name) && !isOthers;
}

/** `null` where nobody knows what the base image sets. */
function setByBase(stage: LintedStage): ((name: string) => boolean) | null {
  const repository = factsOf(stage)?.repository;
  const variables = SET_BY_BASE.find(([image]) => repository !== undefined && image.test(repository))?.[1];
  return variables === undefined ? null : (name) => variables.test(name);
}

/** Alone it may well be empty, as in `make $EXTRA`; within a name or a path something is missing then. */
function isPartOfName(text: string, start: number, end: number): boolean {
  const before = text.slice(Math.max(0, start - 2), start);
  return (/[\w./@-]$/.test(before) && before !== '-j') || /^[\w./@-]/.test(text.slice(end, end + 1));
}
