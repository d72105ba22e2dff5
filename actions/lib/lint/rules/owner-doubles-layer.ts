import { commandSpan } from '../command-text.ts';
import { matchesOf } from '../copied-files.ts';
import { invocationOf } from '../invocation.ts';
import {
  finalStage,
  type LintedDockerfile,
  type LintedInstruction,
  type LintedStage,
  lineageOf,
} from '../linted-dockerfile.ts';
import type { LintedProject } from '../linted-project.ts';
import type { Rule } from '../rule.ts';
import type { ShellCommand } from '../shell-script.ts';
import { fileOf, inFolder, type PlacedCopy, placedCopies, placedInstructions } from '../stage-places.ts';

/** `COPY . /app` and `RUN chown -R app /app`: every file is in the image twice. */
export const ownerDoublesLayer: Rule = {
  id: 'owner-doubles-layer',
  severity: 'info',
  title: 'Files are in the image twice because their owner or mode changes',
  covers: [],
  *check(file, project) {
    const final = finalStage(file);
    if (final === null) return;
    const kept = new Set<LintedStage>(lineageOf(final).filter((stage) => file.stages.includes(stage)));
    const copies = placedCopies(final);
    for (const { instruction, stage, folder } of placedInstructions(final)) {
      if (instruction.keyword !== 'RUN' || !kept.has(stage)) continue;
      for (const command of instruction.shell?.commands ?? []) {
        const change = changeOf(command);
        const copy =
          change === null
            ? undefined
            : change.paths
                .map((path) => firstIn(inFolder(folder, path), change.flag, copies, instruction))
                .find((one) => one !== undefined);
        if (change === null || copy === undefined || isSmall(copy, file, project)) continue;
        const message = `"${change.program}" copies into a new layer what "COPY … ${copy.destination}" brought, so that the image holds it twice; give "COPY" the flag "${change.flag}="`;
        yield { ...commandSpan(command), message };
      }
    }
  },
};

/** Less than this is not worth an edit. */
const SMALL = 1_000_000;

/** A copy that is known to bring little, as a part of a small context, or for a folder of settings. */
function isSmall(copy: PlacedCopy, file: LintedDockerfile, project: LintedProject): boolean {
  if (copy.destination?.startsWith('/etc/') === true) return true;
  const context = copy.from === '' ? project.contextOf(fileOf(copy.stage, file, project)) : null;
  if (context === null || copy.sources.includes(null)) return false;
  const found = copy.sources.flatMap((source) => matchesOf(source ?? '', context));
  return found.length > 0 && found.reduce((sum, path) => sum + (context.files.get(path) ?? 0), 0) < SMALL;
}

interface Change {
  readonly program: string;
  readonly flag: '--chown' | '--chmod';
  readonly paths: readonly string[];
}

/** `chown -R`, `chmod -R`, with what they are told to change. */
function changeOf(command: ShellCommand): Change | null {
  const { program = '', args = [] } = invocationOf(command) ?? {};
  if ((program !== 'chown' && program !== 'chmod') || command.within.length > 0) return null;
  const texts = args.map(({ text }) => text ?? '');
  if (!texts.some((text) => /^-\w*R|^--recursive$/.test(text))) return null;
  const [, ...paths] = args.filter(({ text }) => text === null || !text.startsWith('-'));
  // `u+x` depends on what each file has.
  if (program === 'chmod' && !texts.some((text) => /^[0-7]{3,4}$/.test(text))) return null;
  return {
    program: `${program} -R`,
    flag: program === 'chown' ? '--chown' : '--chmod',
    paths: paths.flatMap(({ text }) => text ?? []),
  };
}

/** The first `COPY` before the step that fills the folder and could have done it. */
function firstIn(
  path: string | null,
  flag: string,
  copies: readonly PlacedCopy[],
  { start }: LintedInstruction,
): PlacedCopy | undefined {
  if (path === null || path === '/') return undefined;
  return copies.find(
    ({ instruction, destination, sources }) =>
      instruction.start < start &&
      !instruction.flags.some((one) => one.startsWith(`${flag}=`)) &&
      destination !== null &&
      (destination === path ||
        (destination.startsWith(`${path}/`) && isFolder(destination) && sources.some(isFolder))),
  );
}

/** A name without an ending, as far as a name tells. */
function isFolder(source: string | null): boolean {
  return source !== null && /(?:^|\/)(?:[\w-]+|\.)\/?$/.test(source);
}
