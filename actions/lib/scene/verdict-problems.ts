import type { Problem } from '../errors/darkroom-error.ts';
import type { SceneResult } from './scene-result.ts';

/** What keeps a scene that is there from being good enough: its checks, and those against its baseline. */
export function verdictProblems({ verdict, checks, outputs }: SceneResult): readonly Problem[] {
  if (verdict === 'pass') return [];
  const hint = `The report says more: ${outputs.page}`;
  const failed = checks.filter(({ passed }) => !passed);
  if (failed.length === 0) {
    return [{ code: 'scene/below-limit', message: 'The report says "fail", and names no check.', hint }];
  }
  return failed.map(({ name, value, limit }) => ({
    code: 'scene/below-limit',
    message: `"${name}" is ${value ?? 'not known'}; the limit is ${limit ?? 'not known'}.`,
    hint,
  }));
}
