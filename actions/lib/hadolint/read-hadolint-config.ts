/**
 * Reads hadolint's configuration, because hadolint itself passes over misspelt keys without a word, and goes on without any
 * configuration where a value or the YAML is wrong.
 */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { DarkroomError, type Place, type Problem } from '../errors/darkroom-error.ts';
import { nearestName } from '../errors/nearest-name.ts';
import { quote } from '../matrix/quote.ts';
import { parseYamlTree, type YamlValue } from '../matrix/yaml-tree.ts';

/** Where hadolint looks. */
export interface ConfigPlaces {
  /** Root of the project, where hadolint is started. */
  readonly root: string;
  /** The person's home, or `null` where their own configuration is not to count. */
  readonly home: string | null;
  /** `$XDG_CONFIG_HOME`, or `null` for `.config` at home. */
  readonly xdgConfigHome: string | null;
}

/** What was found; empty where nothing was. */
export interface HadolintConfig {
  /** As people know it, or `null`. */
  readonly file: string | null;
  /** What bears on what is found, with the keys and values of hadolint. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** From where on findings count as failure, as written: `error`, `warning`, `info`, `style`, `ignore` or `none`. */
  readonly failureThreshold: string | null;
  /** Findings never count as failure. */
  readonly isNeverFailing: boolean;
}

/** Says what is wrong with a value; `path` names it in messages. */
type Check = (value: YamlValue, problems: Problem[], path: string) => void;

const LEVELS = ['error', 'warning', 'info', 'style'];
const FORMATS = [
  ...['tty', 'json', 'checkstyle', 'codeclimate', 'gitlab_codeclimate', 'gnu', 'codacy', 'sonarqube'],
  ...['sarif', 'junit'],
];
const LABEL_TYPES = ['text', 'url', 'semver', 'hash', 'rfc3339', 'spdx', 'email', ''];
const LARGEST = 1e6;

const code = scalar('the code of a rule, such as DL3008 or SC2086', 'text', (text) =>
  /^(?:DL|SC)\d{4}$/.test(text),
);
const codes = list(code, '[DL3008, SC2086]');
const truth = scalar('true or false', 'boolean', () => true);
const format = word(FORMATS);

/** https://github.com/hadolint/hadolint#configure */
const KEYS: Readonly<Record<string, Check>> = {
  'failure-threshold': word([...LEVELS, 'ignore', 'none']),
  format,
  formats: list(format, '[json]'),
  ignored: codes,
  override: options(Object.fromEntries(LEVELS.map((level) => [level, codes]))),
  trustedRegistries: list(
    scalar('the name of a registry', 'text', (text) => text !== ''),
    '[docker.io]',
  ),
  'label-schema': labels(word(LABEL_TYPES)),
  'strict-labels': truth,
  'no-fail': truth,
  'no-color': truth,
  verbose: truth,
  'disable-ignore-pragma': truth,
};
/** The others say how hadolint prints and ends, which whoever starts it decides. */
const KEPT = [
  'ignored',
  'override',
  'trustedRegistries',
  'label-schema',
  'strict-labels',
  'disable-ignore-pragma',
];

/**
 * Reads the first file that is there, or the one that somebody names.
 *
 * @param named Relative to the root of the project, or `null`.
 * @throws DarkroomError of kind `use` with everything that is wrong: `yaml/…`, `hadolint-config/…`
 */
export async function readHadolintConfig(
  places: ConfigPlaces,
  named: string | null,
): Promise<HadolintConfig> {
  if (named !== null) return parseHadolintConfig(await readNamed(places.root, named), named);
  for (const candidate of candidates(places)) {
    if (!(await stat(candidate).catch(() => null))?.isFile()) continue;
    const inside = path.relative(places.root, candidate);
    const file = inside.startsWith('..') ? candidate : inside;
    return parseHadolintConfig(await readNamed(places.root, file), file);
  }
  return { file: null, settings: {}, failureThreshold: null, isNeverFailing: false };
}

/**
 * Reads the text of a configuration.
 *
 * @throws DarkroomError as `readHadolintConfig`
 */
export function parseHadolintConfig(text: string, file: string): HadolintConfig {
  const { root, problems } = parseYamlTree(text, file);
  // A file with nothing but comments in it is one that somebody begins with.
  const isEmpty = root === undefined || (root.kind === 'scalar' && root.type === 'null');
  if (!isEmpty) options(KEYS)(root, problems, '');
  if (problems.length > 0) throw new DarkroomError(problems, { kind: 'use' });
  const values = (isEmpty ? {} : plain(root)) as Readonly<Record<string, unknown>>;
  const threshold = values['failure-threshold'];
  return {
    file,
    settings: Object.fromEntries(
      KEPT.flatMap((key) => (values[key] === undefined ? [] : [[key, values[key]]])),
    ),
    failureThreshold: typeof threshold === 'string' ? threshold : null,
    isNeverFailing: values['no-fail'] === true,
  };
}

