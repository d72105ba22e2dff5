import { posix } from 'node:path';
import type { LintedProject } from '../linted-project.ts';
import { oncePerProject } from '../once-per-project.ts';
import type { ImageBuild } from '../orchestration/image-build.ts';
import type { Draft, Rule } from '../rule.ts';

/** A workflow or Skaffold builds from what is not there. */
export const buildFileMissing: Rule = {
  id: 'build-file-missing',
  severity: 'error',
  title: 'A workflow builds from a folder or a Dockerfile that is not there',
  covers: [],
  isOfProject: true,
  check: (_file, project) => findAll(project),
};

const findAll = oncePerProject(function* (project) {
  for (const build of project.orchestration.builds) {
    // Compose files have a rule of their own.
    if (!build.isUndisturbed || build.label.startsWith('service ')) continue;
    const draft = draftFor(build, project);
    if (draft !== null) yield draft;
  }
});

function draftFor(
  { file, label, context, dockerfile, ...build }: ImageBuild,
  project: LintedProject,
): Draft | null {
  const { isFile, isFolder } = project.orchestration.paths;
  if (dockerfile !== null && !isFile(dockerfile) && (context === null || isFolder(context))) {
    if (project.read(dockerfile) !== null) return null;
    const { start, end } = build.dockerfilePlace;
    const name = posix.basename(dockerfile);
    const same = project.files.filter((one) => posix.basename(one) === name);
    const hint = same.length === 1 ? `; there is "${same[0] ?? ''}"` : '';
    const message = `${label} builds by "${dockerfile}", which is not in the repository${hint}`;
    return { file, start, end, message };
  }
  if (context === null || isFolder(context)) return null;
  const { start, end } = build.contextPlace;
  const message = `${label} builds in "${context}", and the repository has no such folder`;
  return { file, start, end, message };
}
