/** Walks through a needed stage and notes what it takes from outside. */
import type { Place, Problem } from '../errors/darkroom-error.ts';
import type { ContextRead, ImageReference, InstructionPlace, RemoteAdd } from './dockerfile.ts';
import { declareArgs, type Environment, expandOrReport, scratchEnvironment, setEnv } from './environment.ts';
import type { Expansion } from './expand-words.ts';
import type { LinkedCommand, NeededStage, Origin } from './needed-stages.ts';
import type { Command, CopyCommand } from './parse-command.ts';
import { type MountOption, problemOfOption } from './parse-mount.ts';
import type { StageFile } from './read-stages.ts';
import { remoteSourceOf } from './remote-source.ts';
import { cleanSourcePath, holdsWildcards } from './source-path.ts';

/** What the stages of a target take from outside; grows stage by stage. */
export interface Findings {
  readonly references: ImageReference[];
  readonly reads: ContextRead[];
  wholeContext: { readonly reason: string; readonly place: Place } | null;
  readonly remoteAdds: RemoteAdd[];
  readonly declaredArgs: Set<string>;
  readonly secretIds: Set<string>;
  readonly instructions: InstructionPlace[];
  readonly problems: Problem[];
}

/** What is the same for every stage. */
export interface Setting {
  readonly file: StageFile;
  readonly args: Readonly<Record<string, string>>;
  readonly globals: Environment;
  readonly platform: string;
  readonly findings: Findings;
}

interface Step extends Setting {
  readonly environment: Environment;
  readonly command: Command;
  readonly place: Place & { readonly line: number };
}

/** Walks through one stage and returns the variables at its end, which a stage built on it starts with. */
export function evaluateStage(
  { stage, base, commands }: NeededStage,
  inherited: Environment | undefined,
  setting: Setting,
): Environment {
  const { file, findings } = setting;
  const environment =
    inherited !== undefined
      ? { ...inherited, values: new Map(inherited.values) }
      : base.kind === 'scratch'
        ? scratchEnvironment()
        : { values: new Map(), open: true };
  if (stage.from !== undefined) {
    const { line } = stage.from.instruction;
    const { base: written } = stage.from;
    if (base.kind === 'image')
      refer(findings, { ...base, written, via: 'FROM', place: { file: file.file, line } });
  }
  for (const { instruction } of [...(stage.from === undefined ? [] : [stage.from]), ...stage.commands]) {
    const { keyword, line, text } = instruction;
    findings.instructions.push({ stage: stage.label, keyword, place: { file: file.file, line }, text });
  }
  for (const linked of commands) evaluate(linked, environment, setting);
  return environment;
}

function evaluate({ command, origins }: LinkedCommand, environment: Environment, setting: Setting): void {
  const { file, findings, args, globals } = setting;
  const place = { file: file.file, line: command.instruction.line };
  const step = { ...setting, environment, command, place };
  if (command.kind === 'arg') {
    for (const { name } of command.args) findings.declaredArgs.add(name);
    declareArgs(command, environment, globals, args, file, findings.problems);
  } else if (command.kind === 'env') setEnv(command, environment, file, findings.problems);
  else if (command.kind === 'copy') evaluateCopy(command, origins[0] ?? { kind: 'nothing' }, step);
  else if (command.kind === 'run') {
    for (const [index, options] of command.mounts.entries()) {
      evaluateMount(options, origins[index] ?? { kind: 'nothing' }, step);
    }
  }
}

