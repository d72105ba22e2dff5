import { DarkroomError, type Problem } from '../errors/darkroom-error.ts';
import { detectSyntax } from './detect-syntax.ts';
import type { ResolvedDockerfile } from './dockerfile.ts';
import { type Environment, globalEnvironment } from './environment.ts';
import { evaluateStage, type Findings } from './evaluate-stage.ts';
import { findTarget, linkStages } from './link-stages.ts';
import { neededStages } from './needed-stages.ts';
import { argValue, normalizePlatform, platformArgs } from './platform-args.ts';
import { readStages } from './read-stages.ts';

/** What a Dockerfile is resolved for. */
export interface ResolveOptions {
  /** The Dockerfile's path as the user knows it, for messages. */
  readonly file: string;
  /** Build args; those the file does not declare are ignored, as BuildKit does. */
  readonly args: Readonly<Record<string, string>>;
  /** Name of a stage; default: the last. */
  readonly target?: string;
  /** Target platform, for example `linux/amd64`. */
  readonly platform: string;
}

/**
 * Returns what building one target of a Dockerfile takes from outside, by the rules of BuildKit's own frontend
 * (https://github.com/moby/buildkit/tree/master/frontend/dockerfile). Never reads less than the build does: `--exclude`
 * shrinks nothing, and a source whose variables have no value here counts as the whole context. Values of `BUILD…`
 * (the builder's own platform) and of variables that an outside image may set are never guessed.
 *
 * @throws DarkroomError of kind `use` with every problem of the file, in the order of its lines
 */
export function resolveDockerfile(text: string, options: ResolveOptions): ResolvedDockerfile {
  const file = readStages(text, options.file);
  const platform = normalizePlatform(options.platform);
  const findings: Findings = {
    references: [],
    reads: [],
    wholeContext: null,
    remoteAdds: [],
    declaredArgs: new Set(file.globals.flatMap((command) => command.args.map(({ name }) => name))),
    secretIds: new Set(),
    instructions: [],
    problems: [...file.problems],
  };
  const globals = globalEnvironment(file, options, findings.problems);
  const linked = linkStages(file, globals, platform, findings.problems);
  const target = findTarget(file, linked, options.target, findings.problems);
  const ends = new Map<number, Environment>();
  for (const needed of target === undefined ? [] : neededStages(file, linked, target, findings.problems)) {
    const inherited = needed.base.kind === 'stage' ? ends.get(needed.base.stage.index) : undefined;
    const setting = { file, args: options.args, globals, platform, findings };
    ends.set(needed.stage.index, evaluateStage(needed, inherited, setting));
  }
  if (findings.problems.length > 0) throw new DarkroomError(inFileOrder(findings.problems), { kind: 'use' });
  for (const name of undeclaredButUsed(options.args)) findings.declaredArgs.add(name);
  const { problems: _none, ...found } = findings;
  return {
    ...found,
    syntax: syntaxOf(text, options),
    stageNames: [...linked.byName.keys()],
    bases: new Set(found.references.flatMap(({ via, name }) => (via === 'FROM' ? [name] : []))),
    hasOnbuild: target?.commands.some(({ kind }) => kind === 'onbuild') ?? false,
  };
}

/** The build arg `BUILDKIT_SYNTAX` beats what the file says. */
function syntaxOf(text: string, { file, args }: ResolveOptions): ResolvedDockerfile['syntax'] {
  const given = argValue(args, 'BUILDKIT_SYNTAX')?.trim().split(' ')[0];
  return given === undefined ? detectSyntax(text, file) : { name: given, place: { file } };
}

/** Build args that change a build without being declared; proxies do not change what is built. */
function undeclaredButUsed(args: Readonly<Record<string, string>>): string[] {
  const automatic = platformArgs('', '', {});
  return Object.keys(args).filter(
    (name) => automatic.has(name) || name === 'SOURCE_DATE_EPOCH' || name.startsWith('BUILDKIT_'),
  );
}

function inFileOrder(problems: readonly Problem[]): Problem[] {
  return [...problems].sort((a, b) => (a.place?.line ?? 0) - (b.place?.line ?? 0));
}
