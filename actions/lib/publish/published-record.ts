/** What was published last on a branch or tag: the base of `why`, of rollback, and of healing an interrupted publish. */
import { createHash } from 'node:crypto';
import { DarkroomError } from '../errors/darkroom-error.ts';
import { MAX_TAG_LENGTH, type TagEvent } from '../image/tag-template.ts';
import type { Keeper } from './keeper.ts';

/** One human tag and the digests it moves between. */
export interface TagMove {
  readonly image: string;
  readonly tag: string;
  /** Where it stood before this publish; `null`: it was not there. */
  readonly from: string | null;
  readonly to: string;
}

/** What stood at a node's key when it was published. */
export interface PublishedNode {
  readonly key: string;
  readonly digest: string;
}

/** Version of the record's shape that is written, and read. */
export const RECORD_VERSION = 2;

/** Stored as `<registry>/darkroom:published-<branch>`, and as `released-<tag>` for the push of a tag. */
export interface PublishedRecord {
  /** Goes up with every change of this shape. */
  readonly version: typeof RECORD_VERSION;
  /** Whose home this is; earlier versions did not say. */
  readonly keeper?: Keeper;
  readonly branch: string | null;
  readonly tag: string | null;
  /** The newest commit that was published or, after a rollback, taken back. */
  readonly commit: string | null;
  /** `moving` while tags are being moved; a record left so was interrupted. */
  readonly state: 'moving' | 'done';
  /** Tag of the plan: `plan-<32 hex>`. */
  readonly plan: string;
  /** By node id. */
  readonly nodes: Readonly<Record<string, PublishedNode>>;
  /** Every tag of the set, moved or not. */
  readonly tags: readonly TagMove[];
  /** Digest of the last record that was `done` before this one: the way back in history. */
  readonly previous: string | null;
  /** Of a rollback, else `null`. */
  readonly rollback: Rollback | null;
}

/** Which publish was taken back, and to which it went back: both by the digest of their records. */
export interface Rollback {
  readonly undone: string;
  readonly restored: string | null;
}

const NOTHING_SAID: PublishedRecord = {
  ...{ version: RECORD_VERSION, branch: null, tag: null, commit: null, state: 'done', plan: '' },
  ...{ nodes: {}, tags: [], previous: null, rollback: null },
};

/** Artifact type of the record. */
export const PUBLISHED_TYPE = 'application/vnd.darkroom.published.v1+json';

/**
 * Tag under which the record of a push lies. The push of a tag has a record of its own, which no branch can be called;
 * so has a commit that is on no branch. What cannot be said in a tag, or is too long for one, is told apart by a hash.
 */
export function recordTag({ branch, tag }: TagEvent): string {
  const name = branch === null && tag !== null ? `released-${tag}` : `published-${branch ?? 'detached'}`;
  const safe = name.replace(/[^\w.-]+/g, '-').slice(0, MAX_TAG_LENGTH);
  if (safe === name) return name;
  // "v1.0.0+a" and "v1.0.0-a" are two releases: in one record the older of them would count as superseded.
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${safe.slice(0, MAX_TAG_LENGTH - 1 - hash.length)}-${hash}`;
}

/**
 * Checks a record that a registry answered with. One of an earlier version says nothing: it only explains and leads back, and
 * the next publish writes a new one.
 * @throws DarkroomError `publish/bad-record`
 */
export function parsePublishedRecord(document: unknown, where: string): PublishedRecord {
  const record = document as PublishedRecord;
  const version: unknown = record?.version;
  if (typeof version === 'number' && version < RECORD_VERSION) return NOTHING_SAID;
  const valid =
    typeof record === 'object' &&
    record !== null &&
    version === RECORD_VERSION &&
    isKeeper(record.keeper) &&
    (record.state === 'moving' || record.state === 'done') &&
    [record.branch, record.tag, record.commit].every(isTextOrNull) &&
    typeof record.plan === 'string' &&
    typeof record.nodes === 'object' &&
    record.nodes !== null &&
    Object.values(record.nodes).every(isPublishedNode) &&
    Array.isArray(record.tags) &&
    record.tags.every(isTagMove) &&
    isDigestOrNull(record.previous) &&
    isRollbackOrNull(record.rollback);
  if (valid) return record;
  throw new DarkroomError({
    code: 'publish/bad-record',
    message: `"${where}" holds no record of a publish that this version can read.`,
    hint: 'Delete that tag to start afresh: the next publish writes a new record.',
  });
}

function isKeeper(keeper: Partial<Keeper> | null | undefined): boolean {
  if (keeper === undefined) return true;
  return typeof keeper?.matrix === 'string' && isTextOrNull(keeper.repository);
}

function isPublishedNode(node: Partial<PublishedNode> | null): boolean {
  return /^[0-9a-f]{64}$/.test(String(node?.key)) && isDigest(node?.digest);
}

function isTagMove(move: Partial<TagMove> | null): boolean {
  return (
    typeof move?.image === 'string' &&
    typeof move.tag === 'string' &&
    isDigest(move.to) &&
    isDigestOrNull(move.from)
  );
}

function isRollbackOrNull(rollback: Partial<Rollback> | null): boolean {
  return rollback === null || (isDigest(rollback?.undone) && isDigestOrNull(rollback?.restored));
}

function isDigest(text: unknown): boolean {
  return typeof text === 'string' && /^sha256:[0-9a-f]{64}$/.test(text);
}

function isDigestOrNull(value: unknown): boolean {
  return value === null || isDigest(value);
}

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === 'string';
}
