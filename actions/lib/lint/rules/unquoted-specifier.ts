import { invocationOf } from '../invocation.ts';
import type { Draft, Rule } from '../rule.ts';
import type { ShellCommand, ShellRedirect } from '../shell-script.ts';

const TAKES_REQUIREMENTS = new Set(['pip', 'uv pip', 'uv', 'pipx', 'conda', 'mamba', 'micromamba', 'poetry']);

/** `pip install torch>=2` writes a file called `=2` and installs any torch. */
export const unquotedSpecifier: Rule = {
  id: 'unquoted-specifier',
  severity: 'error',
  title: 'A version in a requirement is taken for a redirect',
  covers: ['DL3013', 'SC2210'],
  *check(file) {
    for (const { shell } of file.stages.flatMap(({ instructions }) => instructions)) {
      for (const command of shell?.commands ?? []) {
        if (!TAKES_REQUIREMENTS.has(invocationOf(command)?.program ?? '')) continue;
        for (const redirects of runs(command.redirects.filter(isVersion))) {
          yield draft(command, redirects, file.source.text);
        }
      }
    }
  },
};

function isVersion({ operator, descriptor, target }: ShellRedirect): boolean {
  return (operator === '>' || operator === '<') && descriptor === '' && /^=?\d[\w.*,=!~]*$/.test(target.raw);
}

/** `>=1.24,<2` is two redirects without a blank between them. */
function runs(
  redirects: readonly ShellRedirect[],
): readonly (readonly [ShellRedirect, ...ShellRedirect[]])[] {
  const found: [ShellRedirect, ...ShellRedirect[]][] = [];
  for (const redirect of redirects) {
    const last = found.at(-1);
    if (last?.at(-1)?.end === redirect.start) last.push(redirect);
    else found.push([redirect]);
  }
  return found;
}

function draft(
  { words }: ShellCommand,
  redirects: readonly [ShellRedirect, ...ShellRedirect[]],
  source: string,
): Draft {
  const [{ start, operator, target }] = redirects;
  const end = redirects.at(-1)?.end ?? start;
  const text = source.slice(start, end);
  const before = words.find((word) => word.end === start);
  const what =
    operator === '>'
      ? `any version of "${before?.raw ?? ''}" is installed, and what is printed goes into a file called "${target.raw}"`
      : `it looks for a file called "${target.raw}" and gives up without it`;
  const message = `the shell takes "${text}" for a redirect: ${what}`;
  if (before === undefined) return { start, end, message };
  const edits = [{ start: before.start, end, text: `"${before.raw}${text}"` }];
  return {
    start: before.start,
    end,
    message,
    fix: { description: 'quote the requirement', safe: true, edits },
  };
}
