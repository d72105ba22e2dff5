import { posix } from 'node:path';
import { commandSpan } from '../command-text.ts';
import { copiedFiles } from '../copied-files.ts';
import { mayBeExecuted } from '../executable-file.ts';
import type { LintedDockerfile } from '../linted-dockerfile.ts';
import type { LintedProject } from '../linted-project.ts';
import type { Draft, Rule } from '../rule.ts';
import { inFolder, type PlacedInstruction, placedInstructions } from '../stage-places.ts';

/** `RUN ./gradlew` of a file that git says is none to execute. */
export const scriptNotExecutable: Rule = {
  id: 'script-not-executable',
  severity: 'error',
  title: 'A step starts a script that may not be executed',
  covers: [],
  *check(file, project) {
    for (const stage of file.stages) {
      for (const placed of placedInstructions(stage)) {
        if (placed.stage === stage && placed.instruction.keyword === 'RUN')
          yield* draftsOf(placed, file, project);
      }
    }
  },
};

function* draftsOf(
  { stage, folder, instruction }: PlacedInstruction,
  file: LintedDockerfile,
  project: LintedProject,
): Iterable<Draft> {
  for (const command of instruction.shell?.commands ?? []) {
    // Where it goes, and what it fetches or makes there, is not followed.
    if (!/^(?:apt|apt-get|apk|echo|set|export|mkdir|true|pip)$/.test(command.name ?? '')) {
      const written = command.words[0]?.text ?? '';
      const path = written.includes('/') ? inFolder(folder, written) : null;
      const copied =
        path === null ? undefined : copiedFiles(stage, file, project).byPath.get(posix.normalize(path));
      const isCertain = command.before !== '||' && command.after !== '||' && command.within.length === 0;
      if (copied === undefined || !isCertain || copied.copy.instruction.start > instruction.start) return;
      if (mayBeExecuted(copied, stage, project)) return;
      const message = `"${written}" may not be executed, and the build ends here: "${copied.file}" has no execute permission in git; run "git update-index --chmod=+x ${copied.file}", or copy it with --chmod=755`;
      yield { ...commandSpan(command), message };
      return;
    }
  }
}
