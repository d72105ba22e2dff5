/** `docker build` and its like in shell scripts. */
import { posix } from 'node:path';
import type { MappedText } from '../mapped-text.ts';
import type { ShellCommand, ShellScript, ShellWord } from '../shell-script.ts';
import { type PlacedText, SOME_COMMIT, UNKNOWN } from './config-value.ts';
import type { ImageBuild } from './image-build.ts';
import { type PathIndex, pathBelow } from './project-paths.ts';

/** A script with where it is run. */
export interface BuildScript {
  readonly file: string;
  readonly script: ShellScript;
  /** Folders that it may be run in, the likeliest first. */
  readonly folders: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly isUndisturbed: boolean;
  /** Whether a command is one of a function, a loop or a condition. */
  isInside(command: ShellCommand): boolean;
}

/** Options that take no value; all others do. */
const ALONE =
  /^(?:--(?:no-cache|pull|push|load|quiet|rm|force-rm|squash|compress|check|debug|disable-content-trust|no-push|layers|squash-all|tls-verify|format|isolation)(?:=.*)?|-q|-D)$/;

const IS_COMMIT = /^\$\(git rev-parse (?:--verify )?(?:--short\S* )?HEAD\)$|^\$\{?GITHUB_SHA\}?$/;

/** Signs of one in a text; most scripts have none. */
export const BUILD_COMMAND = /\b(?:docker|podman|nerdctl|buildah)\b[^\n]*\b(?:build|bud)\b/;

/** The lines of a script that bear on builds: the rest of it, often hundreds of lines, is not parsed. */
export function buildLines(text: string): MappedText {
  const kept: string[] = [];
  const offsets: number[] = [];
  let start = 0;
  // A line goes on behind a backslash.
  for (const line of text.split(/(?<=(?<!\\)\n)/)) {
    if (BEARS_ON_BUILDS.test(line)) {
      kept.push(line);
      for (let at = 0; at < line.length; at++) offsets.push(start + at);
    }
    start += line.length;
  }
  offsets.push(start);
  return { text: kept.join(''), offsets };
}

const BEARS_ON_BUILDS =
  /^\s*(?:(?:export\s+|readonly\s+|local\s+)?[A-Za-z_]\w*=|cd\s|pushd\b|popd\b)|\b(?:docker|podman|nerdctl|buildah)\s/;

/** The builds of a script; a `docker tag` behind one gives its image another name. */
export function scriptBuilds(script: BuildScript, paths: PathIndex): readonly ImageBuild[] {
  const commands = script.script.commands;
  const builds: ImageBuild[] = [];
  let place: Place = { folders: script.folders, isSure: script.isUndisturbed };
  const own = new Map<string, string>();
  for (const command of commands) {
    for (const { name, value } of command.words.length === 0 ? command.assignments : []) {
      own.set(name, own.has(name) || value === null ? UNKNOWN : texted(value, script, own));
    }
    if (command.name === 'cd' || command.name === 'pushd' || command.name === 'popd')
      place = moved(place, command, script, own);
    const words = command.words.map((word) => ({
      text: texted(word, script, own),
      start: word.start,
      end: word.end,
    }));
    const at = verbOf(words);
    if (at !== null) builds.push(...buildOf(words, at, command, place, script, paths));
    const [from, to] = words[1]?.text === 'tag' ? words.slice(-2) : [];
    const source = builds.find(({ names }) =>
      names.some((name) => from !== undefined && isSame(name, from.text)),
    );
    if (source === undefined || to === undefined) continue;
    builds[builds.indexOf(source)] = { ...source, names: [...source.names, to.text] };
  }
  return builds;
}

interface Place {
  readonly folders: readonly string[];
  readonly isSure: boolean;
}

/** Where a script goes with `cd`; `cd "$(dirname "$0")"` is its own folder. */
function moved(
  { folders }: Place,
  command: ShellCommand,
  { file, isInside }: BuildScript,
  own: ReadonlyMap<string, string>,
): Place {
  const word = command.words[1];
  const text = word === undefined ? UNKNOWN : texted(word, { variables: {} }, own);
  if (/dirname\b.*(?:\$0|BASH_SOURCE)/.test(word?.raw ?? '') && !/\.\./.test(word?.raw ?? '')) {
    return { folders: [posix.dirname(file)], isSure: false };
  }
  if (command.name !== 'cd' || isInside(command) || text.includes(UNKNOWN))
    return { folders: [], isSure: false };
  return { folders: folders.flatMap((folder) => pathBelow(folder, text) ?? []), isSure: false };
}

