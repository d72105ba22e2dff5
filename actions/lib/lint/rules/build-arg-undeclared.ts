import { nearestName } from '../../errors/nearest-name.ts';
import type { LintedDockerfile } from '../linted-dockerfile.ts';
import { buildsOf } from '../orchestration/tied-uses.ts';
import type { Draft, Rule } from '../rule.ts';

/** BuildKit and the tools in a build read these without an `ARG`. */
const READ_ELSEWHERE =
  /^(?:BUILDKIT_|(?:BUILD|TARGET)(?:PLATFORM|OS|OSVERSION|ARCH|VARIANT)$|SOURCE_DATE_EPOCH$|(?:https?|ftp|no|all|rsync)_proxy$)/i;

/** A build argument that is given for an `ARG` that is not there. */
export const buildArgUndeclared: Rule = {
  id: 'build-arg-undeclared',
  severity: 'warning',
  title: 'A build argument is given that the Dockerfile does not declare',
  covers: [],
  *check(file, project) {
    const builds = buildsOf(file, project).filter(({ args }) => args.length > 0);
    if (builds.length === 0 || mayDeclareMore(file)) return;
    const declared = argsOf(file);
    const lower = new Map([...declared].map((name) => [name.toLowerCase(), name]));
    for (const { file: from, args } of builds) {
      for (const { text: name, start, end } of args) {
        if (declared.has(name) || READ_ELSEWHERE.test(name)) continue;
        // Written once and meant for several Dockerfiles, by an anchor of YAML.
        const isShared = project.orchestration.builds.some(
          (other) =>
            other.file === from &&
            other.dockerfile !== file.source.file &&
            other.args.some((one) => one.start === start),
        );
        if (isShared) continue;
        const near = lower.get(name.toLowerCase()) ?? nearestName(name, declared);
        const hint = near === undefined ? '' : `; did you mean "${near}"?`;
        const message = `"${name}" is given to "${file.source.file}", which has no "ARG ${name}": it changes nothing${hint}`;
        yield { file: from, start, end, message } satisfies Draft;
      }
    }
  },
};

function argsOf({ globals, stages }: LintedDockerfile): ReadonlySet<string> {
  const all = [...globals, ...stages.flatMap(({ instructions }) => instructions)];
  return new Set(
    all.flatMap(({ command }) => (command.kind === 'arg' ? command.args.map(({ name }) => name) : [])),
  );
}

/** A frontend of its own reads what it likes, and an image made for it brings `ONBUILD ARG`. */
function mayDeclareMore({ source, stages }: LintedDockerfile): boolean {
  const syntax = /^#\s*syntax\s*=\s*(\S+)/im.exec(source.text.slice(0, 2000))?.[1] ?? 'docker/dockerfile';
  return (
    !/^(?:docker\.io\/)?docker\/dockerfile/.test(syntax) ||
    stages.some(({ base }) => base.kind === 'unknown' || (base.kind === 'image' && /onbuild/.test(base.name)))
  );
}
