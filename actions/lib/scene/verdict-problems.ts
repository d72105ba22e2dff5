import type { Problem } from '../errors/darkroom-error.ts';
import type { Check, SceneResult } from './scene-result.ts';

/** What keeps a scene that is there from being good enough: its checks, and those against its baseline. */
export function verdictProblems({ verdict, checks, outputs }: SceneResult): readonly Problem[] {
  if (verdict === 'pass') return [];
  const hint = `The report says more: ${outputs.page}`;
  const failed = checks.filter(({ passed }) => !passed);
  if (failed.length === 0) {
    return [{ code: 'scene/below-limit', message: 'The report says "fail", and names no check.', hint }];
  }
  return failed.map((check) => ({ code: 'scene/below-limit', message: checkText(check), hint }));
}

/** A name begins with the option that set the limit, and that with what kind of limit it is. */
function checkText({ name, value, limit }: Check): string {
  const told = `"${name}" is ${value ?? 'not known'}`;
  const least = name.startsWith('min_');
  if (limit === null || !(least || name.startsWith('max_'))) {
    return `${told}; the limit is ${limit ?? 'not known'}.`;
  }
  return `${told}; it must be at ${least ? 'least' : 'most'} ${limit}.`;
}
