import { commandSpan, commandText, nextCommand } from '../command-text.ts';
import { invocationOf } from '../invocation.ts';
import { finalStage, type LintedInstruction, lineageOf } from '../linted-dockerfile.ts';
import type { Draft, Rule } from '../rule.ts';
import type { ShellCommand, ShellScript, ShellWord } from '../shell-script.ts';

/** `cat /run/secrets/token > ~/.token`: what was mounted for one step is written into a layer. */
export const secretMountCopied: Rule = {
  id: 'secret-mount-copied',
  severity: 'error',
  title: 'A mounted secret is written into a layer',
  covers: [],
  *check(file) {
    const final = finalStage(file);
    const kept = new Set(final === null ? [] : lineageOf(final));
    for (const stage of file.stages) {
      for (const instruction of stage.instructions) {
        const secret = mountedSecret(instruction);
        if (secret === null || instruction.shell === null) continue;
        for (const draft of written(instruction.shell, secret)) {
          yield kept.has(stage) ? draft : { ...draft, severity: 'warning' };
        }
      }
    }
  },
};

/** What an instruction is given with `--mount=type=secret`. */
interface Secret {
  readonly paths: readonly string[];
  /** Variables that hold it: of the mount, and those that the script sets from its file. */
  readonly names: readonly string[];
  /** Folders that are in no layer. */
  readonly elsewhere: readonly string[];
}

function mountedSecret({ command, shell }: LintedInstruction): Secret | null {
  const mounts = (command.kind === 'run' ? command.mounts : []).map(
    (options) => new Map(options.map(({ name, value }) => [name, value ?? ''])),
  );
  const secrets = mounts.filter((mount) => mount.get('type') === 'secret');
  if (secrets.length === 0) return null;
  const paths = secrets.flatMap((mount) => {
    const target = mount.get('target');
    if (target !== undefined) return target;
    return mount.has('env') ? [] : `/run/secrets/${mount.get('id') ?? mount.get('source') ?? ''}`;
  });
  const names = secrets.flatMap((mount) => mount.get('env') ?? []);
  const set = (shell?.commands ?? []).flatMap(({ assignments }) =>
    assignments.flatMap(({ name, value }) =>
      value !== null && paths.some((path) => value.raw.includes(path)) ? name : [],
    ),
  );
  const elsewhere = mounts
    .filter((mount) => ['cache', 'tmpfs'].includes(mount.get('type') ?? ''))
    .flatMap((mount) => mount.get('target') ?? []);
  return { paths, names: [...names, ...set], elsewhere: [...elsewhere, '/dev/', '/run/', '/proc/'] };
}

function* written(script: ShellScript, secret: Secret): Iterable<Draft> {
  for (const command of script.commands) {
    const target = targetOf(command, script, secret);
    if (target === null || isRemoved(target, command, script)) continue;
    const message = `"${commandText(command)}" leaves the secret in ${target.what}, which the layer keeps; ${advice(target)}`;
    yield { ...commandSpan(command), message };
  }
}

interface Target {
  readonly what: string;
  /** A later command that speaks of one of these takes the secret away. */
  readonly gone: RegExp;
  readonly isFile: boolean;
}

function advice({ isFile }: Target): string {
  return isFile
    ? 'let "target=" of the mount put it where it is read'
    : 'give it to the one command that needs it, in a variable or a mounted file';
}

function targetOf(command: ShellCommand, script: ShellScript, secret: Secret): Target | null {
  const { program = '', args = [] } = invocationOf(command) ?? {};
  const holds = (word: ShellWord) => isTold(word, secret);
  if (/^(?:cp|mv|install)$/.test(program)) {
    const plain = args.filter(({ text }) => !text?.startsWith('-'));
    const from = plain.slice(0, -1).some(({ raw }) => secret.paths.some((path) => raw.includes(path)));
    return from ? fileTarget(plain.at(-1), secret) : null;
  }
  const keeper = keeperOf(program, args, holds);
  if (keeper !== null) return keeper;
  const heredoc = command.redirects.some((one) => one.heredoc !== null && isTold(one.heredoc, secret));
  const shows = /^(?:echo|printf|cat|envsubst|sed|awk|head|tr|jq)$/.test(program) && args.some(holds);
  return shows || heredoc ? outputOf(command, script, secret) : null;
}

