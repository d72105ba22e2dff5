/** Owns the templates of human tags: which placeholders there are and what they become. */
import { parse as parseSemver, type SemVer } from 'semver';

/** What happened in git: a push of a branch, or of a tag. */
export interface TagEvent {
  /** Branch name without `refs/heads/`; `null` for a tag. */
  readonly branch: string | null;
  /** Tag name without `refs/tags/`; `null` for a branch. */
  readonly tag: string | null;
}

/** Which releases share a tag, and so move it on one after the other: those of a major version, or of a minor one. */
export type FloatingScope = 'major' | 'minor';

/** Names that may stand in braces in a template. */
export const TAG_PLACEHOLDERS = ['branch', 'semver', 'major', 'minor'] as const;

/** Tags Darkroom writes for itself beside the human ones: a template may not begin like them. */
export const RESERVED_TAG_PREFIXES = ['key', 'pre', 'cache'] as const;

/** Longest tag a registry takes: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests */
export const MAX_TAG_LENGTH = 128;

const VALID_TAG = /^\w[\w.-]{0,127}$/;
const RESERVED_TAG = new RegExp(`^(?:${RESERVED_TAG_PREFIXES.join('|')})-`);

/**
 * Returns the tags for an event, in the order of the templates; a template that does not resolve is left out. One without
 * a placeholder, such as `latest`, follows the default branch alone: else a branch, or an old version built again, would
 * take it away.
 */
export function resolveTags(templates: readonly string[], event: TagEvent, defaultBranch: string): string[] {
  const versions = versionWords(event.tag);
  const resolvable =
    event.branch === defaultBranch ? templates : templates.filter((template) => template.includes('{'));
  const tags = resolvable.flatMap((template) => resolveTag(template, event.branch, versions) ?? []);
  return [...new Set(tags)];
}

/** Those of the tags for an event that several releases share, as `1` and `1.2` are. One with `{semver}` is its release's own. */
export function floatingTags(
  templates: readonly string[],
  event: TagEvent,
): Readonly<Record<string, FloatingScope>> {
  const versions = versionWords(event.tag);
  return Object.fromEntries(
    templates.flatMap((template) => {
      const scope = scopeOf(template);
      const tag = scope === null ? undefined : resolveTag(template, event.branch, versions);
      return scope === null || tag === undefined ? [] : [[tag, scope] as const];
    }),
  );
}

/** The version that a git tag stands for, with or without a `v` before it; `null` when it stands for none. */
export function releaseVersion(tag: string | null): SemVer | null {
  return tag !== null && /^v?[0-9]/.test(tag) ? parseSemver(tag) : null;
}

function scopeOf(template: string): FloatingScope | null {
  if (template.includes('{semver}')) return null;
  if (template.includes('{minor}')) return 'minor';
  return template.includes('{major}') ? 'major' : null;
}

function resolveTag(
  template: string,
  branch: string | null,
  versions: ReadonlyMap<string, string>,
): string | undefined {
  const withVersions = template.replace(
    /\{(\w+)\}/g,
    (written, name: string) => versions.get(name) ?? written,
  );
  const tag = branch === null ? withVersions : insertBranch(withVersions, branch);
  // A branch called `key-…` must not be able to stand in for a content key.
  const free = RESERVED_TAG.test(tag) ? `_${tag}`.slice(0, MAX_TAG_LENGTH) : tag;
  return VALID_TAG.test(free) ? free : undefined;
}

/** The branch gives way, not the words around it, when the tag would be too long. */
function insertBranch(template: string, branch: string): string {
  const parts = template.split('{branch}');
  if (parts.length === 1) return template;
  const room = Math.floor((MAX_TAG_LENGTH - parts.join('').length) / (parts.length - 1));
  const safe = branch
    .replace(/[^\w.-]+/g, '-')
    .replace(/^[.-]+|-+$/g, '')
    .slice(0, Math.max(room, 0));
  // A branch of which nothing is left resolves to no tag.
  return safe === '' ? template : parts.join(safe);
}

function versionWords(tag: string | null): ReadonlyMap<string, string> {
  const version = releaseVersion(tag);
  if (version === null) return new Map();
  const build = version.build.length === 0 ? '' : `_${version.build.join('.')}`;
  const words = new Map([['semver', `${version.version}${build}`]]);
  if (version.prerelease.length > 0) return words;
  return words.set('major', `${version.major}`).set('minor', `${version.major}.${version.minor}`);
}
