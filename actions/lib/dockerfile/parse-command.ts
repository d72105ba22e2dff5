/** Gives instructions their meaning, as far as a build graph needs it, before any variable is expanded. */
import { nearestName } from '../errors/nearest-name.ts';
import { heredocOf } from './find-heredocs.ts';
import { parseFlags } from './parse-flags.ts';
import { type MountOption, parseMount } from './parse-mount.ts';
import { type Instruction, jsonWords } from './split-instructions.ts';
import { splitPairs, splitQuotedWords } from './split-pairs.ts';

/** An instruction understood; values still hold their variables, quotes and escapes. */
export type Command = { readonly instruction: Instruction } & (
  | { readonly kind: 'from'; readonly base: string; readonly platform?: string; readonly name?: string }
  | { readonly kind: 'arg'; readonly args: readonly { readonly name: string; readonly value?: string }[] }
  | { readonly kind: 'env'; readonly pairs: readonly { readonly name: string; readonly value: string }[] }
  | CopyCommand
  | { readonly kind: 'run'; readonly mounts: readonly (readonly MountOption[])[] }
  | { readonly kind: 'onbuild'; readonly trigger: string }
  | { readonly kind: 'other' }
);

/** `COPY` or `ADD`; here-documents are not among the sources. */
export interface CopyCommand {
  readonly kind: 'copy';
  readonly sources: readonly string[];
  readonly from: string;
  readonly checksum: string;
}

/** The meaning of an instruction, or what is wrong with it; nothing wrong ends the reading early. */
export interface ParsedCommand {
  readonly command?: Command;
  readonly problems: readonly { readonly code: `dockerfile/${string}`; readonly message: string }[];
}

const KEYWORDS = [
  'ADD',
  'ARG',
  'CMD',
  'COPY',
  'ENTRYPOINT',
  'ENV',
  'EXPOSE',
  'FROM',
  'HEALTHCHECK',
  'LABEL',
  'MAINTAINER',
  'ONBUILD',
  'RUN',
  'SHELL',
  'STOPSIGNAL',
  'USER',
  'VOLUME',
  'WORKDIR',
];
const NEEDS_NOTHING = new Set(['CMD', 'ENTRYPOINT', 'RUN']);
const MAY_BE_JSON = new Set(['ADD', 'CMD', 'COPY', 'ENTRYPOINT', 'RUN', 'SHELL', 'VOLUME']);

/** Reads one instruction. */
export function parseCommand(instruction: Instruction, escapeChar: string): ParsedCommand {
  const { keyword, rest } = instruction;
  if (!KEYWORDS.includes(keyword)) return failed('unknown-instruction', unknownInstruction(keyword));
  if (rest === '' && !NEEDS_NOTHING.has(keyword)) {
    return failed('missing-argument', `${keyword} has no argument`);
  }
  if (MAY_BE_JSON.has(keyword) && jsonWords(rest) === 'not-texts') {
    return failed(
      'bad-json',
      `${keyword} is given a JSON array whose values are not all texts in double quotes`,
    );
  }
  const { flags, wrong } = parseFlags(instruction);
  const bad = wrong.map((message) => ({ code: 'dockerfile/invalid-flag' as const, message }));
  const meaning = meaningOf(instruction, flags, escapeChar);
  if ('problems' in meaning) return { problems: [...bad, ...meaning.problems] };
  return { command: { ...meaning, instruction }, problems: bad };
}

type WithoutInstruction<T> = T extends unknown ? Omit<T, 'instruction'> : never;

function meaningOf(
  instruction: Instruction,
  flags: ReadonlyMap<string, readonly string[]>,
  escapeChar: string,
): WithoutInstruction<Command> | ParsedCommand {
  const { keyword, rest } = instruction;
  switch (keyword) {
    case 'FROM':
      return parseFrom(rest, flags.get('platform')?.[0]);
    case 'ARG':
      return parseArg(rest, escapeChar);
    case 'ENV':
    case 'LABEL': {
      const pairs = splitPairs(rest, keyword, escapeChar);
      if (typeof pairs === 'string') return failed('bad-pairs', pairs);
      return keyword === 'ENV' ? { kind: 'env', pairs } : { kind: 'other' };
    }
    case 'ADD':
    case 'COPY':
      return parseCopy(instruction, flags);
    case 'RUN':
      return parseRun(flags.get('mount') ?? []);
    case 'ONBUILD':
      return parseOnbuild(rest);
    case 'SHELL':
      return jsonWords(rest) === undefined
        ? failed('bad-json', 'SHELL must be given a JSON array, for example ["/bin/bash", "-c"]')
        : { kind: 'other' };
    default:
      return { kind: 'other' };
  }
}

