import type { LintedInstruction } from './linted-dockerfile.ts';

/** What an instruction takes from the build context, as written: sources of `COPY` and `ADD`, and of bind mounts. */
export function contextSources(command: LintedInstruction['command']): readonly string[] {
  if (command.kind === 'copy') return command.from === '' ? command.sources : [];
  if (command.kind !== 'run') return [];
  return command.mounts.flatMap((options) => {
    const of = (name: string) => options.find((option) => option.name === name)?.value;
    const isOfContext = (of('type') ?? 'bind') === 'bind' && of('from') === undefined;
    return isOfContext ? (of('source') ?? []) : [];
  });
}
