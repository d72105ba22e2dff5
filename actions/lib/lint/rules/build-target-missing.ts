import { nearestName } from '../../errors/nearest-name.ts';
import { isKnown } from '../orchestration/config-value.ts';
import { buildsOf, stageOf } from '../orchestration/tied-uses.ts';
import type { Draft, Rule } from '../rule.ts';

/** A build of a stage that the Dockerfile does not have. */
export const buildTargetMissing: Rule = {
  id: 'build-target-missing',
  severity: 'error',
  title: 'A stage is built that the Dockerfile does not have',
  covers: [],
  *check(file, project) {
    const names = file.stages.flatMap(({ name }) => name ?? []);
    for (const build of buildsOf(file, project)) {
      const { target } = build;
      // What is wrong in a matrix is told where it is planned.
      if (target === null || target.end === 0 || !isKnown(target) || stageOf(file, build) !== null) continue;
      const near = nearestName(target.text.toLowerCase(), names);
      const stages = names.map((name) => `"${name}"`).join(', ');
      const hint =
        near !== undefined ? `; did you mean "${near}"?` : names.length === 0 ? '' : `; it has ${stages}`;
      const message = `"${file.source.file}" has no stage "${target.text}": the build fails${hint}`;
      yield { file: build.file, start: target.start, end: target.end, message } satisfies Draft;
    }
  },
};
