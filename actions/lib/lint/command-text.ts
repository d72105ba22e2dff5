import type { Span } from './finding.ts';
import type { ShellCommand, ShellScript } from './shell-script.ts';

/** A command as messages quote it: one line of at most `most` characters. */
export function commandText({ words }: Pick<ShellCommand, 'words'>, most = 60): string {
  const text = words
    .map(({ raw }) => raw)
    .join(' ')
    .replace(/\\?\s+/g, ' ');
  return text.length <= most ? text : `${text.slice(0, most - 1).trimEnd()}…`;
}

/** From the first word to the last one or the last redirect. */
export function commandSpan({ start, end, redirects }: ShellCommand): Span {
  return { start, end: Math.max(end, ...redirects.map((one) => one.end)) };
}

/** The command that the joint behind a command leads to: one in a substitution of the command is none. */
export function nextCommand({ commands }: ShellScript, command: ShellCommand): ShellCommand | null {
  const most = depth(command);
  for (let at = command.index + 1; at < commands.length; at += 1) {
    const one = commands[at];
    if (one !== undefined && depth(one) <= most) return one;
  }
  return null;
}

/** The command that the joint before a command comes from. */
export function previousCommand({ commands }: ShellScript, command: ShellCommand): ShellCommand | null {
  const most = depth(command);
  for (let at = command.index - 1; at >= 0; at -= 1) {
    const one = commands[at];
    if (one !== undefined && depth(one) <= most) return one;
  }
  return null;
}

function depth({ within }: ShellCommand): number {
  return within.length === 0 ? 0 : within.filter((one) => one === 'substitution').length;
}
