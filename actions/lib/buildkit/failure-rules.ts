/** Recognises the ways a build fails by the words BuildKit, Buildx and registries use for them. */
import { sanitiseLine } from '../report/sanitise-line.ts';
import { type Evidence, type Finding, type Rule, said } from './failure-evidence.ts';
import { downloadFailed, isTransient, layerFailed, pullFailed, pushFailed } from './registry-failures.ts';

const SHOWN_LINES = 20;
const LONGEST_INSTRUCTION = 100;

// A full disk shows up inside every other kind of failure, so it is looked for first; a push fails after the pulls.
const RULES: readonly Rule[] = [
  diskFull,
  stepLost,
  syntaxError,
  runFailed,
  missingSource,
  missingSecret,
  missingTarget,
  pushFailed,
  pullFailed,
  downloadFailed,
  layerFailed,
  noBuilder,
];

/** Names a failure; what no rule knows is told in BuildKit's own words. */
export function findCause(evidence: Evidence): Finding {
  for (const rule of RULES) {
    const finding = rule(evidence);
    if (finding !== null) return finding;
  }
  return {
    code: 'build/failed',
    message: `the build failed: ${said(evidence.error)}${quoteOutput(evidence.output)}`,
    worthRetry: isTransient(evidence.error),
  };
}

function diskFull({ error, output, builder, instruction }: Evidence): Finding | null {
  const words = /no space left on device|disk quota exceeded/i;
  const line = [error, ...output].find((text) => words.test(text));
  if (line === undefined) return null;
  const base = { code: 'build/disk-full' as const, worthRetry: false };
  if (/failed to push|unexpected status/.test(error)) {
    return {
      ...base,
      message: `the registry has no space left: ${said(line)}`,
      hint: 'Delete images or old cache tags there, or give the registry more disk.',
    };
  }
  const where =
    instruction === null ? '' : ` while it ran "${sanitiseLine(instruction, LONGEST_INSTRUCTION)}"`;
  return {
    ...base,
    message: `the builder's disk is full${where}: ${said(line)}`,
    hint: `Free space there: \`docker buildx prune --builder ${builder}\` removes build caches, \`docker image prune --all\` unused images. A tmpfs mount of the step can be full too.`,
  };
}

/** BuildKit ends the steps of a build whose client died; a build that had joined one of them is left without it. */
function stepLost({ error }: Evidence): Finding | null {
  if (!/failed to stat active key during commit|snapshot \S+ does not exist/.test(error)) return null;
  return {
    code: 'build/step-lost',
    message: `the builder lost a step that another build had begun: ${said(error)}`,
    hint: 'Run it again: the step is built anew.',
    worthRetry: true,
  };
}

function syntaxError({ error }: Evidence): Finding | null {
  const groups = /dockerfile parse error(?: on line \d+)?: (?<reason>.+)/.exec(error)?.groups;
  const reason = groups?.reason ?? /file with no instructions|failed to read dockerfile: .+/.exec(error)?.[0];
  if (reason === undefined) return null;
  return {
    code: 'build/dockerfile-syntax',
    message: `the Dockerfile cannot be read: ${said(reason)}`,
    worthRetry: false,
  };
}

function runFailed({ error, output, instruction }: Evidence): Finding | null {
  const groups =
    /process "(?<process>.*)" did not complete successfully: (?:exit code: (?<code>\d+)|(?<reason>.+))/s.exec(
      error,
    )?.groups;
  if (groups === undefined) return null;
  const what = `"${sanitiseLine(instruction ?? `RUN ${groups.process ?? ''}`, LONGEST_INSTRUCTION)}"`;
  const exitCode = Number(groups.code ?? 1);
  const ending =
    groups.code === undefined ? `failed: ${said(groups.reason ?? '')}` : `failed with exit code ${exitCode}`;
  const hint = EXIT_HINTS[exitCode];
  return {
    code: 'build/run-failed',
    message: `${what} ${ending}${quoteOutput(output)}`,
    ...(hint === undefined || groups.code === undefined ? {} : { hint }),
    worthRetry: false,
  };
}

const EXIT_HINTS: Readonly<Record<number, string>> = {
  126: 'Exit code 126: the file is there, but may not be executed.',
  127: 'Exit code 127: the command was not found. Install it in an earlier step, or check PATH.',
  137: 'Exit code 137: the process was killed, most often because memory ran out. Lower its parallelism, or build with more memory.',
};

function missingSource({ error, instruction }: Evidence): Finding | null {
  const path =
    /failed to calculate checksum of ref [^"]*"(?<path>[^"]*)": not found/.exec(error)?.groups?.path ??
    /(?:lstat|stat|open) (?<path>\/\S*): no such file or directory/.exec(instruction === null ? '' : error)
      ?.groups?.path;
  if (path === undefined) return null;
  const from = /--from=(?<from>\S+)|\bfrom=(?<mount>[^\s,]+)/.exec(instruction ?? '')?.groups;
  const source = from?.from ?? from?.mount;
  return {
    code: 'build/missing-source',
    message:
      source === undefined
        ? `"${sanitiseLine(path)}" is not in the build context`
        : `"${sanitiseLine(path)}" is not in "${sanitiseLine(source)}"`,
    hint:
      source === undefined
        ? 'Only committed files that the ignore file lets through are sent: check the path (relative to the context), git and `.dockerignore`.'
        : 'Check the path, and that the stage or image still puts the file there.',
    worthRetry: false,
  };
}

function missingSecret({ error }: Evidence): Finding | null {
  const id = /\bsecret (?<id>\S+): not found/.exec(error)?.groups?.id;
  if (id === undefined) return null;
  return {
    code: 'build/missing-secret',
    message: `the step needs the secret "${sanitiseLine(id)}", which the build was not given`,
    hint: `Declare it under \`secrets\` of the image in the matrix.`,
    worthRetry: false,
  };
}

function missingTarget({ error }: Evidence): Finding | null {
  const found = /target stage (?<name>"[^"]*") could not be found(?<guess> \(.*\))?/.exec(error)?.groups;
  if (found === undefined) return null;
  return {
    code: 'build/missing-target',
    message: `there is no stage ${sanitiseLine(found.name ?? '')} to build${sanitiseLine(found.guess ?? '')}`,
    worthRetry: false,
  };
}

function noBuilder({ error, builder }: Evidence): Finding | null {
  const words =
    /no builder .* found|cannot connect to the docker daemon|failed to (?:connect to the docker API|find driver)|spawn \S+ E[A-Z]+|setpriv: failed to execute|unknown (?:command|flag|shorthand)|push-by-digest is currently not implemented/i;
  if (!words.test(error)) return null;
  return {
    code: 'build/no-builder',
    message: `the builder "${sanitiseLine(builder)}" cannot be used: ${said(error)}`,
    hint: 'See which there are with `docker buildx ls`; one of the driver `docker` cannot push by digest.',
    worthRetry: false,
  };
}

function quoteOutput(output: readonly string[]): string {
  const lines = output.map((line) => sanitiseLine(line)).filter((line) => line !== '');
  if (lines.length === 0) return '';
  return `; it said:\n${lines
    .slice(-SHOWN_LINES)
    .map((line) => `  | ${line}`)
    .join('\n')}`;
}
