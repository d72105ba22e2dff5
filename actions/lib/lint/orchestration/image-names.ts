/** Whether a reference in one file is the image that another one builds. */
import { SOME_COMMIT, UNKNOWN } from './config-value.ts';

/** Parts of a reference; each may hold `UNKNOWN`. */
interface Parts {
  /** Everything before the last `/`; empty for a name alone. */
  readonly prefix: string;
  readonly last: string;
  readonly tag: string | null;
  readonly hasDigest: boolean;
}

/** How well a reference fits what a build is called; `other` is the same image with a tag that this build does not make. */
export type Fit = 'same' | 'other' | 'none';

/** Tags that move along with what is built; the image behind any other one may be older than the Dockerfile. */
const MOVING =
  /^(?:latest|main|master|dev|devel|develop|edge|nightly|local|test|stable|staging|prod|production)$/;

/** Holds a reference against a name that a build gives. */
export function fits(used: string, built: string): Fit {
  const [wanted, made] = [partsOf(used), partsOf(built)];
  if (wanted.hasDigest || made.last === '' || !isAlike(wanted.last, made.last)) return 'none';
  if (!isSamePrefix(wanted.prefix, made.prefix)) return 'none';
  const [tag, other] = [wanted.tag ?? 'latest', made.tag ?? 'latest'];
  if (tag === other && tag !== SOME_COMMIT) return 'same';
  const isOpen =
    tag.includes(UNKNOWN) || tag === SOME_COMMIT || (other.includes(UNKNOWN) && MOVING.test(tag));
  return isOpen ? 'same' : 'other';
}

/** The tag that a reference asks for, where it moves. */
export function movingTag(reference: string): string | null {
  const { tag, hasDigest } = partsOf(reference);
  return !hasDigest && MOVING.test(tag ?? 'latest') ? (tag ?? 'latest') : null;
}

/** Whether all of the tag that a build gives is known, as far as it can be one that moves. */
export function hasKnownTag(built: string): boolean {
  return partsOf(built).tag?.includes(UNKNOWN) !== true;
}

function partsOf(reference: string): Parts {
  const [name = '', digest] = reference.replace(/^docker\.io\/(?:library\/)?/, '').split('@');
  const slash = name.lastIndexOf('/');
  const rest = name.slice(slash + 1);
  const colon = rest.indexOf(':');
  return {
    prefix: slash === -1 ? '' : name.slice(0, slash),
    last: (colon === -1 ? rest : rest.slice(0, colon)).toLowerCase(),
    tag: colon === -1 ? null : rest.slice(colon + 1),
    hasDigest: digest !== undefined,
  };
}

/** One of the two may be known in part, if the rest of it says enough. */
function isAlike(one: string, other: string): boolean {
  if (!one.includes(UNKNOWN) && !other.includes(UNKNOWN)) return one === other;
  if (one.includes(UNKNOWN) && other.includes(UNKNOWN)) return false;
  const [open, known] = one.includes(UNKNOWN) ? [one, other] : [other, one];
  const parts = open.split(UNKNOWN);
  if (parts.join('').replace(/[^a-z0-9]/g, '').length < 4) return false;
  return new RegExp(`^${parts.map(escaped).join('.+')}$`).test(known);
}

/** What stands before is often a registry that only the machine knows. */
function isSamePrefix(one: string, other: string): boolean {
  if (one === other) return true;
  const isOpen = (prefix: string) => prefix.includes(UNKNOWN);
  if (!isOpen(one) && !isOpen(other)) return false;
  const [open, known] = isOpen(one) ? [one, other] : [other, one];
  if (isOpen(known) || known === '') return true;
  return new RegExp(`^${open.split(UNKNOWN).map(escaped).join('.*')}$`).test(known);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
