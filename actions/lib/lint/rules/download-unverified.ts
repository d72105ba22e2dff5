import { commandSpan, nextCommand } from '../command-text.ts';
import { type Download, downloadsOf } from '../downloads.ts';
import { invocationOf } from '../invocation.ts';
import type { LintedInstruction, LintedStage } from '../linted-dockerfile.ts';
import type { Draft, Rule } from '../rule.ts';
import type { ShellCommand } from '../shell-script.ts';

const SHELLS = new Set(['sh', 'bash', 'dash', 'zsh', 'python', 'perl', 'ruby', 'node']);
const VERIFIES =
  /^(?:(?:sha(?:1|224|256|384|512)?|md5|b2|b3)sum|shasum|gpgv?|openssl|cosign|minisign|rhash|slsa-verifier)$/;
const ARCHIVE = /\.(?:tar(?:\.\w+)?|tgz|txz|tbz2?|zip|7z|gz|xz|bz2|zst)$/i;
/** Keys and lists of package managers: what is installed by them is signed. */
const OF_PACKAGE_MANAGERS = /\.(?:asc|gpg|key|pub|list|repo|sources|pem|crt)$|keyring|\/(?:gpg|GPG)[\w.-]*$/i;

/** A commit in the address: what is there does not change. */
const COMMIT = /\/[0-9a-f]{40}(?:\/|$|\.(?:tar|zip|tgz))/;
/** A version in the address, or a release that has one in a variable: it changes when somebody moves it. */
const VERSION = /(?:^|[/_-])v?\d+\.\d+(?:\.\d+)*(?=[/_.-]|$)|\/releases\/download\/(?!latest\/)|\/v\0/;

/** `curl https://… | bash` runs whatever comes. */
export const downloadUnverified: Rule = {
  id: 'download-unverified',
  severity: 'warning',
  title: 'A download that is run or unpacked without a checksum',
  covers: [],
  *check(file) {
    for (const stage of file.stages) {
      for (const instruction of stage.instructions) yield* adds(instruction);
      for (const download of downloadsOf(stage)) {
        const found = draft(download, stage);
        if (found !== null) yield found;
      }
    }
  },
};

