import type { LintedProject } from './linted-project.ts';
import type { Draft } from './rule.ts';

/** For what a rule finds whatever Dockerfile it is asked about: it is looked for once, and said every time. */
export function oncePerProject(
  find: (project: LintedProject) => Iterable<Draft>,
): (project: LintedProject) => readonly Draft[] {
  const known = new WeakMap<LintedProject, readonly Draft[]>();
  return (project) => {
    const found = known.get(project) ?? [...find(project)];
    known.set(project, found);
    return found;
  };
}
