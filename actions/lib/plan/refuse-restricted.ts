/** Keeps what may not be given to anybody where it is, before anything is built or pushed. Pure. */
import { DarkroomError, type Problem } from '../errors/darkroom-error.ts';
import { isLoopback } from '../image/image-reference.ts';
import type { Plan, PlannedImage, Restriction } from './plan.ts';

/**
 * Refuses a plan that would take restricted images to a registry other people read: a key is distribution as much as a
 * tag is. On loopback everything goes; what is not built and gets no tag stays where it is.
 * @throws DarkroomError `publish/restricted-licence` and `publish/made-upstream`, one problem per image and restriction
 */
export function refuseRestricted(plan: Plan): void {
  const problems = findRefusals(plan, plan.target);
  if (problems.length > 0) throw new DarkroomError(problems, { kind: 'use' });
}

/** What {@link refuseRestricted} would say, were `target` the registry that is written. */
export function findRefusals(plan: Plan, target: string): readonly Problem[] {
  if (isLoopback(target)) return [];
  return plan.images
    .filter(leavesTheMachine)
    .flatMap((image) =>
      image.restrictions
        .filter(({ kind }) => kind === 'made' || !plan.homeIsPrivate)
        .map((restriction) => toProblem({ ...plan, target }, image, restriction)),
    );
}

function leavesTheMachine({ action, tags }: PlannedImage): boolean {
  return action === 'build' || (action === 'hit' && tags.length > 0);
}

function toProblem({ source, target }: Plan, image: PlannedImage, restriction: Restriction): Problem {
  const { kind, name, origin, through } = restriction;
  const way = [
    ...(origin === `image ${image.name}` ? [] : [`from the ${origin}`]),
    ...(through === null || origin === `image ${through}` ? [] : [`through its parent ${through}`]),
  ].join(' ');
  const how = way === '' ? '' : ` (${way})`;
  if (kind === 'licence') {
    return {
      code: 'publish/restricted-licence',
      place: { file: source.matrix },
      message: `"${image.name}" may not go to "${target}": it holds material under "${name}"${how}, which not everybody may be given.`,
      hint: 'Write "home: private" into the matrix if everybody who can read that registry may hold it, let the image take the material when it runs, or give it "tags: []": then it is built only where it is asked for.',
    };
  }
  return {
    code: 'publish/made-upstream',
    message: `"${image.name}" may not go to "${target}": its upstream "${name}"${how} was made on this machine, and is no image that others know.`,
    hint: 'Run this where the registry of that image answers; "darkroom lock" pins the real one.',
  };
}