/** The order of hadolint 2.15. */
function candidates({ root, home, xdgConfigHome }: ConfigPlaces): readonly string[] {
  const named = (folder: string, ...names: string[]) =>
    names.flatMap((name) => [path.join(folder, `${name}.yaml`), path.join(folder, `${name}.yml`)]);
  const xdg = xdgConfigHome ?? (home === null ? null : path.join(home, '.config'));
  return [
    ...named(root, '.hadolint'),
    ...(xdg === null ? [] : named(xdg, 'hadolint')),
    ...(home === null ? [] : named(path.join(home, '.hadolint'), 'hadolint', 'config')),
    ...(home === null ? [] : named(home, '.hadolint')),
  ];
}

async function readNamed(root: string, file: string): Promise<string> {
  const reason = await stat(path.resolve(root, file)).then(
    (found) => (!found.isFile() ? 'it is no file' : found.size > LARGEST ? 'it is too large' : null),
    (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? 'it is not there' : String(error.code)),
  );
  if (reason === null) return readFile(path.resolve(root, file), 'utf8');
  const message = `the configuration of hadolint ${quote(file)} cannot be read: ${reason}.`;
  throw new DarkroomError({ code: 'hadolint-config/unreadable', message }, { kind: 'use' });
}

/** Without keys that have no value, which are as good as absent. */
function plain(value: YamlValue): unknown {
  if (value.kind === 'list') return value.items.map(plain);
  if (value.kind === 'scalar') return value.type === 'boolean' ? value.text === 'true' : value.text;
  const entries = value.entries.filter(({ value: one }) => !isAbsent(one));
  return Object.fromEntries(entries.map(({ key, value: one }) => [key, plain(one)]));
}

function isAbsent(value: YamlValue): boolean {
  return value.kind === 'scalar' && value.type === 'null';
}

/** A map with these keys; hadolint takes the default for one without a value. */
function options(checks: Readonly<Record<string, Check>>): Check {
  const known = Object.keys(checks);
  return (value, problems, path) => {
    if (value.kind !== 'map') {
      refuse(value, problems, path, `a map with ${known.join(', ')}`);
      return;
    }
    for (const { key, keyPlace, value: inner } of value.entries) {
      const check = Object.hasOwn(checks, key) ? checks[key] : undefined;
      if (check === undefined) refuseKey(key, keyPlace, known, problems, path);
      else if (!isAbsent(inner)) check(inner, problems, inPath(path, key));
    }
  };
}

/** A map with any keys. */
function labels(check: Check): Check {
  return (value, problems, path) => {
    if (value.kind !== 'map') refuse(value, problems, path, 'a map, such as { maintainer: text }');
    else for (const { key, value: inner } of value.entries) check(inner, problems, inPath(path, key));
  };
}

function list(check: Check, example: string): Check {
  return (value, problems, path) => {
    if (value.kind === 'list') for (const item of value.items) check(item, problems, path);
    else refuse(value, problems, path, `a list, such as ${example}`);
  };
}

function word(words: readonly string[]): Check {
  return scalar(words.map((one) => one || '""').join(', '), 'text', (text) => words.includes(text));
}

function scalar(expected: string, type: 'text' | 'boolean', isGood: (text: string) => boolean): Check {
  return (value, problems, path) => {
    if (value.kind === 'scalar' && value.type === type && isGood(value.text)) return;
    refuse(value, problems, path, expected);
  };
}

function refuse(value: YamlValue, problems: Problem[], path: string, expected: string): void {
  const found =
    value.kind !== 'scalar'
      ? `is a ${value.kind}`
      : isAbsent(value)
        ? 'has no value'
        : `is ${quote(value.text)}`;
  const what = path === '' ? "hadolint's configuration" : path;
  const message = `${what} ${found}; expected ${expected}.`;
  problems.push({ code: 'hadolint-config/bad-value', place: value.place, message });
}

function refuseKey(
  key: string,
  place: Place,
  known: readonly string[],
  problems: Problem[],
  path: string,
): void {
  const owner = path === '' ? "hadolint's configuration" : path;
  const near = nearestName(key, known);
  problems.push({
    ...{ code: 'hadolint-config/unknown-key', place },
    message: `${owner} has an unknown key ${quote(key)}, which hadolint would pass over; expected ${known.join(', ')}.`,
    ...(near === undefined ? {} : { hint: `Did you mean ${quote(near)}?` }),
  });
}

function inPath(path: string, key: string): string {
  const name = /^[\w.-]{1,128}$/.test(key) ? key : quote(key);
  return path === '' ? name : `${path}.${name}`;
}
