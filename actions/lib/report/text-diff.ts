import { createTwoFilesPatch } from 'diff';

/** A unified diff of one file, as `patch` and `git apply` take it; nothing where nothing changed. */
export function textDiff(file: string, before: string, after: string): string {
  if (before === after) return '';
  return createTwoFilesPatch(`a/${file}`, `b/${file}`, before, after, undefined, undefined, {
    context: 3,
  }).replace(/^=+\n/, '');
}
