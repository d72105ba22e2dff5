import type { Problem } from '../errors/darkroom-error.ts';
import { type Expansion, expandWord, type Lookup } from './expand-words.ts';
import type { Command } from './parse-command.ts';
import { argValue, platformArgs } from './platform-args.ts';
import type { StageFile } from './read-stages.ts';
import { ExpansionError } from './shell-pattern.ts';

/** The variables at one point of a Dockerfile. */
export interface Environment {
  /** `null`: has a value that cannot be known here. */
  readonly values: Map<string, string | null>;
  /** The stage stands on an image from outside, whose `ENV` may set any other name. */
  readonly open: boolean;
}

/** Looks names up in an environment. */
function lookupIn(environment: Environment): Lookup {
  return (name) => {
    const value = environment.values.get(name);
    return value === undefined && environment.open ? null : value;
  };
}

/** Expands a word; what BuildKit refuses becomes a problem of the instruction, and nothing is returned. */
export function expandOrReport(
  word: string,
  environment: Environment,
  at: {
    readonly file: string;
    readonly escapeChar: string;
    readonly line: number;
    readonly problems: Problem[];
  },
  hint?: string,
): Expansion | undefined {
  try {
    return expandWord(word, at.escapeChar, lookupIn(environment));
  } catch (error) {
    if (!(error instanceof ExpansionError)) throw error;
    at.problems.push({
      code: 'dockerfile/bad-expansion',
      place: { file: at.file, line: at.line },
      message: `cannot expand "${word}": ${error.message}`,
      ...(hint === undefined ? {} : { hint }),
    });
    return undefined;
  }
}

/** The variables `FROM` lines see: the platform's, and the `ARG`s before the first `FROM`. */
export function globalEnvironment(
  file: StageFile,
  options: {
    readonly args: Readonly<Record<string, string>>;
    readonly target?: string;
    readonly platform: string;
  },
  problems: Problem[],
): Environment {
  const stage = options.target || file.stages.at(-1)?.name || 'default';
  const environment = { values: platformArgs(options.platform, stage, options.args), open: false };
  for (const command of file.globals)
    declareArgs(command, environment, undefined, options.args, file, problems);
  return environment;
}

/** What a stage on `scratch` starts with. */
export function scratchEnvironment(): Environment {
  // BuildKit sets PATH wherever an image does not.
  return {
    values: new Map([['PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin']]),
    open: false,
  };
}

/**
 * Carries an `ARG` out: the build arg, else its default, else the value of the same `ARG` before the first `FROM`,
 * else nothing. It replaces an earlier `ENV` of that name for everything that is expanded after it.
 */
export function declareArgs(
  command: Extract<Command, { kind: 'arg' }>,
  environment: Environment,
  globals: Environment | undefined,
  given: Readonly<Record<string, string>>,
  { file, escapeChar }: StageFile,
  problems: Problem[],
): void {
  const at = { file, escapeChar, line: command.instruction.line, problems };
  for (const { name, value } of command.args) {
    const override = argValue(given, name);
    if (override !== undefined) environment.values.set(name, override);
    else if (value !== undefined) {
      const expansion = expandOrReport(value, environment, at);
      environment.values.set(name, knownText(expansion));
    } else {
      const inherited = globals?.values.get(name);
      if (inherited !== undefined) environment.values.set(name, inherited);
    }
  }
}

/** Carries an `ENV` out; its values see the variables as they were before it. */
export function setEnv(
  command: Extract<Command, { kind: 'env' }>,
  environment: Environment,
  { file, escapeChar }: StageFile,
  problems: Problem[],
): void {
  const at = { file, escapeChar, line: command.instruction.line, problems };
  const before = { ...environment, values: new Map(environment.values) };
  for (const { name, value } of command.pairs) {
    const key = expandOrReport(name, before, at);
    const expansion = expandOrReport(value, before, at);
    environment.values.set(key?.text ?? name, knownText(expansion));
  }
}

function knownText(expansion: Expansion | undefined): string | null {
  return expansion === undefined || expansion.unknown.length > 0 ? null : expansion.text;
}
