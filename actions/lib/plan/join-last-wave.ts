/** Joins what is left for the last wave: nothing in it can wait for anything but earlier waves. */
import { DarkroomError } from '../errors/darkroom-error.ts';
import { byUrgency, type Draft, joinSteps, labelsOf } from './job-draft.ts';
import { JOBS_PER_WAVE, WAVES } from './job-limits.ts';

/**
 * Makes one job of all that hangs together, then joins jobs of one runner until the wave holds them.
 * @throws DarkroomError `plan/too-many-runners`
 */
export function joinLastWave(drafts: readonly Draft[]): readonly Draft[] {
  return joinUntilTheyFit(joinConnected(drafts)).toSorted(byUrgency);
}

/** One draft per set of steps that are linked with each other, by whatever way. */
function joinConnected(drafts: readonly Draft[]): readonly Draft[] {
  const left = new Map(drafts.flatMap(({ steps }) => steps).map((step) => [step.node.id, step]));
  const parts: Draft[] = [];
  for (const start of left.values()) {
    const part = [start];
    left.delete(start.node.id);
    // The part grows while it is walked, until no neighbour is left.
    for (const { parents, children } of part) {
      for (const id of [...parents, ...children]) {
        const neighbour = left.get(id);
        if (neighbour !== undefined) part.push(neighbour);
        left.delete(id);
      }
    }
    parts.push(joinSteps(part));
  }
  return parts;
}

/** Joins drafts of one runner, as few as will do, until a wave holds them. */
function joinUntilTheyFit(drafts: readonly Draft[]): readonly Draft[] {
  const groups = [...Map.groupBy(drafts.toSorted(byUrgency), ({ runner }) => labelsOf(runner)).values()];
  if (groups.length > JOBS_PER_WAVE) throw tooManyRunners(groups.length);
  const jobsFor = (size: number) => groups.reduce((sum, group) => sum + Math.ceil(group.length / size), 0);
  let size = 1;
  while (jobsFor(size) > JOBS_PER_WAVE) size += 1;
  return groups.flatMap((group) => deal(group, Math.ceil(group.length / size)));
}

/** Deals drafts out in turn: the longest stand first, and should not meet in one job. */
function deal(drafts: readonly Draft[], count: number): readonly Draft[] {
  return Array.from({ length: count }, (_, job) => {
    const dealt = drafts.filter((_, index) => index % count === job);
    return joinSteps(dealt.flatMap(({ steps }) => steps));
  });
}

function tooManyRunners(count: number): DarkroomError {
  return new DarkroomError(
    {
      code: 'plan/too-many-runners',
      message: `The last of ${WAVES} waves would need ${count} different runners; expected at most ${JOBS_PER_WAVE}, as many jobs as GitHub runs in a wave.`,
      hint: 'Let more images share the labels of "runner:", or plan fewer images at once.',
    },
    { kind: 'use' },
  );
}
