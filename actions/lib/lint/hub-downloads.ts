/** What instructions fetch from Hugging Face and through `torch.hub`. */
import { pythonCodeOf } from './command-purpose.ts';
import type { Span } from './finding.ts';
import { invocationOf } from './invocation.ts';
import type { LintedInstruction } from './linted-dockerfile.ts';
import type { ShellCommand } from './shell-script.ts';
import { lenientValueAt } from './word-value.ts';

/** One call that fetches. */
export interface HubDownload extends Span {
  /** `snapshot_download`, `from_pretrained`, `torch.hub.load`, `hf download`, `address`. */
  readonly by: string;
  /** `org/name` */
  readonly repository: string;
  /** `''` where none is given, `null` where it is not known. */
  readonly revision: string | null;
}

const CALL = /\b(snapshot_download|hf_hub_download|from_pretrained|torch\.hub\.load)\s*\(/g;

/** The calls in a `RUN`: commands, `python -c`, and here-documents that Python reads. */
export function hubDownloadsOf(instruction: LintedInstruction, source: string): readonly HubDownload[] {
  if (instruction.keyword !== 'RUN') return [];
  const commands = instruction.shell?.commands ?? [];
  const byCommand = commands.flatMap((command) => [
    ...byProgram(command, instruction),
    ...byAddress(command, instruction),
    ...[pythonCodeOf(command)].flatMap((code) => (code === null ? [] : byCalls(code, source))),
  ]);
  // `RUN <<EOF` with `#!/usr/bin/env python3` is no shell script.
  const lines = source.slice(instruction.start, instruction.end).split('\n');
  const isPython = lines.some((line, at) => line.includes('<<') && /^#!.*python/.test(lines[at + 1] ?? ''));
  return isPython && commands.length === 0 ? byCalls(instruction, source) : byCommand;
}

function byProgram(command: ShellCommand, instruction: LintedInstruction): readonly HubDownload[] {
  const { program = '', args = [] } = invocationOf(command) ?? {};
  const texts = args.map((word) => lenientValueAt(word, command, instruction));
  const at = ['hf', 'huggingface-cli'].includes(program)
    ? 0
    : texts.findIndex(
        (text, index) =>
          index > 0 && text === 'download' && /^(?:hf|huggingface-cli)$/.test(texts[index - 1] ?? ''),
      );
  if (at === -1 || texts[at] !== 'download') return [];
  const repository = texts[at + 1] ?? '';
  if (!/^[\w.-]+(?:\/[\w.-]+)?$/.test(repository)) return [];
  const given = texts.findIndex((text) => /^--revision(?:=|$)/.test(text));
  const revision = given === -1 ? '' : (/=(.*)$/s.exec(texts[given] ?? '')?.[1] ?? texts[given + 1] ?? '');
  const { start, end } = command;
  return [{ by: `${program} download`, repository, revision: known(revision), start, end }];
}

/** `https://huggingface.co/org/name/resolve/main/model.safetensors` */
function byAddress(command: ShellCommand, instruction: LintedInstruction): readonly HubDownload[] {
  const { program = '', args = [] } = invocationOf(command) ?? {};
  if (!['wget', 'curl', 'aria2c'].includes(program)) return [];
  return args.flatMap((word) => {
    const address = lenientValueAt(word, command, instruction);
    const [, repository, revision] =
      /^https:\/\/huggingface\.co\/((?:datasets\/)?[\w.-]+\/[\w.-]+)\/resolve\/([^/]+)\//.exec(address) ?? [];
    if (repository === undefined || revision === undefined) return [];
    return { by: 'address', repository, revision: known(revision), start: word.start, end: word.end };
  });
}

function byCalls(place: Span, source: string): readonly HubDownload[] {
  const code = source.slice(place.start, place.end);
  return Array.from(code.matchAll(CALL), (match): HubDownload | null => {
    const args = argumentsAt(code, match.index + match[0].length);
    const by = match[1] ?? '';
    const written = firstText(args);
    if (written === null || /local_files_only\s*=\s*True|source\s*=\s*\\?["']local/.test(args)) return null;
    const [repository = '', tag = ''] = by === 'torch.hub.load' ? written.split(':') : [written];
    if (!/^[\w-][\w.-]*(?:\/[\w.-]+)?$/.test(repository)) return null;
    const start = place.start + match.index;
    const end = start + match[0].length + args.length + 1;
    return { by, repository, revision: by === 'torch.hub.load' ? tag : revisionOf(args), start, end };
  }).filter((one) => one !== null);
}

const LONGEST_ARGUMENTS = 2000;

/** What is between the parenthesis that ends before `start` and the one that closes it. */
function argumentsAt(code: string, start: number): string {
  let depth = 1;
  const most = Math.min(code.length, start + LONGEST_ARGUMENTS);
  for (let at = start; at < most; at++) {
    if (/[([{]/.test(code[at] ?? '')) depth += 1;
    if (/[)\]}]/.test(code[at] ?? '')) depth -= 1;
    if (depth === 0) return code.slice(start, at);
  }
  return code.slice(start, most);
}

/** Quotes may be escaped, as the code stands in a word of the shell. */
function firstText(args: string): string | null {
  return (
    /^\s*(?:\w*(?:repo_id|repo_or_dir|name_or_path)\s*=\s*)?\\?["']([^"'\\]*)\\?["']/.exec(args)?.[1] ?? null
  );
}

function revisionOf(args: string): string | null {
  if (!/\brevision\s*=/.test(args)) return '';
  return /\brevision\s*=\s*\\?["']([^"'\\$]*)\\?["']/.exec(args)?.[1] ?? null;
}

function known(text: string): string | null {
  return text.includes('\0') ? null : text;
}
