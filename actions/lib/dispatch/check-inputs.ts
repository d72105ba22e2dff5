import type { Problem } from '../errors/darkroom-error.ts';
import { listNames, nearestName } from '../errors/nearest-name.ts';
import { quote } from '../matrix/quote.ts';
import type { DeclaredInput } from './callee.ts';
import type { RunInputs } from './dispatch-request.ts';

/** Inputs under the names that a workflow declares, and what the forge would refuse, or a job stumble over. */
export interface CheckedInputs {
  readonly inputs: RunInputs;
  readonly problems: readonly Problem[];
}

/** Holds given inputs against the declared ones. @param which names the run in messages: `` or ` of run 3` */
export function checkInputs(
  given: RunInputs,
  declared: readonly DeclaredInput[],
  which: string,
): CheckedInputs {
  const byName = new Map(declared.map((input) => [input.name.toLowerCase(), input]));
  const problems: Problem[] = [];
  const inputs: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    // Names count without regard to case, in expressions too.
    const known = byName.get(name.toLowerCase());
    if (known === undefined) problems.push(unknownInput(name, declared, which));
    else {
      inputs[known.name] = value;
      problems.push(...valueProblems(known, value, which));
    }
  }
  for (const { name, isRequired, hasDefault } of declared) {
    if (!isRequired || hasDefault || name in inputs) continue;
    problems.push(
      problem('missing-input', `The workflow requires the input ${quote(name)}${which}; it was not given.`),
    );
  }
  return { inputs, problems };
}

function unknownInput(name: string, declared: readonly DeclaredInput[], which: string): Problem {
  const names = declared.map((input) => input.name);
  const near = nearestName(name, names);
  const hint = near === undefined ? undefined : `Did you mean ${quote(near)}?`;
  const expected = names.length === 0 ? 'it declares none' : `it declares ${listNames(names)}`;
  const message = `The workflow has no input ${quote(name)}${which}; ${expected}.`;
  return { ...problem('unknown-input', message), ...(hint === undefined ? {} : { hint }) };
}

function valueProblems(
  { name, type, isRequired, options }: DeclaredInput,
  value: string,
  which: string,
): readonly Problem[] {
  const wrong = (expected: string, hint?: string): readonly Problem[] => {
    const message = `The input ${quote(name)}${which} is ${quote(value)}; expected ${expected}.`;
    return [{ ...problem('bad-input', message), ...(hint === undefined ? {} : { hint }) }];
  };
  if (value === '') return isRequired ? wrong('a value, as the workflow requires it') : [];
  if (type === 'boolean' && value !== 'true' && value !== 'false') return wrong('"true" or "false"');
  if (type === 'number' && !Number.isFinite(Number(value))) return wrong('a number');
  if (type !== 'choice' || options.includes(value)) return [];
  const near = nearestName(value, options);
  return wrong(
    `one of ${listNames(options)}`,
    near === undefined ? undefined : `Did you mean ${quote(near)}?`,
  );
}

function problem(reason: string, message: string): Problem {
  return { code: `dispatch/${reason}`, message };
}