/** What an interface tells is there to change the cache: `ADD https://api.github.com/repos/a/b/git/refs/heads/main /v.json`. */
function* adds({ command, keyword, flags, start, end }: LintedInstruction): Iterable<Draft> {
  if (keyword !== 'ADD' || command.kind !== 'copy' || command.checksum !== '') return;
  for (const source of command.sources) {
    const path = source.replace(/[?#].*$/, '');
    if (!/^https?:\/\/(?!api\.)/.test(source) || /\.git$/.test(path) || OF_PACKAGE_MANAGERS.test(path))
      continue;
    if (COMMIT.test(path)) continue;
    const isProgram = flags.some((flag) => flag.startsWith('--chmod')) || isRun(path);
    const message = `"ADD ${source}" takes whatever is there on the day of the build; give "--checksum=sha256:…"`;
    yield { start, end, message, severity: isProgram && !isVersioned(path) ? 'warning' : 'info' };
  }
}

function isVersioned(url: string): boolean {
  return url.startsWith('https:') && VERSION.test(url.replace(/^https:\/\/[^/]*/, ''));
}

function isRun(path: string): boolean {
  return /\.(?:sh|py|run|bin|deb|rpm|whl|AppImage)$/i.test(path);
}

function draft(download: Download, stage: LintedStage): Draft | null {
  const { command, url } = download;
  const address = url.replace(/[?#].*$/, '');
  if (OF_PACKAGE_MANAGERS.test(address) || COMMIT.test(address)) return null;
  const { start, end } = commandSpan(command);
  const shown = `"${url.replaceAll('\0', '…')}"`;
  const runner = runnerOf(download);
  if (runner !== null) {
    const message = `"${runner}" runs whatever ${shown} gives on the day of the build; write it to a file and compare its checksum before it is run`;
    return { start, end, message, severity: isVersioned(address) ? 'info' : 'warning' };
  }
  const use = useOf(download, stage);
  if (use === null || isVerified(download, stage)) return null;
  const message = `${shown} is ${use === 'unpacked' ? 'unpacked' : 'run'} as it comes; compare its checksum before, as in "echo <sha256> <file> | sha256sum -c"`;
  // Packages come from where the distribution or a vendor keeps them.
  const isGrave = use === 'run' && !/^https:.*\.(?:deb|rpm)$/.test(url) && !isVersioned(address);
  return { start, end, message, severity: isGrave ? 'warning' : 'info' };
}

/** `| bash`, `bash <(…)`, `sh -c "$(…)"` */
function runnerOf({ command, instruction, file }: Download): string | null {
  if (file !== null) return null;
  const script = instruction.shell;
  if (script === null) return null;
  const { within, start } = command;
  if (within.at(-1) === 'substitution') {
    const outer = script.commands.findLast((one) => one.start < start && one.end > start && one !== command);
    const program = outer === undefined ? null : invocationOf(outer)?.program;
    if (SHELLS.has(program ?? '') || program === 'eval' || program === 'source') return program ?? null;
    return null;
  }
  for (let one: ShellCommand | null = command; one?.after === '|'; ) {
    one = nextCommand(script, one);
    const program = one === null ? null : runs(one);
    if (program !== null) return program;
  }
  return null;
}

/** A shell that reads its script from the pipe; `python -c` and `python -m json.tool` read data. */
function runs(command: ShellCommand): string | null {
  const { program = '', args = [] } = invocationOf(command) ?? {};
  if (!SHELLS.has(program)) return null;
  const [first] = args.map(({ text }) => text);
  if (program === 'sh' || program === 'bash' || program === 'dash') return first === '-c' ? null : program;
  return first === undefined || first === '-' ? program : null;
}

function isVerified({ instruction, command }: Download, { instructions }: LintedStage): boolean {
  return instructions
    .slice(instructions.indexOf(instruction))
    .flatMap(({ shell }) => shell?.commands ?? [])
    .some(({ name, start }) => start > command.start && VERIFIES.test(name ?? ''));
}

/** What is done with a file, in this `RUN` or a later one. */
function useOf(download: Download, { instructions }: LintedStage): 'run' | 'unpacked' | null {
  const { instruction, command, file } = download;
  if (command.within.includes('substitution')) return null;
  if (file === null) return pipedTo(download);
  const later = instructions
    .slice(instructions.indexOf(instruction))
    .flatMap(({ shell }) => shell?.commands ?? [])
    .filter(({ start }) => start > command.start);
  for (const one of later) {
    const use = useBy(one, file);
    if (use !== null) return use;
  }
  return null;
}

function pipedTo({ command, instruction }: Download): 'unpacked' | null {
  const next =
    command.after === '|' && instruction.shell !== null ? nextCommand(instruction.shell, command) : null;
  return /^(?:tar|bsdtar|unzip|funzip|gunzip|zcat|xz|unxz|zstd|cpio)$/.test(invocationNameOf(next))
    ? 'unpacked'
    : null;
}

function invocationNameOf(command: ShellCommand | null): string {
  return command === null ? '' : (invocationOf(command)?.program ?? '');
}

function useBy(command: ShellCommand, file: string): 'run' | 'unpacked' | null {
  const isFile = (text: string) => text === file || text.endsWith(`/${file}`);
  const words = command.words.map(({ text, raw }) => text ?? raw.replace(/["']/g, ''));
  if (isFile(words[0] ?? '')) return 'run';
  const { program = '', args = [] } = invocationOf(command) ?? {};
  const texts = args.map(({ text, raw }) => text ?? raw.replace(/["']/g, ''));
  if (!texts.some(isFile) && !(ARCHIVE.test(file) && texts.some((text) => matches(text, file)))) return null;
  if (SHELLS.has(program) || program === 'dpkg' || program === 'rpm') return 'run';
  if (/^(?:apt-get|apt|dnf|yum)$/.test(program) && texts.includes('install')) return 'run';
  if (program === 'chmod' && texts.some((text) => /\+x|^[0-7]*[157][0-7]{0,2}$/.test(text))) return 'run';
  if (program === 'install') return 'run';
  return /^(?:tar|bsdtar|unzip|7z|gunzip|xz|unxz)$/.test(program) ? 'unpacked' : null;
}

/** `tar xf *.tar.gz` */
function matches(pattern: string, file: string): boolean {
  const [before = '', after = '', ...more] = (pattern.split('/').at(-1) ?? '').split('*');
  return (
    more.length === 0 &&
    pattern.includes('*') &&
    file.startsWith(before) &&
    file.endsWith(after) &&
    after !== ''
  );
}
