import type { Lock } from '../matrix/lock.ts';
import { toRecord } from '../matrix/read-value.ts';
import type { Plan, PlannedUpstream } from './plan.ts';

/** The lock a plan was made with: a job that builds part of it pins every upstream as the plan did, lock file or none. */
export function lockOfPlan({ upstreams }: Pick<Plan, 'upstreams'>): Lock {
  const pinned = (kind: PlannedUpstream['kind']) =>
    upstreams.flatMap((one) => (one.kind === kind && one.pin !== null ? [{ ...one, pin: one.pin }] : []));
  const record = (kind: 'git' | 'http' | 'local') =>
    toRecord(pinned(kind).map(({ name, pin }) => [name, pin] as const));
  const images = Map.groupBy(pinned('image'), ({ name }) => name);
  return {
    version: 1,
    images: toRecord(
      [...images].map(([name, platforms]) => [
        name,
        toRecord(platforms.map(({ platform, pin }) => [platform ?? '', pin] as const)),
      ]),
    ),
    git: record('git'),
    http: record('http'),
    local: record('local'),
  };
}
