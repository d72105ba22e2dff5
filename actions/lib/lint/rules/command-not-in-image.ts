import { posix } from 'node:path';
import type { LintedDockerfile } from '../linted-dockerfile.ts';
import type { LintedProject } from '../linted-project.ts';
import { isKnown } from '../orchestration/config-value.ts';
import type { ImageUse } from '../orchestration/image-use.ts';
import { type TiedUse, usesOf } from '../orchestration/tied-uses.ts';
import { usedCommand } from '../orchestration/used-command.ts';
import type { Draft, Rule } from '../rule.ts';
import { finalFolder, inFolder } from '../stage-places.ts';
import { startedFault } from '../started-faults.ts';

/** A file that runs an image gives it a command that is not in there. */
export const commandNotInImage: Rule = {
  id: 'command-not-in-image',
  severity: 'error',
  title: 'A container is given a command that its image does not hold',
  covers: [],
  *check(file, project) {
    for (const tied of usesOf(file, project)) {
      const draft = draftFor(tied, file, project);
      if (draft !== null) yield draft;
    }
  },
};

function draftFor(tied: TiedUse, file: LintedDockerfile, project: LintedProject): Draft | null {
  const { use, stage } = tied;
  const command = usedCommand(tied);
  const mounts = mountsOf(use, project);
  // What the image says alone is held against it where it is said.
  if (command === null || command.given === null || mounts === null) return null;
  const written = use.workingFolder;
  const folder =
    written === null
      ? finalFolder(stage)
      : isKnown(written)
        ? inFolder(finalFolder(stage), written.text)
        : null;
  const isMounted = (path: string) =>
    mounts.some((mount) => `${path}/`.startsWith(`${mount.replace(/\/$/, '')}/`));
  const fault = startedFault(command.words, { stage, file, project, folder, isMounted });
  if (fault === null) return null;
  const { start, end } = command.given;
  return { file: use.file, start, end, message: `${fault}; the image is made by "${file.source.file}"` };
}

/** A Compose file that is laid over another one may lay files over the image too. */
function mountsOf(use: ImageUse, { orchestration: { uses } }: LintedProject): readonly string[] | null {
  if (use.runner !== 'compose') return use.mounts;
  const folder = posix.dirname(use.file);
  const all = uses.filter(
    ({ runner, name, file }) =>
      runner === 'compose' && name.text === use.name.text && posix.dirname(file) === folder,
  );
  const mounts = all.map((one) => one.mounts);
  return mounts.includes(null) ? null : mounts.flatMap((one) => one ?? []);
}
