/** What a person should know of a publish that went well. Pure. */

import type { Plan } from '../plan/plan.ts';
import type { HeldTag } from './find-held-tags.ts';
import { type Stray, tagId, type WantedTag } from './plan-moves.ts';
import type { PublishedRecord } from './published-record.ts';

/** Sentences about tags that did not stand where the last publish left them. */
export function noticesOf(
  others: readonly WantedTag[],
  strays: readonly Stray[],
  left: readonly Stray[],
): readonly string[] {
  const back = strays.filter((stray) => stray.to !== null && !left.includes(stray));
  return [
    ...others.map((one) =>
      one.at === null
        ? `"${tagId(one)}" was gone; it is back.`
        : `"${tagId(one)}" had been moved to ${shortDigest(one.at)} since the last publish; it stands where the plan says again.`,
    ),
    ...(back.length === 0
      ? []
      : [`Put back to where they stood before an interrupted publish: ${back.map(tagId).join(', ')}.`]),
    ...left.map((stray) =>
      stray.to === null
        ? `"${tagId(stray)}" was made by an interrupted publish and belongs to no image of this one; registries cannot delete a tag alone, so it stays until you delete it.`
        : `"${tagId(stray)}" was moved by an interrupted publish, and what it named before is gone; it stays.`,
    ),
  ];
}

/** A sentence for every higher release that has tags which this one would otherwise have moved. */
export function heldNotices(held: readonly HeldTag[], { event }: Plan): readonly string[] {
  return [...Map.groupBy(held, ({ release }) => release)].map(([release, tags]) => {
    const names = tags.map((one) => `"${tagId(one)}"`).join(', ');
    return `${names} ${tags.length === 1 ? 'stays' : 'stay'} at ${release}: it is published, and higher than ${event.tag}.`;
  });
}

/** Why nothing was published, though nothing is wrong. */
export function withheldNotice(
  why: 'superseded' | 'rolled-back',
  { commit, state }: PublishedRecord,
  { source, event }: Plan,
): string {
  const name = event.branch ?? event.tag ?? 'this commit';
  if (why === 'rolled-back') {
    const again =
      state === 'moving' ? ' That rollback was interrupted: run "darkroom publish --rollback" again.' : '';
    return `Nothing was published: this plan of ${shortCommit(source.commit)} was rolled back.${again} A new commit is published as usual, and "darkroom publish" publishes this one again.`;
  }
  const open = state === 'moving' ? ', or is being published' : '';
  return `Nothing was published: ${name} stands at ${shortCommit(commit)} already${open}; what was planned here is ${shortCommit(source.commit)}, which is older or no longer part of it.`;
}

function shortDigest(digest: string): string {
  return `${digest.slice(0, 'sha256:'.length + 12)}…`;
}

function shortCommit(commit: string | null): string {
  return commit === null ? 'no commit' : commit.slice(0, 12);
}
