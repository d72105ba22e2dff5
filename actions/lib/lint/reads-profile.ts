import type { LintedInstruction } from './linted-dockerfile.ts';

/** Whether a step is read by a shell that logs in, is interactive or is told a file, or by something that is no shell. */
export function readsProfile({ interpreter, variables }: LintedInstruction): boolean {
  if (variables.has('BASH_ENV')) return true;
  const [program = 'sh', ...options] = interpreter ?? [];
  return (
    !/(?:^|\/)(?:ba|da|a)?sh$/.test(program) || options.some((one) => /^-(?:-login|[a-z]*[li])/.test(one))
  );
}
