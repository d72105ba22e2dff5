import { isPlainImage } from '../base-release.ts';
import { reachesCommand } from '../command-environment.ts';
import { plainBase } from '../cuda-base.ts';
import type { Fix } from '../finding.ts';
import { type Invocation, invocationOf } from '../invocation.ts';
import { factsOf, type LintedInstruction, type LintedStage } from '../linted-dockerfile.ts';
import type { Draft, Rule } from '../rule.ts';
import type { ShellCommand } from '../shell-script.ts';
import { shippedStages } from '../shipped-stages.ts';

/** A program that keeps what it downloads. */
interface Keeper {
  /** What fills the cache, as first words behind the program. */
  readonly fills: RegExp;
  /** What empties it. */
  readonly clean: string;
  readonly cleans: RegExp;
  readonly options: RegExp;
  /** Variables that turn the cache off or put it elsewhere. */
  readonly variables: readonly string[];
  readonly isInfo?: true;
}

const CONDA: Keeper = {
  fills: /^(?:install|create|update|env (?:create|update))\b/,
  clean: 'conda clean --all --yes',
  cleans: /\b(?:conda|(?:micro)?mamba)\s+clean\b|\brm\s.*\bpkgs\b/s,
  options: /^--(?:dry-run|download-only|help)$/,
  variables: ['CONDA_PKGS_DIRS'],
};
const UV: Keeper = {
  fills: /^(?:pip (?:install|sync)|sync|add|tool install)\b/,
  clean: 'uv cache clean',
  cleans: /\buv\s+cache\s+(?:clean|prune)\b/,
  options: /^(?:--no-cache|--no-cache-dir|-n|--cache-dir(?:=.*)?|--dry-run)$/,
  variables: ['UV_NO_CACHE', 'UV_CACHE_DIR'],
};
const KEEPERS: Readonly<Record<string, Keeper>> = {
  uv: UV,
  conda: CONDA,
  mamba: { ...CONDA, clean: 'mamba clean --all --yes' },
  micromamba: { ...CONDA, clean: 'micromamba clean --all --yes' },
  poetry: {
    fills: /^(?:install|add|sync)\b/,
    clean: 'poetry cache clear --all . --no-interaction',
    cleans: /\bpoetry\s+cache\s+clear\b/,
    options: /^--(?:no-cache|dry-run)$/,
    variables: ['POETRY_CACHE_DIR', 'POETRY_NO_CACHE'],
  },
  npm: {
    fills: /^(?:ci|install|i|add)\b/,
    clean: 'npm cache clean --force',
    cleans: /\bnpm\s+cache\s+clean\b|\brm\s.*\.npm\b/s,
    options: /^--(?:cache(?:=.*)?|dry-run)$/,
    variables: ['npm_config_cache', 'NPM_CONFIG_CACHE'],
    isInfo: true,
  },
};

/** Downloads of uv, conda, Poetry and npm that nobody needs any more stay in the image. */
export const cacheLeftInLayer: Rule = {
  id: 'cache-left-in-layer',
  severity: 'warning',
  title: 'The cache of a package manager stays in the image',
  covers: [],
  *check(file) {
    for (const stage of shippedStages(file)) {
      // An image that is not known may well have turned caches off for all that stand on it.
      if (!isKnownBase(stage)) continue;
      for (const instruction of stage.instructions) {
        if (instruction.keyword !== 'RUN' || hasScratchMount(instruction)) continue;
        const found = (instruction.shell?.commands ?? []).find((command) =>
          leaves(command, instruction, stage),
        );
        if (found !== undefined) yield draft(found);
      }
    }
  },
};

function isKnownBase(stage: LintedStage): boolean {
  const base = factsOf(stage);
  return plainBase(stage) !== null || (base !== null && isPlainImage(base));
}

function leaves(command: ShellCommand, instruction: LintedInstruction, stage: LintedStage): boolean {
  const used = invocationOf(command);
  const keeper = keeperOf(used);
  if (used === null || keeper === undefined || !keeper.fills.test(verbsOf(used))) return false;
  if (used.args.some(({ raw }) => keeper.options.test(raw))) return false;
  if (keeper.variables.some((name) => reachesCommand(name, { stage, instruction, command }))) return false;
  const rest = (instruction.shell?.commands ?? []).filter(({ start }) => start > command.start);
  return !rest.some((later) => {
    const text = later.words.map(({ raw }) => raw).join(' ');
    return (
      keeper.cleans.test(text) ||
      /^(?:sudo )?(?:rm|find)\b.*(?:cache|\/root\/\.|~\/\.|\/tmp\/\*)/s.test(text) ||
      /\.sh\b/.test(text)
    );
  });
}

function keeperOf(used: Invocation | null): Keeper | undefined {
  const program = used?.program.split(' ')[0] ?? '';
  return Object.hasOwn(KEEPERS, program) ? KEEPERS[program] : undefined;
}

/** Words that are no options, up to the third. */
function verbsOf({ program, args }: Invocation): string {
  const words = args.map(({ text }) => text ?? '').filter((text) => text !== '' && !text.startsWith('-'));
  return [...program.split(' ').slice(1), ...words].slice(0, 3).join(' ');
}

/** Whatever is mounted there is not in the layer; which folder the cache is in depends on the user. */
function hasScratchMount({ flags }: LintedInstruction): boolean {
  return flags.some(
    (flag) => /^--mount=.*\btype=(?:cache|tmpfs)\b/.test(flag) && !/\/var\/(?:cache|lib)\/apt/.test(flag),
  );
}

function draft(command: ShellCommand): Draft {
  const { start, end, after, within } = command;
  const used = invocationOf(command);
  const keeper = keeperOf(used);
  const program = used?.program.split(' ')[0] ?? '';
  const message = `what "${program}" downloads stays in the layer a second time: add "&& ${keeper?.clean}", or mount a cache`;
  const severity = keeper?.isInfo === true ? 'info' : 'warning';
  if (within.length > 0 || after === '||' || after === '|') return { start, end, severity, message };
  const edits = [{ start: end, end, text: ` && ${keeper?.clean}` }];
  const fix: Fix = { description: 'empty the cache in the same layer', safe: false, edits };
  return { start, end, severity, message, fix };
}
