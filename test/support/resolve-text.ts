import type { ResolvedDockerfile } from '../../actions/lib/dockerfile/dockerfile.ts';
import { resolveDockerfile } from '../../actions/lib/dockerfile/resolve-dockerfile.ts';
import { DarkroomError } from '../../actions/lib/errors/darkroom-error.ts';

/** What a test gives besides the text; the file is called `Dockerfile`, the platform is `linux/amd64`. */
export interface ResolveTextOptions {
  readonly args?: Readonly<Record<string, string>>;
  readonly target?: string;
  readonly platform?: string;
}

/** Resolves a Dockerfile given as a text. */
export function resolveText(text: string, options: ResolveTextOptions = {}): ResolvedDockerfile {
  return resolveDockerfile(text, { file: 'Dockerfile', args: {}, platform: 'linux/amd64', ...options });
}

/** Lists the problems of a Dockerfile as `line code message`; empty when it has none. */
export function problemsOf(text: string, options: ResolveTextOptions = {}): string[] {
  try {
    resolveText(text, options);
    return [];
  } catch (error) {
    if (!(error instanceof DarkroomError) || error.kind !== 'use') throw error;
    return error.problems.map(({ place, code, message }) => `${place?.line ?? '-'} ${code} ${message}`);
  }
}

/** Lists the reads of the main context as their paths, or `whole` with its reason. */
export function pathsOf(text: string, options: ResolveTextOptions = {}): readonly string[] | string {
  const { reads, wholeContext } = resolveText(text, options);
  if (wholeContext !== null) return `whole: ${wholeContext.reason}`;
  return reads.filter(({ from }) => from === null).map(({ path }) => path);
}