/** A word with `UNKNOWN` for what depends on more than this script says. */
function texted(
  word: ShellWord,
  { variables }: Pick<BuildScript, 'variables'>,
  own: ReadonlyMap<string, string>,
): string {
  return word.parts
    .map((part) => {
      if (part.kind === 'text') return part.text;
      if (IS_COMMIT.test(part.raw)) return SOME_COMMIT;
      const isPlain = part.kind === 'variable' && part.isPlain;
      return (isPlain ? (own.get(part.name) ?? variables[part.name]) : null) ?? UNKNOWN;
    })
    .join('');
}

/** Where the options of a build begin, or `null`. */
function verbOf(words: readonly PlacedText[]): number | null {
  const [first, ...rest] = words.map(({ text }) => text);
  const start = first === 'sudo' ? 1 : 0;
  const [program, verb, more] = start === 1 ? rest : [first, ...rest];
  if (!/^(?:docker|podman|nerdctl|buildah)$/.test(program ?? '')) return null;
  if (verb === 'build' || (program === 'buildah' && verb === 'bud')) return start + 2;
  return (verb === 'buildx' || verb === 'image') && more === 'build' ? start + 3 : null;
}

function buildOf(
  words: readonly PlacedText[],
  from: number,
  command: ShellCommand,
  place: Place,
  { file, isInside }: BuildScript,
  paths: PathIndex,
): readonly ImageBuild[] {
  const { options, bare } = optionsOf(words.slice(from));
  const of = (...names: readonly string[]) => names.flatMap((name) => options.get(name) ?? []);
  const [context, ...more] = bare;
  // A word that may be empty, or several, says nothing of what stands behind it.
  if (context === undefined || more.length > 0 || context.text === '-') return [];
  // The Dockerfile is looked for in the context: in another repository it is none of these.
  if (/^[\w+.-]+:|^git@|^github\.com\//.test(context.text)) return [];
  const given = of('-f', '--file')[0];
  const found = located(context.text, given?.text ?? null, place, paths);
  return [
    {
      ...{ file, start: command.start, end: command.end, label: 'docker build', ...found },
      names: of('-t', '--tag').map(({ text }) => text),
      ...{ contextPlace: context, dockerfilePlace: given ?? context },
      target: of('--target')[0] ?? null,
      args: of('--build-arg').flatMap(({ text, start, end }) => {
        const name = /^[^=]*/.exec(text)?.[0] ?? '';
        return name === '' || name.includes(UNKNOWN) ? [] : [{ text: name, start, end }];
      }),
      isUndisturbed: place.isSure && place.folders.length === 1 && !isInside(command),
    },
  ];
}

/** Options with their values, and what is none. */
function optionsOf(words: readonly PlacedText[]) {
  const options = new Map<string, PlacedText[]>();
  const bare: PlacedText[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at];
    if (word === undefined) continue;
    const [, name, value] = /^(--?[\w-]+)=(.*)$/s.exec(word.text) ?? [];
    if (!word.text.startsWith('-') || word.text === '-') bare.push(word);
    else if (name !== undefined && value !== undefined) add(options, name, { ...word, text: value });
    else if (!ALONE.test(word.text)) {
      at += 1;
      const next = words[at];
      if (next !== undefined) add(options, word.text, next);
    }
  }
  return { options, bare };
}

/** Context and Dockerfile: in the folder where the Dockerfile is, or as the only one has them. */
function located(
  context: string,
  given: string | null,
  { folders }: Place,
  paths: PathIndex,
): Pick<ImageBuild, 'context' | 'dockerfile'> {
  const all = folders.flatMap((folder) => {
    const at = pathBelow(folder, context);
    const dockerfile =
      given === null ? (at === null ? null : posix.join(at, 'Dockerfile')) : pathBelow(folder, given);
    return [{ context: at, dockerfile }];
  });
  const there = all.filter(({ dockerfile }) => dockerfile !== null && paths.isFile(dockerfile));
  const only = there[0] ?? (all.length === 1 ? all[0] : undefined);
  return only ?? { context: null, dockerfile: null };
}

function add(to: Map<string, PlacedText[]>, name: string, value: PlacedText): void {
  to.set(name, [...(to.get(name) ?? []), value]);
}

function isSame(name: string, other: string): boolean {
  const tagged = (one: string) => (/:[^/]*$/.test(one) ? one : `${one}:latest`);
  return !name.startsWith(UNKNOWN) && tagged(name) === tagged(other);
}
