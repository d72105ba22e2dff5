import { invocationOf } from '../invocation.ts';
import type { Draft, Rule } from '../rule.ts';
import type { ShellCommand, ShellRedirect, ShellWord } from '../shell-script.ts';

const TAKES_REQUIREMENTS = new Set([
  ...['pip', 'uv pip', 'uv', 'pipx', 'conda', 'mamba', 'micromamba', 'poetry'],
  ...['apk', 'apt', 'apt-get'],
]);

/** `pip install torch>=2` writes a file called `=2` and installs any torch. */
export const unquotedSpecifier: Rule = {
  id: 'unquoted-specifier',
  severity: 'error',
  title: 'A version in a requirement is taken for a redirect',
  covers: ['DL3013', 'SC2210', 'SC2261'],
  *check(file) {
    for (const { shell } of file.stages.flatMap(({ instructions }) => instructions)) {
      for (const command of shell?.commands ?? []) {
        if (!TAKES_REQUIREMENTS.has(invocationOf(command)?.program ?? '')) continue;
        for (const redirects of runs(command.redirects.filter((one) => isVersion(one, command)))) {
          yield draft(command, redirects, file.source.text);
        }
      }
    }
  },
};

const VERSION = /^=?\d+(?:\.[\d*]\w*)*[a-z]*\d*(?:,[=!~]=[\w.*]+)*,?$/;
const NAME = /^[a-z][\w.-]*(?:\[[\w,-]*\])?$/i;
const TAKES_NAMES = /^(?:install|add|create|update|upgrade|download|wheel|inject)$/;

/** `torch>=2`, `torch >2`, `torch >= 2`: with blanks only behind what can be the name of a package. */
function isVersion(redirect: ShellRedirect, command: ShellCommand): boolean {
  const { operator, descriptor, target, start } = redirect;
  if ((operator !== '>' && operator !== '<') || descriptor !== '') return false;
  const behind = wordBehind(redirect, command);
  if (!VERSION.test(target.raw) && behind === undefined) return false;
  const before = wordBefore(redirect, command);
  if (before?.end === start) return true;
  const isFirst = !command.redirects.some(({ end }) => end === start);
  if (!isFirst) return true;
  const earlier = command.words.filter(({ end }) => end < (before?.start ?? 0));
  return (
    NAME.test(before?.text ?? '') &&
    earlier.some(({ text }) => TAKES_NAMES.test(text ?? '')) &&
    !/^-[a-z]$|^--[a-z-]*(?:file|index-url|links|target|requirements?)$/.test(earlier.at(-1)?.raw ?? '')
  );
}

/** The version of `torch >= 2`: to the shell it is one more package. */
function wordBehind({ target, end }: ShellRedirect, { words }: ShellCommand): ShellWord | undefined {
  const next = words.find(({ start }) => start >= end);
  return target.raw === '=' && VERSION.test(next?.raw ?? '') ? next : undefined;
}

function wordBefore({ start }: ShellRedirect, { words }: ShellCommand): ShellWord | undefined {
  return words.findLast(({ end }) => end <= start);
}

/** `>=1.24,<2` is two redirects without a blank between them. */
function runs(redirects: readonly ShellRedirect[]): readonly Run[] {
  const found: [ShellRedirect, ...ShellRedirect[]][] = [];
  for (const redirect of redirects) {
    const last = found.at(-1);
    if (last?.at(-1)?.end === redirect.start) last.push(redirect);
    else found.push([redirect]);
  }
  return found;
}

type Run = readonly [ShellRedirect, ...ShellRedirect[]];

function draft(command: ShellCommand, redirects: Run, source: string): Draft {
  const [first] = redirects;
  const { start, operator, target } = first;
  const last = redirects.at(-1) ?? first;
  const behind = wordBehind(last, command);
  const end = behind?.end ?? last.end;
  const text = source.slice(start, end);
  const before = wordBefore(first, command);
  const what =
    operator === '>'
      ? `any version of "${before?.text ?? before?.raw ?? ''}" is installed, and what is printed goes into a file called "${target.raw}"`
      : `it looks for a file called "${target.raw}" and gives up without it`;
  const message = `the shell takes "${text}" for a redirect: ${what}`;
  if (before === undefined) return { start, end, message };
  // Quoted, apt takes it for the name of a package.
  if (command.words.some(({ text }) => /^apt(?:-get)?$/.test(text ?? ''))) {
    return {
      start: before.start,
      end,
      message: `${message}; apt takes one exact version alone, "${before.raw}=VERSION"`,
    };
  }
  const place = { start: before.start, end, message };
  const quoted = /[\s\\]*,$/.test(text) ? null : quote(before, text.replace(/[\s\\]/g, ''));
  if (quoted === null) return place;
  const edits = [{ start: before.start, end, text: quoted }];
  return { ...place, fix: { description: 'quote the requirement', safe: true, edits } };
}

/** The word and what belongs to it in one pair of quotes; nothing where a variable may be more than one word. */
function quote({ raw, text }: ShellWord, version: string): string | null {
  if (text !== null && !/["'$`\\!]/.test(text)) return `"${text}${version}"`;
  return /^"[^"]*"$/.test(raw) ? `${raw.slice(0, -1)}${version}"` : null;
}
