import { formatImageReference } from '../image/image-reference.ts';
import { repositoryOf } from '../image/repository-of.ts';
import { checkKeeper, keeperOfPlan } from '../publish/keeper.ts';
import { recordTag } from '../publish/published-record.ts';
import type { Known } from './look-back.ts';
import type { PlanRequest } from './make-plan.ts';

/** What would be refused when it is published is refused before it is built. @throws DarkroomError `publish/other-keeper` */
export function checkHome(
  { source, matrixPath, home, target }: Pick<PlanRequest, 'source' | 'matrixPath' | 'home' | 'target'>,
  { earlier }: Pick<Known, 'earlier'>,
): void {
  const own = keeperOfPlan({ source: { ...source.identity, matrix: matrixPath }, home, target });
  if (own === null) return;
  const written = formatImageReference(repositoryOf(target)('darkroom'));
  for (const { record, repositoryOf: at } of earlier) {
    const where = formatImageReference({ ...at('darkroom'), tag: recordTag(record) });
    if (formatImageReference(at('darkroom')) === written) checkKeeper(own, record.keeper, where);
  }
}
