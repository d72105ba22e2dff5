/** Whether a program is in an image, as far as its Dockerfile and the name of its base say. */
import { bringsPackage } from './apt-dependencies.ts';
import type { BaseFacts } from './base-facts.ts';
import { type InstallCommand, installsOf, type Manager } from './installs.ts';
import { invocationOf } from './invocation.ts';
import type { LintedInstruction, LintedStage } from './linted-dockerfile.ts';
import { factsOf } from './linted-dockerfile.ts';
import type { ShellCommand } from './shell-script.ts';
import { copyOf, type PlacedCopy, placedInstructions } from './stage-places.ts';

/** `unknown` wherever something may have brought it or taken it away. */
export type ProgramState = 'there' | 'missing' | 'unknown';

/** Packages that hold a program, by manager. */
const PROVIDERS: Readonly<Record<string, Partial<Record<Manager, RegExp>>>> = {
  curl: { apt: /^curl$/, apk: /^curl$/, conda: /^curl$/, dnf: /^curl/ },
  wget: { apt: /^wget$/, apk: /^wget$/, conda: /^wget$/, dnf: /^wget/ },
  git: { apt: /^git(?:-lfs)?$/, apk: /^git(?:-lfs)?$/, conda: /^git$/, dnf: /^git$/ },
  nc: { apt: /^(?:netcat|ncat)/, apk: /netcat|^nmap-ncat$/ },
  netcat: { apt: /^netcat/, apk: /netcat/ },
  jq: { apt: /^jq$/, apk: /^jq$/, conda: /^jq$/ },
  ps: { apt: /^procps$/, apk: /^procps/ },
  pgrep: { apt: /^procps$/, apk: /^procps/ },
  netstat: { apt: /^net-tools$/ },
  ss: { apt: /^iproute2$/, apk: /^iproute2/ },
  pg_isready: { apt: /^postgresql/, apk: /^postgresql/, conda: /^(?:postgresql|libpq)$/ },
  'redis-cli': { apt: /^redis/, apk: /^(?:redis|valkey)/, conda: /^redis/ },
  mongosh: { apt: /mongo/, npm: /^mongosh$/ },
  mysqladmin: { apt: /mysql|mariadb/, apk: /mysql|mariadb/ },
  grpc_health_probe: {},
  bash: { apt: /^bash$/, apk: /^bash$/ },
  tini: { apt: /^tini$/, apk: /^tini$/, conda: /^tini$/ },
  'dumb-init': { apt: /^dumb-init$/, apk: /^dumb-init$/, pip: /^dumb-init$/ },
  gosu: { apt: /^gosu$/, apk: /^gosu$/ },
  supervisord: { apt: /^supervisor$/, apk: /^supervisor$/, pip: /^supervisor$/, conda: /^supervisor$/ },
  nginx: { apt: /^nginx/, apk: /^nginx/, conda: /^nginx$/ },
  ffmpeg: { apt: /^(?:ffmpeg|sox)$|libav|-full$/, apk: /^ffmpeg/, conda: /ffmpeg|opencv|torchvision/ },
  python: { apt: /^python-is-python|^python$|^python-minimal$/, conda: /^python$|./ },
  python3: { apt: /^python3|^python-is-python3$/, apk: /^py(?:thon)?3/, conda: /./ },
};

/** Packages of apt outside the table of dependencies that bring half a system with them. */
const HEAVY =
  /^(?:ros-|texlive|ubuntu-|task-|r-base|cuda-drivers|google-chrome|chromium|devscripts|debian-goodies)|desktop/;

const MINIMAL = [
  ...['curl', 'wget', 'git', 'nc', 'netcat', 'jq', 'netstat', 'ss', 'pg_isready', 'redis-cli', 'mongosh'],
  ...['mysqladmin', 'grpc_health_probe', 'tini', 'dumb-init', 'gosu', 'supervisord', 'nginx', 'ffmpeg'],
];
const ON_ALPINE = MINIMAL.filter((name) => !['wget', 'nc', 'netstat'].includes(name));
const ON_FULL = MINIMAL.filter(
  (name) => !['curl', 'wget', 'git', 'nc', 'netcat', 'netstat', 'ss'].includes(name),
);

/** Names of programs that can be asked for. */
export const KNOWN_PROGRAMS: ReadonlySet<string> = new Set(Object.keys(PROVIDERS));

/** Whether a program is in what a stage makes. */
export function programState(stage: LintedStage, program: string): ProgramState {
  const facts = factsOf(stage);
  if (facts === null || !KNOWN_PROGRAMS.has(program)) return 'unknown';
  let state: ProgramState = lackedBy(facts).includes(program) ? 'missing' : 'unknown';
  for (const placed of placedInstructions(stage)) {
    const copy = copyOf(placed);
    if (copy !== null && state === 'missing' && mayBring(copy, program)) state = 'unknown';
    if (placed.instruction.keyword === 'RUN') state = afterRun(state, placed.instruction, program);
  }
  return state;
}