function parseFrom(rest: string, platform: string | undefined): WithoutInstruction<Command> | ParsedCommand {
  const words = rest.split(/[\t\v\f\r ]+/);
  const [base = '', as, written] = words;
  const named = words.length === 3 && as?.toLowerCase() === 'as';
  if (words.length !== 1 && !named) {
    return failed('bad-from', `FROM is given "${rest}"; it takes an image, or: image AS stage-name`);
  }
  const name = written?.toLowerCase();
  if (name !== undefined && !/^[a-z][a-z0-9\-_.]*$/.test(name)) {
    const rule = 'it must start with a letter and hold only letters, digits, "-", "_" and "."';
    return failed('bad-stage-name', `stage name "${written}" is not allowed; ${rule}`);
  }
  return {
    kind: 'from',
    base,
    ...(platform === undefined || platform === '' ? {} : { platform }),
    ...(name === undefined ? {} : { name }),
  };
}

function parseArg(rest: string, escapeChar: string): WithoutInstruction<Command> | ParsedCommand {
  const args = splitQuotedWords(rest, escapeChar).map((word) => {
    const equals = word.indexOf('=');
    return equals === -1 ? { name: word } : { name: word.slice(0, equals), value: word.slice(equals + 1) };
  });
  if (args.some(({ name }) => name === ''))
    return failed('missing-argument', `ARG "${rest}" has no name before "="`);
  return { kind: 'arg', args };
}

function parseCopy(
  { keyword, rest }: Instruction,
  flags: ReadonlyMap<string, readonly string[]>,
): WithoutInstruction<Command> | ParsedCommand {
  const json = jsonWords(rest);
  const words = Array.isArray(json) ? json : rest.split(/[\t\v\f\r ]+/);
  if (words.length < 2) {
    return failed(
      'missing-argument',
      `${keyword} is given only "${rest}"; it takes sources and a destination`,
    );
  }
  const destination = words.at(-1) ?? '';
  if (heredocOf(destination) !== undefined) {
    return failed('missing-argument', `${keyword} has the here-document "${destination}" as its destination`);
  }
  return {
    kind: 'copy',
    sources: words.slice(0, -1).filter((word) => heredocOf(word) === undefined),
    from: flags.get('from')?.[0] ?? '',
    checksum: flags.get('checksum')?.[0] ?? '',
  };
}

function parseRun(values: readonly string[]): WithoutInstruction<Command> | ParsedCommand {
  const mounts = values.map(parseMount);
  const problems = mounts
    .filter((mount) => typeof mount === 'string')
    .map((message) => ({ code: 'dockerfile/bad-mount' as const, message }));
  if (problems.length > 0) return { problems };
  return { kind: 'run', mounts: mounts.filter((mount) => typeof mount !== 'string') };
}

function parseOnbuild(rest: string): WithoutInstruction<Command> | ParsedCommand {
  const keyword = rest.split(/[\t\v\f\r ]/)[0]?.toUpperCase() ?? '';
  return ['FROM', 'MAINTAINER', 'ONBUILD'].includes(keyword)
    ? failed('bad-onbuild', `${keyword} is not allowed after ONBUILD`)
    : { kind: 'onbuild', trigger: rest };
}

function unknownInstruction(keyword: string): string {
  const nearest = nearestName(keyword, KEYWORDS);
  return `unknown instruction "${keyword}"${nearest === undefined ? '' : `; did you mean ${nearest}?`}`;
}

function failed(reason: string, message: string): ParsedCommand {
  return { problems: [{ code: `dockerfile/${reason}`, message }] };
}
