import { parseIgnoreFile } from '../key/ignore-patterns.ts';
import { createPatternWalk } from '../key/pattern-walk.ts';

/** Whether an ignore file keeps a path from the builder; true too for one that BuildKit refuses, which is told elsewhere. */
export function leavesOut(path: string, ignoreFile: string): boolean {
  try {
    return createPatternWalk(parseIgnoreFile(ignoreFile).patterns).matches(path);
  } catch {
    return true;
  }
}
