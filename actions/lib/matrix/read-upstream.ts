/** Owns the options of one named upstream. */
import type { Problem } from '../errors/darkroom-error.ts';
import type { NamedUpstream } from './matrix.ts';
import { folder } from './read-image.ts';
import { fields, oneOrMany, text, wrongType } from './read-value.ts';
import { FOLDER, GIT_REF, GIT_URL, HTTP_URL, LICENCE } from './value-kinds.ts';
import type { YamlEntry } from './yaml-tree.ts';

interface UpstreamOptions {
  readonly git: string;
  readonly ref: string;
  readonly http: string;
  readonly local: string;
  readonly licence: readonly string[];
}

const KINDS = ['git', 'http', 'local'] as const;

const readOptions = fields<UpstreamOptions>({
  git: text(GIT_URL),
  ref: text(GIT_REF),
  http: text(HTTP_URL),
  local: folder(FOLDER),
  licence: oneOrMany(text(LICENCE)),
});

/** Returns one upstream, or nothing when its source is wrong. */
export function readUpstream(entry: YamlEntry, path: string, problems: Problem[]): NamedUpstream | undefined {
  if (entry.value.kind !== 'map') {
    return wrongType(entry.value, path, 'a map, such as { git: https://…, ref: main }', problems);
  }
  const options = readOptions(entry.value, path, problems) ?? {};
  const names = new Set(entry.value.entries.map(({ key }) => key));
  const kinds = KINDS.filter((kind) => names.has(kind));
  if (kinds.length !== 1) {
    const found =
      kinds.length === 0 ? 'has no source' : `has ${kinds.map((kind) => `"${kind}"`).join(' and ')}`;
    const message = `${path} ${found}; expected exactly one of git, http, local.`;
    problems.push({ code: 'matrix/conflict', place: entry.keyPlace, message });
  }
  if (names.has('ref') && !names.has('git')) {
    const message = `${path} has "ref" without "git"; expected it with a git source only.`;
    problems.push({ code: 'matrix/conflict', place: entry.keyPlace, message });
  }
  const source = toSource(options);
  if (source === undefined) return undefined;
  return { name: entry.key, source, licence: options.licence ?? [], place: entry.keyPlace };
}

function toSource(options: Partial<UpstreamOptions>): NamedUpstream['source'] | undefined {
  if (options.git !== undefined) return { kind: 'git', url: options.git, ref: options.ref ?? 'HEAD' };
  if (options.http !== undefined) return { kind: 'http', url: options.http };
  return options.local === undefined ? undefined : { kind: 'local', path: options.local };
}
