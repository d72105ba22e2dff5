import { nearestName } from '../errors/nearest-name.ts';
import type { Instruction } from './split-instructions.ts';

type FlagKind = 'switch' | 'text' | 'list';

/** What BuildKit allows; `ARG` and `STOPSIGNAL` ignore whatever is given. */
const FLAGS: Readonly<Record<string, Readonly<Record<string, FlagKind>>>> = {
  ADD: {
    chmod: 'text',
    chown: 'text',
    checksum: 'text',
    exclude: 'list',
    'keep-git-dir': 'switch',
    link: 'switch',
    unpack: 'switch',
  },
  COPY: { chmod: 'text', chown: 'text', exclude: 'list', from: 'text', link: 'switch', parents: 'switch' },
  FROM: { platform: 'text' },
  HEALTHCHECK: {
    interval: 'text',
    retries: 'text',
    'start-interval': 'text',
    'start-period': 'text',
    timeout: 'text',
  },
  RUN: { device: 'list', mount: 'list', network: 'text', security: 'text' },
};

/** Reads the flags of an instruction as name → values; each wrong flag becomes one message. */
export function parseFlags(instruction: Instruction): {
  flags: ReadonlyMap<string, readonly string[]>;
  wrong: readonly string[];
} {
  const flags = new Map<string, string[]>();
  const wrong: string[] = [];
  const { keyword } = instruction;
  if (keyword === 'ARG' || keyword === 'STOPSIGNAL') return { flags, wrong };
  for (const flag of instruction.flags) {
    const [, name = '', value] = /^--([^=]*)(?:=(.*))?$/s.exec(flag) ?? [];
    const kind = FLAGS[keyword]?.[name];
    const message =
      kind === undefined
        ? unknownFlag(keyword, name)
        : wrongValue(keyword, name, kind, value, flags.has(name));
    if (message !== undefined) wrong.push(message);
    else flags.set(name, [...(flags.get(name) ?? []), value ?? 'true']);
  }
  return { flags, wrong };
}

function unknownFlag(keyword: string, name: string): string {
  const known = Object.keys(FLAGS[keyword] ?? {});
  const nearest = nearestName(name, known);
  if (nearest !== undefined) return `${keyword} has no flag "--${name}"; did you mean --${nearest}?`;
  const allowed =
    known.length === 0 ? 'it takes none' : `it takes ${known.map((flag) => `--${flag}`).join(', ')}`;
  return `${keyword} has no flag "--${name}"; ${allowed}`;
}

function wrongValue(
  keyword: string,
  name: string,
  kind: FlagKind,
  value: string | undefined,
  again: boolean,
): string | undefined {
  if (again && kind !== 'list') return `${keyword} has the flag "--${name}" twice`;
  if (kind !== 'switch')
    return value === undefined ? `${keyword} --${name} needs a value: --${name}=…` : undefined;
  if (value === undefined || /^(?:true|false)$/i.test(value)) return undefined;
  return `${keyword} --${name} is "${value}"; it must be true or false`;
}
