import { readFileSync } from 'node:fs';
import { applyLine, type BuildProgress, EMPTY_PROGRESS } from '../../../../actions/lib/buildkit/progress.ts';

/** Lines Buildx once wrote to stderr in a real build: `fixtures/<name>.jsonl`. */
export function recordedLines(name: string): readonly string[] {
  return readFileSync(`${import.meta.dirname}/fixtures/${name}.jsonl`, 'utf8').split('\n');
}

/** The state at the end of a recorded build. */
export function recordedBuild(name: string): BuildProgress {
  return recordedLines(name).reduce(applyLine, EMPTY_PROGRESS);
}
