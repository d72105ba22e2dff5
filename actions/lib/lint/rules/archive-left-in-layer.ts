import { commandSpan } from '../command-text.ts';
import { type Download, downloadsOf } from '../downloads.ts';
import { invocationOf } from '../invocation.ts';
import { finalStage, lineageOf } from '../linted-dockerfile.ts';
import type { Rule } from '../rule.ts';

/** `wget a.tar.gz && tar xf a.tar.gz`: the archive stays in the layer beside what was in it. */
export const archiveLeftInLayer: Rule = {
  id: 'archive-left-in-layer',
  severity: 'info',
  title: 'An archive stays in the image beside what was in it',
  covers: [],
  *check(file) {
    const final = finalStage(file);
    const kept = (final === null ? [] : lineageOf(final)).filter((stage) => file.stages.includes(stage));
    for (const download of kept.flatMap(downloadsOf)) {
      if (!isUnpacked(download) || isCleared(download)) continue;
      const message = `"${download.file}" stays in the layer beside what was in it; remove it in the same "RUN", or let tar read it from a pipe`;
      yield { ...commandSpan(download.command), message };
    }
  },
};

function isUnpacked({ command, instruction, file }: Download): boolean {
  if (file === null || file.includes('\0')) return false;
  return (instruction.shell?.commands ?? []).some((one) => {
    if (one.start <= command.start) return false;
    const { program = '', args = [] } = invocationOf(one) ?? {};
    const isTold = args.some(({ raw }) => raw.replace(/["']/g, '').split('/').at(-1) === file);
    return isTold && /^(?:tar|bsdtar|unzip|7z)$/.test(program);
  });
}

/** Whatever is removed, it may be the folder that holds it; a mount is in no layer. */
function isCleared({ command, instruction }: Download): boolean {
  const isMounted = instruction.flags.some((flag) => /^--mount=.*type=(?:cache|tmpfs)/.test(flag));
  const commands = instruction.shell?.commands ?? [];
  return (
    isMounted ||
    commands.some(
      ({ name, start, words }) =>
        start > command.start &&
        (name === 'rm' || (name === 'find' && words.some(({ text }) => text === '-delete'))),
    )
  );
}
