import { isPlainImage } from '../base-release.ts';
import { commandSpan } from '../command-text.ts';
import { installsOf } from '../installs.ts';
import { invocationOf } from '../invocation.ts';
import { factsOf, type LintedInstruction, type LintedStage, lineageOf } from '../linted-dockerfile.ts';
import type { Rule } from '../rule.ts';

const PACKAGE = 'software-properties-common';
/** They depend on it, or bring half a system. */
const BRINGS = /^(?:software-properties|ubuntu-|task-|ros-|unattended-upgrades$|update-manager)|desktop/;

/** `add-apt-repository` is in no base image: `software-properties-common` brings it. */
export const addAptRepositoryMissing: Rule = {
  id: 'add-apt-repository-missing',
  severity: 'error',
  title: 'add-apt-repository is not installed',
  covers: [],
  *check(file) {
    for (const stage of file.stages) {
      const facts = factsOf(stage);
      if (facts === null || !isPlainImage(facts)) continue;
      if (!/^(?:debian|ubuntu)$/.test(facts.distribution?.name ?? '')) continue;
      for (const instruction of stage.instructions) {
        const command = (instruction.keyword === 'RUN' ? (instruction.shell?.commands ?? []) : []).find(
          (one) => invocationOf(one)?.program === 'add-apt-repository' && one.within.length === 0,
        );
        if (command === undefined || mayBeThere(command.start, instruction, stage)) continue;
        const message = `"add-apt-repository" is not in "${facts.repository.replace(/^docker\.io\/(?:library\/)?/, '')}"; install "${PACKAGE}" before it`;
        yield { ...commandSpan(command), message };
      }
    }
  },
};

/** Something before it installs the package, or what it installs is not known. */
function mayBeThere(start: number, instruction: LintedInstruction, stage: LintedStage): boolean {
  const all = lineageOf(stage).flatMap(({ instructions }) => instructions);
  const before = all.slice(0, all.indexOf(instruction) + 1);
  return before.some((one) => {
    if (one.keyword === 'COPY' && /\/usr\/bin\b/.test(one.body.text)) return true;
    if (one.keyword !== 'RUN') return false;
    if (one.shell === null || one.shell.problem !== null) return true;
    const commands = one.shell.commands.filter((command) => one !== instruction || command.start < start);
    // A script may do anything.
    if (
      commands.some(
        ({ words }) => /\.sh$/.test(words[0]?.text ?? '') || /^(?:ba)?sh$/.test(words[0]?.text ?? ''),
      )
    )
      return true;
    return installsOf(one).some(
      ({ manager, packages, others, command }) =>
        manager === 'apt' &&
        commands.includes(command) &&
        (others.length > 0 || packages.some(({ name }) => BRINGS.test(name))),
    );
  });
}