/** `> file`, `| tee file` */
function outputOf(command: ShellCommand, script: ShellScript, secret: Secret): Target | null {
  let last = command;
  for (let one: ShellCommand | null = command; one?.after === '|'; ) {
    one = nextCommand(script, one);
    if (one === null) break;
    last = one;
    const { program = '', args = [] } = invocationOf(one) ?? {};
    if (program === 'tee')
      return fileTarget(
        args.find(({ text }) => !text?.startsWith('-')),
        secret,
      );
    // Others take it and are not known to write it down as it is.
    if (!/^(?:base64|tr|sed|cat|head|jq|awk)$/.test(program)) return null;
  }
  const redirect = last.redirects.find(
    ({ operator, descriptor }) => /^>[>|]?$/.test(operator) && descriptor !== '2',
  );
  return redirect === undefined ? null : fileTarget(redirect.target, secret);
}

function fileTarget(word: ShellWord | undefined, { elsewhere }: Secret): Target | null {
  const path = word?.raw.replace(/["']/g, '') ?? '';
  if (path === '' || /^\$\(|^\$\{?\w+\}?$/.test(path) || elsewhere.some((folder) => path.startsWith(folder)))
    return null;
  const name = path.replace(/\/+$/, '').split('/').at(-1) ?? '';
  return { what: `"${path}"`, gone: new RegExp(escaped(name)), isFile: true };
}

/** Programs that write what they are given into a file of their own. */
function keeperOf(
  program: string,
  args: readonly ShellWord[],
  holds: (word: ShellWord) => boolean,
): Target | null {
  if (!args.some(holds)) return null;
  const words = args.map(({ text }) => text ?? '').join(' ');
  const keeper = (what: string, gone: RegExp) => ({ what, gone, isFile: false });
  if (program === 'git' && /^(?:-\S+ \S+ )*clone\b/.test(words))
    return keeper('".git/config" of the clone', /\.git\b|set-url|rm/);
  if (program === 'git' && /\bconfig\b/.test(words))
    return keeper('the configuration of git', /\.gitconfig|--unset|--remove-section/);
  if (program === 'git' && /\bremote (?:add|set-url)\b/.test(words))
    return keeper('".git/config"', /\.git\b|set-url|remove/);
  if (/^(?:hf|huggingface-cli)$/.test(program) && /\blogin\b/.test(words))
    return keeper('"~/.cache/huggingface/token"', /logout|huggingface/);
  if (/^(?:npm|pnpm|yarn)$/.test(program) && /\bconfig set\b|^set\b/.test(words))
    return keeper('".npmrc"', /\.npmrc|config (?:delete|rm)/);
  if (/^(?:pip|poetry|conda|aws|gcloud)$/.test(program) && /\b(?:config|configure)\b/.test(words)) {
    return keeper(`the configuration of ${program}`, /unset|\.aws|pip\.conf|pypoetry|\.condarc/);
  }
  return /^(?:wandb|docker|ngc|kaggle)$/.test(program) && /\b(?:login|config set)\b/.test(words)
    ? keeper(`the configuration of ${program}`, /logout|\.netrc|\.docker|\.ngc|\.kaggle/)
    : null;
}

function isTold({ raw, parts }: ShellWord, { paths, names }: Secret): boolean {
  return (
    paths.some((path) => new RegExp(`${escaped(path)}(?![\\w.-])`).test(raw)) ||
    parts.some((part) => part.kind === 'variable' && names.includes(part.name) && !part.raw.startsWith('${#'))
  );
}

/** In the same `RUN`, so that no layer holds it. */
function isRemoved({ gone }: Target, command: ShellCommand, { commands }: ShellScript): boolean {
  return commands.some(
    (one) =>
      one.start > command.start &&
      /^(?:rm|shred|git|npm|hf|huggingface-cli|docker|wandb|pip|poetry|find)$/.test(one.name ?? '') &&
      gone.test(one.words.map(({ raw }) => raw).join(' ')),
  );
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
