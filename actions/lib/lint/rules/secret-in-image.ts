import type { Severity } from '../finding.ts';
import {
  finalStage,
  type LintedDockerfile,
  type LintedInstruction,
  type LintedStage,
  lineageOf,
} from '../linted-dockerfile.ts';
import type { Draft, Rule } from '../rule.ts';
import { CREDENTIAL, isPlaceholder, secretFile, secretName } from '../secrets.ts';

/** `ARG HF_TOKEN`: what it is given can be read by everybody who has the image. */
export const secretInImage: Rule = {
  id: 'secret-in-image',
  severity: 'error',
  title: 'A secret that the image keeps',
  covers: ['DL3064'],
  *check(file) {
    for (const instruction of file.globals) yield* literal(instruction, file, true);
    const final = finalStage(file);
    const kept = new Set(final === null ? [] : lineageOf(final));
    for (const stage of file.stages) {
      for (const instruction of stage.instructions) {
        const found = [...ofInstruction(instruction, stage, kept.has(stage), file)];
        yield* found.length > 0 ? found : literal(instruction, file, kept.has(stage));
      }
    }
  },
};

function* ofInstruction(
  instruction: LintedInstruction,
  stage: LintedStage,
  isKept: boolean,
  file: LintedDockerfile,
): Iterable<Draft> {
  const { command } = instruction;
  if (command.kind === 'arg') {
    for (const { name, value } of command.args) yield* ofArg(name, value ?? '', instruction, stage, isKept);
  } else if (command.kind === 'env') {
    for (const { name, value } of command.pairs)
      yield* ofEnv(name, unquoted(value), instruction, declaredBefore(instruction, stage));
  } else if (command.kind === 'copy' && command.from === '') {
    yield* ofCopy(command.sources, instruction);
  }
  if (instruction.keyword === 'RUN') yield* ofAddress(instruction, file, stage);
}

/** Every `RUN` behind it has its value in the history of the image. */
function* ofArg(
  name: string,
  value: string,
  instruction: LintedInstruction,
  stage: LintedStage,
  isKept: boolean,
): Iterable<Draft> {
  const sure = secretName(name);
  if (sure === null || unquoted(value) !== '') return;
  const later = stage.instructions.filter(
    ({ start, keyword }) => start > instruction.start && keyword === 'RUN',
  );
  const isUsed = later.some(
    ({ command }) => uses(name).test(command.instruction.text) && !mountedNames(command).has(name),
  );
  if (sure === 'likely' && !isUsed) return;
  const mount = `RUN --mount=type=secret,id=${name},env=${name}`;
  const message = `what "ARG ${name}" is given can be read in the history of the ${isKept ? 'image' : 'build'}; use "${mount}" where it is needed`;
  yield { ...place(instruction), message, severity: isKept && isUsed ? 'error' : 'warning' };
}

function* ofEnv(
  name: string,
  value: string,
  instruction: LintedInstruction,
  declared: readonly string[],
): Iterable<Draft> {
  const sure = secretName(name);
  if (sure === null || value === '' || isPlaceholder(value) || CREDENTIAL.test(value)) return;
  if (/^(?:\/|https?:\/\/)/.test(value)) return;
  const isHandedOn = /\$/.test(value);
  // `ENV TOKEN=${TOKEN:-}` of a variable that nothing sets.
  if (isHandedOn && !declared.some((known) => uses(known).test(value))) return;
  const severity: Severity = isHandedOn || sure === 'known' ? 'error' : 'warning';
  const message = `"ENV ${name}" is in the image for everybody who has it; set it when the container runs`;
  yield { ...place(instruction), severity, message };
}

function* ofCopy(sources: readonly string[], instruction: LintedInstruction): Iterable<Draft> {
  for (const source of sources) {
    const sure = secretFile(source);
    if (sure === null) continue;
    const message = `"${source}" holds secrets, and everybody who has the image can read it, even when a later step removes it; use "RUN --mount=type=secret"`;
    yield { ...place(instruction), severity: sure === 'known' ? 'error' : 'warning', message };
  }
}

