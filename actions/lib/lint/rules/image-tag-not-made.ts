import { posix } from 'node:path';
import type { LintedProject } from '../linted-project.ts';
import { oncePerProject } from '../once-per-project.ts';
import { UNKNOWN } from '../orchestration/config-value.ts';
import { fits, hasKnownTag, movingTag } from '../orchestration/image-names.ts';
import type { ImageUse } from '../orchestration/image-use.ts';
import { isNear } from '../orchestration/tied-uses.ts';
import type { Draft, Rule } from '../rule.ts';

/** A container runs a tag of an image of this project that nothing in it makes. */
export const imageTagNotMade: Rule = {
  id: 'image-tag-not-made',
  severity: 'warning',
  title: 'A container runs a tag that is never made',
  covers: [],
  isOfProject: true,
  check: (_file, project) => findAll(project),
};

const findAll = oncePerProject(function* (project) {
  for (const use of project.orchestration.uses) {
    const draft = use.builtBy === null ? draftFor(use, project) : null;
    if (draft !== null) yield draft;
  }
});

/** What may build, or give a tag, in a way that nobody can follow. */
const PROGRAMS =
  /(?:^|\/)(?:(?:GNU)?[Mm]akefile[^/]*|[Jj]ustfile|Taskfile\.ya?ml|package\.json|Jenkinsfile[^/]*|\.gitlab-ci\.yml)$|\.(?:mk|sh|bash|ps1)$|^\.github\/workflows\//;

function draftFor({ file, image }: ImageUse, project: LintedProject): Draft | null {
  const {
    orchestration: { builds },
    read,
  } = project;
  const tag = movingTag(image.text);
  if (tag === null) return null;
  const near = builds.filter((build) => isNear(posix.dirname(file), build.file));
  const made = near.flatMap((build) =>
    build.names
      .map((name) => ({ name, build, fit: fits(image.text, name) }))
      .filter(({ fit }) => fit !== 'none'),
  );
  const isOpen = made.length === 0 || made.some(({ name, fit }) => fit === 'same' || !hasKnownTag(name));
  // Another program may give it the tag.
  const isNamed = made.some(({ build }) => new RegExp(`:${tag}\\b`).test(read(build.file) ?? ''));
  if (isOpen || isNamed || isNamedByProgram(image.text, tag, project)) return null;
  const places = [...new Set(made.map(({ build }) => build.file))].map((one) => `"${one}"`).join(' and ');
  const message = `this runs the tag "${tag}", which ${places} never ${made.length === 1 ? 'makes' : 'make'}: what is built is not what runs; run the tag that is made, or make this one too`;
  return { file, start: image.start, end: image.end, message };
}

function isNamedByProgram(reference: string, tag: string, { files, read }: LintedProject): boolean {
  const [name = ''] = (reference.split('/').at(-1) ?? '').split(':');
  const named = name.includes(UNKNOWN) ? `:${tag}` : `${name}:${tag}`;
  return files.some((file) => PROGRAMS.test(file) && read(file)?.includes(named) === true);
}
