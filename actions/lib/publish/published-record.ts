/** What was published last on a branch: the base of `why`, and what an interrupted publish is healed from. */
import { DarkroomError } from '../errors/darkroom-error.ts';

/** One human tag and the digests it moves between. */
export interface TagMove {
  readonly image: string;
  readonly tag: string;
  /** `null`: the tag was not there. */
  readonly from: string | null;
  readonly to: string;
}

/** Stored as `<registry>/darkroom:published-<branch>`. */
export interface PublishedRecord {
  readonly version: 1;
  readonly branch: string | null;
  readonly commit: string | null;
  /** `moving` while tags are being moved; a record left so was interrupted. */
  readonly state: 'moving' | 'done';
  /** Tag of the plan: `plan-<32 hex>`. */
  readonly plan: string;
  /** Key of every published node, by node id. */
  readonly keys: Readonly<Record<string, string>>;
  /** Every tag of the set, moved or not. */
  readonly tags: readonly TagMove[];
}

/** Artifact type of the record. */
export const PUBLISHED_TYPE = 'application/vnd.darkroom.published.v1+json';

/** Tag under which a branch's record lies; a detached HEAD has one of its own. */
export function publishedTag(branch: string | null): string {
  return `published-${(branch ?? 'detached').replace(/[^\w.-]+/g, '-')}`.slice(0, 128);
}

/**
 * Checks a record that a registry answered with.
 * @throws DarkroomError `publish/bad-record`
 */
export function parsePublishedRecord(document: unknown, where: string): PublishedRecord {
  const record = document as PublishedRecord | null;
  const valid =
    typeof record === 'object' &&
    record !== null &&
    record.version === 1 &&
    (record.state === 'moving' || record.state === 'done') &&
    isTextOrNull(record.branch) &&
    isTextOrNull(record.commit) &&
    typeof record.plan === 'string' &&
    typeof record.keys === 'object' &&
    record.keys !== null &&
    Object.values(record.keys).every((key) => /^[0-9a-f]{64}$/.test(String(key))) &&
    Array.isArray(record.tags) &&
    record.tags.every(isTagMove);
  if (valid) return record;
  throw new DarkroomError({
    code: 'publish/bad-record',
    message: `"${where}" holds no record of a publish that this version can read.`,
    hint: 'Delete that tag to start afresh: the next publish writes a new record.',
  });
}

function isTagMove(move: Partial<TagMove> | null): boolean {
  const isDigest = (text: unknown): boolean => typeof text === 'string' && /^sha256:[0-9a-f]{64}$/.test(text);
  return (
    typeof move?.image === 'string' &&
    typeof move.tag === 'string' &&
    isDigest(move.to) &&
    (move.from === null || isDigest(move.from))
  );
}

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === 'string';
}