/** `https://user:$PASSWORD@host` with a variable that the image keeps. */
function* ofAddress(
  instruction: LintedInstruction,
  { source }: LintedDockerfile,
  stage: LintedStage,
): Iterable<Draft> {
  const { start, end, command } = instruction;
  const mounted = mountedNames(command);
  for (const match of source.text
    .slice(start, end)
    .matchAll(/(?<![a-z])[a-z]+:\/\/(?:[^\s/:@"']*:)?\$\{?(\w+)\}?@/g)) {
    const [text, name = ''] = match;
    if (secretName(name) !== null || mounted.has(name)) continue;
    if (!declaredBefore(instruction, stage).includes(name)) continue;
    const at = start + match.index;
    const message = `"${text}" holds what "${name}" is given, and that can be read in the history of the image; use "RUN --mount=type=secret,id=${name},env=${name}"`;
    yield { start: at, end: at + text.length, message };
  }
}

/** `ARG`s and `ENV`s of a stage and those it stands on. */
function declaredBefore(instruction: LintedInstruction, stage: LintedStage): readonly string[] {
  const all = lineageOf(stage).flatMap(({ instructions }) => instructions);
  return all
    .slice(0, all.indexOf(instruction))
    .flatMap(({ command }) => {
      if (command.kind === 'arg') return command.args;
      return command.kind === 'env' ? command.pairs : [];
    })
    .map(({ name }) => name);
}

/** Variables that `--mount=type=secret,env=…` sets. */
function mountedNames(command: LintedInstruction['command']): ReadonlySet<string> {
  const options = command.kind === 'run' ? command.mounts.flat() : [];
  return new Set(options.flatMap(({ name, value }) => (name === 'env' ? (value ?? '') : [])));
}

const LOGIN =
  /(?<![a-z])(?<address>[a-z]+:\/\/(?<user>[^\s/:@"'$<]+):(?<password>[^\s/:@"'$<{]+)@)(?<host>[\w.-]*)/;
/** What stands where a build wants an address and never calls it. */
const STAND_IN = /^(?:pass(?:w(?:or)?d)?|pwd|secret|user(?:name)?|guest|root|admin|postgres|mysql|mongo)$/i;

/** The same twice is what a service begins with, and what runs in the build itself is nobody else's. */
function isRealLogin(user: string, password: string, host: string): boolean {
  if (password === user || STAND_IN.test(password) || isPlaceholder(password)) return false;
  return secretName(password) === null && !/^(?:localhost|127\.[\d.]+|0\.0\.0\.0)$/.test(host);
}

/** Secrets that are written down, in whatever instruction. */
function* literal(
  { start, end, keyword, command }: LintedInstruction,
  { source }: LintedDockerfile,
  isKept: boolean,
): Iterable<Draft> {
  const text = source.text.slice(start, end);
  const found = CREDENTIAL.exec(text);
  if (found !== null) {
    const at = start + found.index;
    const message = `"${found[0].slice(0, 6)}…" is a token, in the image and in the file; take it back at its service, and use "RUN --mount=type=secret"`;
    yield { start: at, end: at + found[0].length, message };
    return;
  }
  const { address, user, password, host } = LOGIN.exec(text)?.groups ?? {};
  if (address !== undefined && isRealLogin(user ?? '', password ?? '', host ?? '')) {
    const at = start + text.indexOf(address);
    const message = `"${address.replace(/:[^:]*@$/, ':…@')}" holds a password, in the ${isKept ? 'image and in the ' : ''}file; use "RUN --mount=type=secret"`;
    yield { start: at, end: at + address.length, message, severity: isKept ? 'error' : 'warning' };
    return;
  }
  if (keyword !== 'ARG' || command.kind !== 'arg') return;
  for (const { name, value = '' } of command.args) {
    const given = unquoted(value);
    if (secretName(name) !== 'known' || given === '' || given.includes('$') || isPlaceholder(given)) continue;
    yield {
      start,
      end,
      message: `the value of "ARG ${name}" is in the file and in the history of the image; use "RUN --mount=type=secret"`,
    };
  }
}

function uses(name: string): RegExp {
  return new RegExp(`\\$\\{?${name}\\b`);
}

function unquoted(value: string): string {
  return value.replace(/^(["'])(.*)\1$/s, '$2');
}

function place({ start, end }: LintedInstruction): { start: number; end: number } {
  return { start, end };
}
