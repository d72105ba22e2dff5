import { posix } from 'node:path';
import ignore from 'ignore';
import type { LintedProject } from './linted-project.ts';

/**
 * Whether the project's `.gitignore` files leave a path out, also one that is not there: what makes it runs before the build.
 * @param path from the root of the project, without `..`
 */
export function isGitIgnored(path: string, { files, read }: LintedProject): boolean {
  for (let folder = posix.dirname(path); ; folder = posix.dirname(folder)) {
    const file = posix.join(folder, '.gitignore');
    const text = files.includes(file) ? read(file) : null;
    const inFolder = folder === '.' ? path : path.slice(folder.length + 1);
    if (text !== null) {
      const { ignored, unignored } = ignore().add(text).checkIgnore(inFolder);
      // The one that is nearest has the last word.
      if (ignored || unignored) return ignored;
    }
    if (folder === '.') return false;
  }
}
