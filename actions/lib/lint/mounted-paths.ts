/** Folders that scripts, workflows, manifests and pages of a project lay over containers, whichever image these run. */
import type { LintedProject } from './linted-project.ts';

const MAY_RUN =
  /(?:^|\/)(?:[\w.-]*makefile|justfile|package\.json|devcontainer\.json)$|\.(?:sh|bash|mk|ya?ml|md|rst|ps1|bat|cmd|service)$/i;
const LONGEST = 256 * 1024;

/** `-v here:/there`, `--mount …,target=/there`, `mountPath: /there`, and the short form of Compose. */
const MOUNTS = [
  /(?:-v|--volume)(?:\s+|=)[^\n]*?:["']?(\/[^\s:"'`,]+)/g,
  /\b(?:target|dst|destination)=["']?(\/[^\s:"'`,]+)/g,
  /\b(?:mountPath|target)["']?:\s*["']?(\/[^\s:"'`,]+)/g,
  /^\s*-\s+["']?[^\s:"']+:(\/[^\s:"']+)/gm,
];

const known = new WeakMap<LintedProject, readonly string[]>();

/** Whether anything in the project mounts something over a path of an image. */
export function isMountedSomewhere(path: string, project: LintedProject): boolean {
  const folders = known.get(project) ?? mountedFolders(project);
  known.set(project, folders);
  return folders.some((folder) => `${path}/`.startsWith(`${folder.replace(/\/$/, '')}/`));
}

function mountedFolders({ files, read }: LintedProject): readonly string[] {
  const found = new Set<string>();
  for (const file of files) {
    const text = MAY_RUN.test(file) ? read(file) : null;
    if (text === null || text.length > LONGEST) continue;
    for (const mount of MOUNTS) for (const [, folder = ''] of text.matchAll(mount)) found.add(folder);
  }
  return [...found];
}