/** Programs that an image with this name surely does not hold. */
function lackedBy({ repository, tag, distribution }: BaseFacts): readonly string[] {
  const short = repository.replace(/^docker\.io\/(?:library\/)?/, '');
  const isLanguage = short === 'python' || short === 'node';
  const withoutPython = short === 'python' ? [] : ['python', 'python3'];
  if (tag === null && short !== 'debian' && short !== 'ubuntu' && short !== 'alpine') return [];
  if (short === 'alpine' || (isLanguage && distribution?.name === 'alpine')) {
    return [...ON_ALPINE, 'bash', ...withoutPython];
  }
  if (short === 'debian' || (isLanguage && /(?:^|-)slim(?:-|$)/.test(tag ?? ''))) {
    return [...MINIMAL, 'ps', 'pgrep', ...withoutPython];
  }
  if (short === 'ubuntu' || (short === 'nvidia/cuda' && distribution?.name === 'ubuntu')) {
    return [...MINIMAL, 'python', 'python3'];
  }
  // Its own programs come by conda or pip, which may hold some of the others.
  if (short === 'pytorch/pytorch') return ['curl', 'wget', 'nc', 'netcat', 'supervisord', 'nginx', 'gosu'];
  return isLanguage && (distribution?.name === 'debian' || distribution === null) ? ON_FULL : [];
}

function mayBring({ from, sources, destination }: PlacedCopy, program: string): boolean {
  if (destination === null || sources.includes(null)) return true;
  if (destination.endsWith(`/${program}`)) return true;
  if (sources.some((source) => source?.endsWith(`/${program}`) === true || source === program)) return true;
  if (from === '') return /^\/(?:usr\/(?:local\/)?)?s?bin$|^\/$/.test(destination);
  return (
    /^\/(?:usr(?:\/s?bin)?|s?bin|usr\/local(?:\/s?bin)?)?$/.test(destination) ||
    destination.startsWith('/opt')
  );
}

function afterRun(before: ProgramState, instruction: LintedInstruction, program: string): ProgramState {
  const { shell } = instruction;
  if (shell === null || shell.problem !== null) return 'unknown';
  const installs = new Map(installsOf(instruction).map((install) => [install.command, install]));
  let state = before;
  for (const command of shell.commands) {
    const install = installs.get(command);
    if (install !== undefined) state = afterInstall(state, install, program);
    else if (isRemoval(command, program)) state = state === 'there' ? 'missing' : state;
    else if (state === 'missing' && mayMake(command, program)) state = 'unknown';
  }
  return state;
}

function afterInstall(before: ProgramState, install: InstallCommand, program: string): ProgramState {
  const { manager, packages, others } = install;
  const pattern = PROVIDERS[program]?.[manager];
  if (pattern !== undefined && packages.some(({ name }) => pattern.test(name))) return 'there';
  if (before !== 'missing' || manager === 'npm') return before;
  if (manager === 'pip') return pattern === undefined ? before : 'unknown';
  if (manager === 'conda') return pattern === undefined ? before : 'unknown';
  const asPackage = program === 'ps' || program === 'pgrep' ? 'procps' : program;
  if (manager === 'apt' && bringsPackage(install, asPackage) === true) return 'there';
  const isOpen = others.length > 0 || packages.length === 0 || packages.some(({ name }) => HEAVY.test(name));
  return isOpen ? 'unknown' : before;
}

function isRemoval(command: ShellCommand, program: string): boolean {
  const { program: manager, args } = invocationOf(command) ?? { program: '', args: [] };
  const [verb, ...rest] = args.flatMap(({ text }) => (text === null || text.startsWith('-') ? [] : text));
  const removes =
    (/^(?:apt|apt-get|aptitude)$/.test(manager) && /^(?:remove|purge|autoremove)$/.test(verb ?? '')) ||
    (manager === 'apk' && verb === 'del');
  const pattern = PROVIDERS[program]?.[manager === 'apk' ? 'apk' : 'apt'];
  return removes && pattern !== undefined && rest.some((name) => pattern.test(name));
}

const OPEN =
  /^(?:sh|bash|zsh|source|\.|make|cmake|dpkg|rpm|gdebi|tar|unzip|ansible-playbook|bazel|ninja|update-alternatives)$/;
const PYTHON_MAKERS = /^(?:conda|mamba|micromamba|uv|uvx|pyenv|virtualenv|poetry|pipenv|python|pip)$/;

/** Anything but a package manager that may put a program into the image; using it shows that it is there. */
function mayMake({ words, name }: ShellCommand, program: string): boolean {
  if (name === null) return true;
  const invoked = invocationOf({ words })?.program ?? name;
  if (OPEN.test(invoked) || isPath(words[0]?.text ?? '')) return true;
  if (/^python3?$/.test(program) && PYTHON_MAKERS.test(invoked)) return true;
  return [name, invoked, ...words.slice(1).map(({ raw }) => raw)].some(
    (raw) => raw === program || raw.replace(/["']/g, '').endsWith(`/${program}`),
  );
}

function isPath(word: string): boolean {
  return word.includes('/') && !/^\/(?:usr\/(?:local\/)?)?s?bin\/[^/]+$/.test(word);
}
