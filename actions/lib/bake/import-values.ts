/** Turns arguments, labels and secrets of a target into those of a matrix. */
import { posix } from 'node:path';
import { isOfKind, LABEL_KEY, SECRET_FILE, SECRET_ID, VARIABLE } from '../matrix/value-kinds.ts';
import type { BakeSecret } from './bake-file.ts';
import type { Influence } from './bake-variables.ts';
import { clockTexts } from './import-tags.ts';

/** What carries over, and what is to be told of it. */
export interface ImportedValues<T> {
  readonly values: Readonly<Record<string, T>>;
  readonly notes: readonly string[];
}

type Texts = Readonly<Record<string, string>>;

/** Docker hands these to a build without a word of the Dockerfile, and keeps them out of its cache. */
const PROXY = /^(?:HTTPS?|FTP|NO|ALL)_PROXY$/i;
/** Would be another one with every commit, and so would every image. */
const OF_COMMIT = /^org\.opencontainers\.image\.(?:created|revision)$/;

/** Reads build arguments; those that hang on a variable keep the value they have without it, and are told. */
export function importArgs(
  args: Texts,
  influences: ReadonlyMap<string, readonly Influence[]>,
  now: Date,
): ImportedValues<string> {
  const values: Record<string, string> = {};
  const notes: string[] = [];
  const variables = new Set<string>();
  const following: string[] = [];
  for (const [name, value] of Object.entries(args)) {
    const problem = argProblem(name, value, now);
    if (problem === 'nothing') continue;
    if (problem !== null) {
      notes.push(problem);
      continue;
    }
    values[name] = value;
    const own = influences.get(`args.${name}`) ?? [];
    if (own.length > 0) following.push(name);
    for (const { variable } of own) variables.add(variable);
  }
  if (following.length > 0) {
    notes.push(`args ${following.join(', ')}: as they are when nobody sets ${[...variables].join(', ')}`);
  }
  return { values, notes };
}

/** Reads labels, without those that name one commit. */
export function importLabels(labels: Texts, now: Date): ImportedValues<string> {
  const names = Object.keys(labels);
  const changing = names.filter((name) => OF_COMMIT.test(name) || isFromClock(labels[name] ?? '', now));
  const wrong = names.filter((name) => !changing.includes(name) && !isOfKind(LABEL_KEY, name));
  const lost = new Set([...changing, ...wrong]);
  return {
    values: Object.fromEntries(Object.entries(labels).filter(([name]) => !lost.has(name))),
    notes: [
      ...(changing.length === 0
        ? []
        : [
            `labels ${changing.join(', ')}: every commit would give the image another key; its provenance says them`,
          ]),
      ...wrong.map((name) => `the label ${name} has a name that no label may have`),
    ],
  };
}

/** Reads secrets; files are named from the top of the repository. */
export function importSecrets(
  secrets: readonly BakeSecret[],
  base: string,
): ImportedValues<{ readonly env?: string; readonly file?: string }> {
  const values: Record<string, { env?: string; file?: string }> = {};
  const notes: string[] = [];
  for (const { id, env, file } of secrets) {
    const path = file === undefined || posix.isAbsolute(file) ? file : posix.join(base, file);
    if (!isOfKind(SECRET_ID, id) || (path !== undefined && !isOfKind(SECRET_FILE, path))) {
      notes.push(`the secret ${id} is not carried over`);
    } else values[id] = path === undefined ? variableOf(id, env) : { file: path };
  }
  return { values, notes };
}

/** A secret without a source is the variable of its name; a matrix looks for that in upper case. */
function variableOf(id: string, env = id): { readonly env?: string } {
  const isDefault = env === id.toUpperCase().replace(/[^A-Z0-9]/g, '_');
  return isDefault || !isOfKind(VARIABLE, env) ? {} : { env };
}

function argProblem(name: string, value: string, now: Date): string | 'nothing' | null {
  if (name === 'BUILDKIT_INLINE_CACHE' || (PROXY.test(name) && value === '')) return 'nothing';
  if (PROXY.test(name)) return `args.${name}: builds have the proxy of the machine they run on`;
  if (name === 'BUILDKIT_CONTEXT_KEEP_GIT_DIR')
    return 'the folder .git is in no context (BUILDKIT_CONTEXT_KEEP_GIT_DIR)';
  if (isFromClock(value, now))
    return `args.${name} is made from the time, and would give every run another key`;
  return isOfKind(VARIABLE, name) ? null : `args.${name} has a name that no argument may have`;
}

function isFromClock(value: string, now: Date): boolean {
  return clockTexts(now).some((text) => value.includes(text));
}
