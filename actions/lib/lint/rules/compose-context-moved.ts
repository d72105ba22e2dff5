import { posix } from 'node:path';
import { type ComposeService, composeFiles, contextFolder, dockerfileOf } from '../compose-services.ts';
import type { LintedProject } from '../linted-project.ts';
import type { Draft, Rule } from '../rule.ts';

/** A Compose file that builds from what is no longer there. */
export const composeContextMoved: Rule = {
  id: 'compose-context-moved',
  severity: 'error',
  title: 'A Compose file builds from a folder or a Dockerfile that is not there',
  covers: [],
  isOfProject: true,
  *check(_file, project) {
    for (const { services } of composeFiles(project).values()) {
      for (const service of services) {
        const draft = draftFor(service, project);
        if (draft !== null) yield draft;
      }
    }
  },
};

function draftFor(service: ComposeService, project: LintedProject): Draft | null {
  const [folder, dockerfile] = [contextFolder(service), dockerfileOf(service)];
  if (folder === null || dockerfile === null || isFile(dockerfile, project)) return null;
  const { file, name, context, namePlace } = service;
  if (!isFolder(folder, project)) {
    const place = context ?? namePlace;
    const near = alike(folder, project);
    const hint = near === null ? '' : `; did you mean "${near}"?`;
    const message = `service "${name}" is built from "${context?.text ?? '.'}", and the project has no folder "${folder}"${hint}`;
    return { file, start: place.start, end: place.end, severity: 'warning', message };
  }
  const place = service.dockerfile ?? context ?? namePlace;
  const others = project.dockerfiles.map(({ source }) => source.file);
  const below = [...new Set(others.filter((one) => one.startsWith(folder === '.' ? '' : `${folder}/`)))];
  const hint = below.length === 1 ? `; there is "${below[0] ?? ''}"` : '';
  const message = `service "${name}" is built by "${dockerfile}", which is not there${hint}: the path is taken from the context "${folder}"`;
  return { file, start: place.start, end: place.end, message };
}

function isFile(path: string, project: LintedProject): boolean {
  return project.files.includes(path) || project.read(path) !== null;
}

/** A submodule stands as one name. */
function isFolder(path: string, { files }: LintedProject): boolean {
  return path === '.' || files.some((file) => file === path || file.startsWith(`${path}/`));
}

/** The one folder with a Dockerfile whose last part has the same name. */
function alike(folder: string, { dockerfiles }: LintedProject): string | null {
  const name = posix.basename(folder).toLowerCase();
  const folders = new Set(dockerfiles.map(({ source }) => posix.dirname(source.file)));
  const same = [...folders].filter((one) => posix.basename(one).toLowerCase() === name);
  return same.length === 1 ? (same[0] ?? null) : null;
}
