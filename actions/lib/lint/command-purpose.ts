/** What a command of a build is there for, as far as its failure matters. */
import { invocationOf } from './invocation.ts';
import type { ShellCommand, ShellWord } from './shell-script.ts';

/** `version` shows that a program starts. */
export type Purpose = 'install' | 'download' | 'build' | 'check' | 'version';

/** Verbs behind the name of a program; an empty list: whatever it is told. */
const PURPOSES: Readonly<Record<string, Partial<Readonly<Record<Purpose, readonly string[]>>>>> = {
  'apt-get': { install: ['install', 'build-dep'] },
  apt: { install: ['install'] },
  apk: { install: ['add'] },
  dnf: { install: ['install', 'groupinstall'] },
  yum: { install: ['install', 'groupinstall'] },
  microdnf: { install: ['install'] },
  pip: { install: ['install'], download: ['download'], build: ['wheel'], check: ['check'] },
  'uv pip': { install: ['install', 'sync'], check: ['check'] },
  uv: { install: ['sync', 'add'], build: ['build'] },
  pipx: { install: ['install'] },
  poetry: { install: ['install'], build: ['build'] },
  pdm: { install: ['install', 'sync'], build: ['build'] },
  conda: { install: ['install', 'create'] },
  mamba: { install: ['install', 'create'] },
  micromamba: { install: ['install', 'create'] },
  npm: { install: ['ci', 'install', 'i'], check: ['test', 't'] },
  yarn: { install: ['install', 'add'], build: ['build'], check: ['test'] },
  pnpm: { install: ['install', 'i', 'add'], build: ['build'], check: ['test'] },
  cargo: { install: ['install'], build: ['build'], check: ['test', 'check'] },
  go: { install: ['install'], download: ['get'], build: ['build'], check: ['test', 'vet'] },
  gem: { install: ['install'] },
  bundle: { install: ['install'] },
  playwright: { install: ['install', 'install-deps'] },
  make: { build: [] },
  ninja: { build: [] },
  cmake: { build: [] },
  bazel: { build: ['build'], check: ['test'] },
  meson: { build: [] },
  colcon: { build: ['build'] },
  wget: { download: [] },
  curl: { download: [] },
  aria2c: { download: [] },
  gdown: { download: [] },
  'huggingface-cli': { download: ['download'] },
  hf: { download: ['download'] },
  git: { download: ['clone'] },
  pytest: { check: [] },
  sha256sum: { check: ['-c', '--check'] },
  sha512sum: { check: ['-c', '--check'] },
  md5sum: { check: ['-c', '--check'] },
  gpg: { check: ['--verify'] },
};

const VERSION = /^(?:-V|-v|-version|--version)$/;
/** Its own version asked for, not what the program does. */
const SCRIPT = /^(?:install|build|setup)[\w-]*\.sh$/;

/** The purpose of a command; `null` where its failure may well be meant not to matter. */
export function purposeOf(command: ShellCommand): Purpose | null {
  const invocation = invocationOf(command);
  if (invocation === null) return null;
  const { program, args } = invocation;
  // What xargs is given stands behind.
  if (args.length === 1 && VERSION.test(args[0]?.text ?? '') && command.name !== 'xargs') return 'version';
  if (args.some(({ text }) => text === '--help' || text === '--version')) return null;
  if (program === 'python') return purposeOfPython(args, command);
  const script = /^(?:ba|da)?sh$/.test(program)
    ? nameOf(args.find(({ text }) => !text?.startsWith('-')))
    : program;
  if (SCRIPT.test(script ?? '')) return 'install';
  const table = PURPOSES[program] ?? {};
  // Options of the program itself may stand before its verb.
  const words = args.flatMap(({ text }) => text ?? []);
  const verb = words.find((text) => !text.startsWith('-'));
  for (const [purpose, verbs = []] of Object.entries(table)) {
    const isIt =
      verbs.length === 0 || verbs.some((one) => one === verb || (one.startsWith('-') && words.includes(one)));
    if (isIt) return purpose as Purpose;
  }
  return null;
}

/** The code of `python -c`, or of `python <<EOF`. */
export function pythonCodeOf(command: ShellCommand): ShellWord | null {
  const invocation = invocationOf(command);
  if (invocation?.program !== 'python') return null;
  const { args } = invocation;
  const at = args.findIndex(({ text }) => /^-[a-zA-Z]*c$/.test(text ?? ''));
  if (at !== -1) return args[at + 1] ?? null;
  return command.redirects.find(({ heredoc }) => heredoc !== null)?.heredoc ?? null;
}

function purposeOfPython(args: readonly ShellWord[], command: ShellCommand): Purpose | null {
  const code = pythonCodeOf(command)?.raw ?? '';
  if (/\b(?:snapshot_download|hf_hub_download|from_pretrained|urlretrieve|nltk\.download)\s*\(/.test(code)) {
    return 'download';
  }
  if (/\b(?:import|assert)\b/.test(code)) return 'check';
  const [first, second, third] = args.map(({ text }) => text);
  if (first === '-m') {
    if (second === 'pytest' || second === 'unittest') return 'check';
    if (second === 'build') return 'build';
    return second === 'spacy' && third === 'download' ? 'download' : null;
  }
  if (nameOf(args[0]) !== 'setup.py') return null;
  return second === 'install' || second === 'develop' ? 'install' : 'build';
}

function nameOf(word: ShellWord | undefined): string | null {
  return word?.text?.split('/').at(-1) ?? null;
}