function evaluateCopy(command: CopyCommand, origin: Origin, step: Step): void {
  const via = step.command.instruction.keyword === 'ADD' ? 'ADD' : 'COPY';
  if (origin.kind === 'outside') referOutside(origin.name, 'COPY --from', step);
  for (const source of command.sources) {
    const spaced = `A path with spaces is written as JSON: ${via} ["a b", "/x/"].`;
    const expansion = expand(source, step, /["']/.test(source) ? spaced : undefined);
    if (expansion === undefined) return;
    const remote = remoteSourceOf(expansion.text);
    if (remote !== undefined && via === 'COPY') {
      report(step, 'remote-copy', `COPY cannot fetch "${expansion.text}"; only ADD can`);
    } else if (remote !== undefined) {
      addRemote(source, expansion, remote.commit, command.checksum, step);
    } else if (via === 'ADD' && expansion.unknown.length > 0 && /^["']?\$/.test(source)) {
      const message = `ADD "${source}": ${missing(expansion)} has no value here, so this may be a file or an address`;
      report(step, 'unresolved-add', message);
    } else {
      read(origin, source, expansion, 'pattern', step);
    }
  }
}

function addRemote(
  source: string,
  expansion: Expansion,
  commit: string | null,
  checksum: string,
  step: Step,
): void {
  const pin = expand(checksum, step);
  const given = pin === undefined || missing(pin) !== undefined ? '' : pin.text;
  step.findings.remoteAdds.push({
    url: missing(expansion) === undefined ? expansion.text : source,
    pin: given || commit,
    place: step.place,
  });
}

const MOUNT_TYPES = ['bind', 'cache', 'tmpfs', 'secret', 'ssh'];

function evaluateMount(options: readonly MountOption[], origin: Origin, step: Step): void {
  const values = new Map<string, { readonly written: string; readonly expansion: Expansion }>();
  for (const option of options) {
    const { name, value = '' } = option;
    const wrong = problemOfOption(option);
    if (wrong !== undefined) report(step, 'bad-mount', wrong);
    const expansion = expand(value, step);
    if (expansion !== undefined) values.set(name, { written: value, expansion });
  }
  const type = values.get('type')?.expansion.text.toLowerCase() ?? 'bind';
  if (!MOUNT_TYPES.includes(type)) {
    report(step, 'bad-mount', `--mount has the type "${type}"; it must be one of ${MOUNT_TYPES.join(', ')}`);
    return;
  }
  if (origin.kind === 'outside') referOutside(origin.name, 'RUN --mount', step);
  if (type === 'secret') addSecret(values, step);
  if (type !== 'bind' && !(type === 'cache' && origin.kind === 'outside')) return;
  const source = values.get('source');
  read(
    origin,
    source?.written ?? '',
    source?.expansion ?? { text: '', unset: [], unknown: [] },
    'literal',
    step,
  );
}

/** A secret goes by its `source`, else its `id`, else the last part of its `target`. */
function addSecret(
  values: ReadonlyMap<string, { readonly written: string; readonly expansion: Expansion }>,
  step: Step,
): void {
  const named = ['source', 'id', 'target'].find((name) => {
    const { text = '', unknown = [] } = values.get(name)?.expansion ?? {};
    return text !== '' || unknown.length > 0;
  });
  const value = named === undefined ? undefined : values.get(named);
  if (value === undefined) {
    report(step, 'bad-mount', 'a secret mount needs an id: --mount=type=secret,id=…');
  } else if (value.expansion.unknown.length > 0) {
    report(
      step,
      'bad-mount',
      `the secret "${value.written}" depends on ${value.expansion.unknown[0]}, which has no value here`,
    );
  } else {
    const { text } = value.expansion;
    step.findings.secretIds.add(
      named === 'target' ? (text.split('/').findLast((part) => part !== '') ?? text) : text,
    );
  }
}

function read(
  origin: Origin,
  source: string,
  expansion: Expansion,
  kind: 'pattern' | 'literal',
  step: Step,
): void {
  if (origin.kind === 'stage' || origin.kind === 'nothing') return;
  const { findings, place } = step;
  const without = missing(expansion);
  if (without !== undefined && origin.kind === 'context') {
    const { keyword } = step.command.instruction;
    const reason = `${keyword} "${source}": ${without} has no value in the Dockerfile, so the whole context counts`;
    findings.wholeContext ??= { reason, place };
    return;
  }
  const path = without === undefined ? cleanSourcePath(expansion.text) : '.';
  if (origin.kind === 'context' && path.split('/').includes('.git')) {
    const message = `${step.command.instruction.keyword} takes "${path}", but no .git is given to a build`;
    const hint = 'Hand the commit over as a build arg or a file instead.';
    findings.problems.push({ code: 'dockerfile/copies-git', place, message, hint });
    return;
  }
  const wildcards = kind === 'pattern' && holdsWildcards(path);
  const from = origin.kind === 'context' ? null : origin.name;
  findings.reads.push({ from, path, wildcards, optional: wildcards || path === '.', place });
}

function referOutside(name: string, via: ImageReference['via'], step: Step): void {
  refer(step.findings, { name, written: name, via, platform: step.platform, place: step.place });
}

function refer(findings: Findings, { name, written, via, platform, place }: ImageReference): void {
  const known = findings.references.some(
    (other) => other.name === name && other.via === via && other.platform === platform,
  );
  if (!known) findings.references.push({ name, written, via, platform, place });
}

function missing(expansion: Expansion): string | undefined {
  return expansion.unknown[0] ?? expansion.unset[0];
}

function expand(word: string, step: Step, hint?: string): Expansion | undefined {
  const { problems } = step.findings;
  return expandOrReport(word, step.environment, { ...step.file, line: step.place.line, problems }, hint);
}

function report(step: Step, reason: string, message: string): void {
  step.findings.problems.push({ code: `dockerfile/${reason}`, place: step.place, message });
}
