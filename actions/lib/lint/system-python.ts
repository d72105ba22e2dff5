/** Which Python a plain `pip` installs for. */
import { isBareDistribution, type Release, releaseName, releaseOf } from './base-release.ts';
import type { InstallCommand } from './installs.ts';
import { factsOf, type LintedInstruction, type LintedStage, lineageOf } from './linted-dockerfile.ts';

/** The Python that `apt-get install python3` gives. */
const DEFAULTS: Readonly<Record<string, string>> = {
  ...{ 'debian 11': '3.9', 'debian 12': '3.11', 'debian 13': '3.13' },
  ...{ 'ubuntu 20.04': '3.8', 'ubuntu 22.04': '3.10', 'ubuntu 24.04': '3.12', 'ubuntu 26.04': '3.14' },
};

/** Words of scripts that bring another interpreter, a folder of its own, or a configuration of pip. */
const ELSEWHERE =
  /venv|virtualenv|EXTERNALLY-MANAGED|break-system-packages|BREAK_SYSTEM|conda|mamba|pyenv|pip\.conf|get-pip|\bmake\s+(?:alt)?install\b|activate\b|uv python|\.sh\b/i;
const OTHER_PATH = /\b(?:PATH|VIRTUAL_ENV|PYTHONHOME)\b.*(?:env|python|conda|\.local|opt)/is;
const INTO_SYSTEM = /\s\/(?:usr\/?|usr\/(?:local|bin|local\/bin)\/?|opt\S*)?$/;

/** A Python and where it comes from. */
export interface KnownPython {
  /** `3.11` */
  readonly version: string;
  /** `Debian 12` or `python:3.11-slim` */
  readonly of: string;
}

/** Tells by the instruction: Debian or Ubuntu where nothing up to it hints at a Python beside that of the distribution. */
export function releaseWithOwnPython(stage: LintedStage): (instruction: LintedInstruction) => Release | null {
  const base = factsOf(stage);
  if (base === null || !isBareDistribution(base)) return () => null;
  const [release, plain] = [releaseOf(base), plainInstructions(stage)];
  return (instruction) => (plain.has(instruction) ? release : null);
}

/** Tells by the instruction which Python a plain `pip` or `python3` means there. */
export function pythonAt(stage: LintedStage): (instruction: LintedInstruction) => KnownPython | null {
  const official = officialPython(stage);
  if (official !== null) {
    const plain = plainInstructions(stage);
    return (instruction) => (plain.has(instruction) ? official : null);
  }
  const releaseAt = releaseWithOwnPython(stage);
  return (instruction) => {
    const release = releaseAt(instruction);
    const version = release === null ? undefined : DEFAULTS[`${release.name} ${release.release}`];
    return release === null || version === undefined ? null : { version, of: releaseName(release) };
  };
}

/** Tells which Python a plain `pip` means. */
export type PlainPython = ReturnType<typeof pythonAt>;

/** The Python that a command installs for: `python3.10 -m pip` and `pip3.10` say it themselves. */
export function pythonOf({ command, instruction }: InstallCommand, plain: PlainPython): KnownPython | null {
  const program = command.words
    .map(({ text }) => text)
    .find((text) => /(?:^|\/)(?:pip|python|uv)[\d.]*$/.test(text ?? ''));
  const own = /(3\.\d+)$/.exec(program ?? '')?.[1];
  if (own !== undefined) return { version: own, of: `"${program}"` };
  return /^(?:pip3?|python3?|uv)$/.test(program ?? '') ? plain(instruction) : null;
}

/** Of the official images, which have it below `/usr/local`. */
export function officialPython(stage: LintedStage): KnownPython | null {
  const facts = factsOf(stage);
  const version = /^3\.\d+/.exec(facts?.python ?? '')?.[0];
  if (facts?.repository !== 'docker.io/library/python' || version === undefined) return null;
  return { version, of: `python:${facts.tag}` };
}

/** Those before the first one that hints at another Python. */
function plainInstructions(stage: LintedStage): ReadonlySet<LintedInstruction> {
  const all = lineageOf(stage).flatMap(({ instructions }) => instructions);
  const end = all.findIndex(isElsewhere);
  return new Set(end === -1 ? all : all.slice(0, end));
}

function isElsewhere({ keyword, command, exec }: LintedInstruction): boolean {
  const { text } = command.instruction;
  if (keyword === 'RUN') return exec !== null || ELSEWHERE.test(text);
  if (keyword === 'ENV' || keyword === 'ARG') return OTHER_PATH.test(text) || ELSEWHERE.test(text);
  return (keyword === 'COPY' || keyword === 'ADD') && (INTO_SYSTEM.test(text) || ELSEWHERE.test(text));
}
