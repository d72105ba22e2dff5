import { compareVersions, majorOf } from '../compare-versions.ts';
import type { Span } from '../finding.ts';
import { type InstallCommand, installsOf } from '../installs.ts';
import { factsOf, type LintedStage } from '../linted-dockerfile.ts';
import type { Draft, Rule } from '../rule.ts';
import { wordValue } from '../shell-script.ts';
import { cudaOfTag, stateAfter, type TorchState, torchBefore, torchInstalls } from '../torch-installs.ts';

interface Tags {
  /** `2.6` */
  readonly torch: string | null;
  /** `12` or `12.4` */
  readonly cuda: string | null;
  /** `3.10` */
  readonly python: string | null;
}

/** The name of a wheel says which torch, CUDA and Python it was compiled for. */
export const wheelCudaMismatch: Rule = {
  id: 'wheel-cuda-mismatch',
  severity: 'error',
  title: 'A wheel was compiled for another torch, CUDA or Python',
  covers: [],
  *check({ stages }) {
    for (const stage of stages) {
      const torches = torchInstalls(stage).filter(({ name }) => name === 'torch');
      const before = torchBefore(stage);
      // The one of the same command is installed with it.
      const torchAt = (install: InstallCommand): TorchState | null => {
        const same = torches.find((one) => one.install === install);
        return same === undefined ? before(install.command.start) : stateAfter(same);
      };
      for (const install of stage.instructions.flatMap(installsOf)) {
        if (install.manager !== 'pip') continue;
        for (const { text, isWheel, start, end } of addresses(install)) {
          const tags = tagsOf(text, isWheel);
          const message = why(text, tags, torchAt(install), isWheel ? pythonOf(install, stage) : null);
          if (message !== null) yield { start, end, ...message };
        }
      }
    }
  },
};

interface Address extends Span {
  readonly text: string;
  readonly isWheel: boolean;
}

/** Wheels, and pages with wheels. */
function addresses({ command, instruction }: InstallCommand): readonly Address[] {
  return command.words.flatMap((word, index) => {
    const value = wordValue(word, (name) => instruction.variables.get(name));
    const before = command.words[index - 1]?.text ?? '';
    if (value === null) return [];
    const text = value.replaceAll('%2B', '+').replaceAll('%2b', '+');
    const isWheel = /\.whl(?:[#?]|$)/.test(text);
    const isPage = before === '-f' || before === '--find-links' || text.startsWith('--find-links=');
    // The pages of PyTorch itself are looked at elsewhere.
    if ((!isWheel && !isPage) || /download\.pytorch\.org/.test(text)) return [];
    return [{ text, isWheel, start: word.start, end: word.end }];
  });
}

function tagsOf(text: string, isWheel: boolean): Tags {
  const name = isWheel ? (text.split('/').at(-1) ?? text) : text;
  // The wheel of torch itself, or of a part of its family, is what it says.
  const isTorch = isWheel && /^torch(?:vision|audio)?-/.test(name);
  const short = /pt(\d)\.?(\d{1,2})(?!\d)/.exec(name);
  const torch =
    /(?:^|[^a-z])torch-?(\d+\.\d+)/.exec(name)?.[1] ?? (short === null ? null : `${short[1]}.${short[2]}`);
  const cu = /cu(\d{2,3})(?!\d)/.exec(name)?.[1] ?? null;
  const cuda = cu === null ? null : /^1[1-9]$/.test(cu) ? cu : cudaOfTag(`cu${cu}`);
  const python = /-cp3(\d{1,2})-(?!abi3)/.exec(name)?.[1];
  return {
    torch: isTorch ? null : torch,
    cuda: isTorch ? null : cuda,
    python: python === undefined ? null : `3.${python}`,
  };
}

function why(
  text: string,
  { torch, cuda, python }: Tags,
  state: TorchState | null,
  has: string | null,
): Pick<Draft, 'message' | 'severity'> | null {
  const name = text
    .split('/')
    .filter((part) => part !== '')
    .slice(text.includes('.whl') ? -1 : -2)
    .join('/');
  if (python !== null && has !== null && python !== has) {
    return { message: `"${name}" is for Python ${python} and the base image has ${has}: pip refuses it` };
  }
  if (state === null) return null;
  if (torch !== null && state.version !== null && compareVersions(minorOf(state.version), torch) !== 0) {
    return {
      message: `"${name}" was compiled for torch ${torch}, and torch ${state.version} of ${state.origin} cannot load it`,
    };
  }
  if (cuda !== null && state.cuda !== null && majorOf(cuda) !== majorOf(state.cuda)) {
    const message = `"${name}" was compiled for CUDA ${cuda}, and torch of ${state.origin} for ${state.cuda}: it does not find its libraries`;
    return { severity: 'warning', message };
  }
  return null;
}

function minorOf(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}

/** The Python that pip works for, where only the one of the base image can be meant. */
function pythonOf({ program, command }: InstallCommand, stage: LintedStage): string | null {
  const facts = factsOf(stage);
  const isPlain = program === 'pip' && /^(?:pip|pip3|python|python3)$/.test(command.words[0]?.text ?? '');
  if (!isPlain || facts === null || facts.repository !== 'docker.io/library/python') return null;
  return facts.python === null ? null : minorOf(facts.python);
}
