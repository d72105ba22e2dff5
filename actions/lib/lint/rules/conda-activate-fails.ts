import { commandSpan } from '../command-text.ts';
import { knownCondaBase } from '../known-base.ts';
import type { LintedInstruction } from '../linted-dockerfile.ts';
import { readsProfile } from '../reads-profile.ts';
import type { Draft, Rule } from '../rule.ts';

/** `conda activate` in the shell of a step, which no profile was read for. */
export const condaActivateFails: Rule = {
  id: 'conda-activate-fails',
  severity: 'error',
  title: 'An environment of conda is activated in a shell that was not set up for it',
  covers: [],
  *check({ stages }) {
    for (const stage of stages) {
      // Of others nobody knows what `SHELL` and `BASH_ENV` are.
      const severity = knownCondaBase(stage) ? 'error' : 'warning';
      for (const instruction of stage.instructions) {
        const draft = readsProfile(instruction) ? null : draftFor(instruction);
        if (draft !== null) yield { ...draft, severity };
      }
    }
  },
};

function draftFor({ keyword, shell }: LintedInstruction): Draft | null {
  for (const command of keyword === 'RUN' ? (shell?.commands ?? []) : []) {
    // They may define the function that "activate" is.
    if (/^(?:\.|source|eval)$/.test(command.name ?? '')) return null;
    const isActivation =
      /^(?:conda|mamba)$/.test(command.name ?? '') &&
      command.words[1]?.text === 'activate' &&
      command.words.length > 2;
    if (!isActivation || command.after === '||' || command.within.length > 0) continue;
    const [name] = command.words;
    const environment = command.words[2]?.raw ?? 'NAME';
    const message = `"${name?.raw} activate" fails here: the shell of a step reads no profile, so that conda is not set up in it; start programs with "conda run -n ${environment}", or put the folder "bin" of the environment first in "ENV PATH"`;
    return { ...commandSpan(command), message };
  }
  return null;
}
