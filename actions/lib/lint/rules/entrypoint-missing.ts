import { behindBase } from '../base-entrypoint.ts';
import { composeFiles, dockerfileOf, textsOf, valueAt } from '../compose-services.ts';
import type { LintedDockerfile } from '../linted-dockerfile.ts';
import type { LintedProject } from '../linted-project.ts';
import { isMountedSomewhere } from '../mounted-paths.ts';
import type { Draft, Rule } from '../rule.ts';
import { finalFolder, leafStages } from '../stage-places.ts';
import { startedFault } from '../started-faults.ts';
import { startedProgram } from '../started-program.ts';

/** What `CMD` or `ENTRYPOINT` starts is not in the image. */
export const entrypointMissing: Rule = {
  id: 'entrypoint-missing',
  severity: 'error',
  title: 'The image starts what is not in it',
  covers: [],
  *check(file, project) {
    const seen = new Set<number>();
    for (const stage of leafStages(file)) {
      const started = startedProgram(stage);
      if (
        started === null ||
        !file.stages.some(({ instructions }) => instructions.includes(started.from.instruction))
      )
        continue;
      const isMounted = (path: string) =>
        isLaidOver(path, file, project) || isMountedSomewhere(path, project);
      const isCommand = started.from.instruction.keyword === 'CMD';
      const words = isCommand ? behindBase(started.words, stage) : started.words;
      if (words === null) continue;
      const message = startedFault(words, {
        ...{ stage, file, project, folder: finalFolder(stage), isMounted },
      });
      const { start, end } = started.from.instruction;
      if (message === null || seen.has(start)) continue;
      seen.add(start);
      yield { start, end, message } satisfies Draft;
    }
  },
};

/** Compose lays a folder of the project over it. */
function isLaidOver(path: string, file: LintedDockerfile, project: LintedProject): boolean {
  const services = [...composeFiles(project).values()].flatMap((one) => one.services);
  return services
    .filter((service) => dockerfileOf(service) === file.source.file)
    .some(({ value }) => {
      const volumes = valueAt(value, 'volumes');
      const items = volumes?.kind === 'list' ? volumes.items : [];
      return items.some((item) => {
        const target =
          item.kind === 'map'
            ? textsOf(valueAt(item, 'target'))[0]
            : (textsOf(item)[0]?.split(':')[1] ?? null);
        return (
          target === null || target === undefined || `${path}/`.startsWith(`${target.replace(/\/$/, '')}/`)
        );
      });
    });
}
