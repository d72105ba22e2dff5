/** Owns the text of `action-matrix.lock`: reading and printing it. */
import type { Problem } from '../errors/darkroom-error.ts';
import { DarkroomError } from '../errors/darkroom-error.ts';
import type { Lock } from './lock.ts';
import { emptyLock } from './lock.ts';
import { quote } from './quote.ts';
import { entries, exactly, fields, record, text, toRecord } from './read-value.ts';
import type { ValueKind } from './value-kinds.ts';
import { FOLDER, HTTP_URL, PLATFORMS } from './value-kinds.ts';
import { parseYamlTree } from './yaml-tree.ts';

const HINT = 'Mend it, or delete the file and run "darkroom lock" to write it anew.';

const DIGEST: ValueKind = {
  what: 'a digest',
  pattern: /^sha256:[0-9a-f]{64}$/,
  maxLength: 128,
  expected: '"sha256:" and 64 lower-case hexadecimal digits',
};

const SHA256: ValueKind = {
  what: 'a sha256',
  pattern: /^[0-9a-f]{64}$/,
  maxLength: 128,
  expected: '64 lower-case hexadecimal digits',
};

const COMMIT: ValueKind = {
  what: 'a commit',
  pattern: /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/,
  maxLength: 128,
  expected: '40 or 64 lower-case hexadecimal digits',
};

const PLATFORM: ValueKind = {
  what: 'a platform',
  pattern: new RegExp(`^(?:${PLATFORMS.join('|')})$`),
  maxLength: 128,
  expected: 'os/arch[/variant], such as linux/amd64',
};

const GIT_KEY: ValueKind = {
  what: 'a git source',
  pattern: /^\S+#\S+$/,
  maxLength: 4096,
  expected: 'an address and a ref, such as "https://github.com/acme/tools.git#main"',
};

const REFERENCE: ValueKind = {
  what: 'a full image reference',
  pattern: /^[^/]*[.:][^/]*\/.+[:@][^/]+$|^localhost\/.+[:@][^/]+$/,
  maxLength: 512,
  expected: 'registry, repository and tag or digest, such as "docker.io/library/python:3.11"',
};

const readLock = fields<Lock>({
  version: exactly(1, HINT),
  images: (value, path, problems) => {
    const images = readImages(value, path, problems);
    return images === undefined ? undefined : toRecord(images);
  },
  git: record(GIT_KEY, text(COMMIT)),
  http: record(HTTP_URL, text(SHA256)),
  local: record(FOLDER, text(SHA256)),
});

const readPins = record(PLATFORM, text(DIGEST));

const readImages = entries(REFERENCE, (entry, path, problems) => {
  const pins = readPins(entry.value, path, problems);
  return pins === undefined ? undefined : ([entry.key, pins] as const);
});

/**
 * Returns a lock; a section that is not there is empty.
 *
 * @param file Path as the user knows it, for messages.
 * @throws DarkroomError of kind `use` with every problem: `lock/syntax` when it is not JSON, else `lock/bad-value`.
 */
export function parseLock(text: string, file: string): Lock {
  // JSON is YAML too, and the YAML reader knows where each value stands and sees a key that is written twice.
  const { root, problems } = parseYamlTree(text, file);
  const flaw = findJsonFlaw(text, file, problems);
  if (flaw !== undefined)
    throw new DarkroomError({ code: 'lock/syntax', ...flaw, hint: HINT }, { kind: 'use' });

  const lock = root === undefined ? undefined : readLock(root, 'lock', problems);
  if (root?.kind === 'map' && !root.entries.some(({ key }) => key === 'version')) {
    problems.push({
      code: 'lock/bad-value',
      place: root.place,
      message: 'lock has no "version"; expected 1.',
    });
  }
  if (problems.length > 0) {
    const named = problems.map((problem) => ({ ...problem, code: 'lock/bad-value' as const, hint: HINT }));
    throw new DarkroomError(named, { kind: 'use' });
  }
  return { ...emptyLock(), ...lock };
}

/** Prints a lock the same way every time: one pin a line, sorted, so that a moved pin is a diff of one line. */
export function printLock(lock: Lock): string {
  const images = Object.entries(lock.images).map(([reference, pins]) => [reference, sortKeys(pins)] as const);
  const { version, git, http, local } = lock;
  const sorted = {
    version,
    images: sortKeys(toRecord(images)),
    git: sortKeys(git),
    http: sortKeys(http),
    local: sortKeys(local),
  };
  return `${JSON.stringify(sorted, null, 2)}\n`;
}

function findJsonFlaw(
  text: string,
  file: string,
  problems: readonly Problem[],
): Omit<Problem, 'code'> | undefined {
  const [mark] = /^(?:<{7}|={7}|>{7})(?= |\r?$).*$/m.exec(text) ?? [];
  if (mark !== undefined) {
    const line = text.slice(0, text.indexOf(mark)).split('\n').length;
    const message = `the lock holds ${quote(mark.trim())}, the mark of a merge conflict; expected JSON.`;
    return { place: { file, line, column: 1 }, message };
  }
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    // V8 names the place for some errors only; where it does not, the YAML reader may have stumbled over the same thing.
    const [, line, column] = /\(line (\d+) column (\d+)\)/.exec(said) ?? [];
    const place = line === undefined ? problems[0]?.place : { line: Number(line), column: Number(column) };
    return {
      place: { file, ...place },
      message: `the lock is not JSON: ${said.split(/ in JSON at | at position /)[0]}.`,
    };
  }
}

/** By code unit: the order must not depend on the machine's language. */
function sortKeys<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return toRecord(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
