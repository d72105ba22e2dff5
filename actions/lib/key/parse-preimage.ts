/** Reads a pre-image back from where it was kept. What a registry answers may be anything. */
import { DarkroomError } from '../errors/darkroom-error.ts';
import { type FileInput, KEY_SPEC, type Preimage } from './content-key.ts';

type Fields = Readonly<Record<string, unknown>>;

const MODES = new Set(['100644', '100755', '120000', '160000', '040000']);

/**
 * Checks that a JSON value is a pre-image of this format.
 * @throws DarkroomError `key/preimage` naming the first member that is not as specified
 */
export function parsePreimage(json: unknown): Preimage {
  const fields = object(json, 'the document');
  const spec = text(fields, 'spec');
  if (spec !== KEY_SPEC) throw bad('spec', `is ${JSON.stringify(spec)}`, JSON.stringify(KEY_SPEC));
  const dockerfile = object(fields.dockerfile, 'dockerfile');
  return {
    spec,
    platform: text(fields, 'platform'),
    target: textOrNull(fields, 'target'),
    dockerfile: { blob: text(dockerfile, 'blob'), syntax: textOrNull(dockerfile, 'syntax') },
    args: texts(fields, 'args'),
    labels: texts(fields, 'labels'),
    files: files(fields.files, 'files'),
    contexts: Object.fromEntries(
      Object.entries(object(fields.contexts, 'contexts')).map(([name, list]) => [
        name,
        files(list, `contexts.${name}`),
      ]),
    ),
    lfs: texts(fields, 'lfs'),
    secrets: texts(fields, 'secrets'),
    parents: texts(fields, 'parents'),
    upstreams: texts(fields, 'upstreams'),
  };
}

function object(value: unknown, name: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw bad(name, `is ${kindOf(value)}`, 'an object');
  }
  return value as Fields;
}

function text(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string') throw bad(name, `is ${kindOf(value)}`, 'a string');
  return value;
}

function textOrNull(fields: Fields, name: string): string | null {
  return fields[name] === null ? null : text(fields, name);
}

function texts(fields: Fields, name: string): Readonly<Record<string, string>> {
  const record = object(fields[name], name);
  for (const [key, value] of Object.entries(record)) {
    if (typeof value !== 'string') throw bad(`${name}.${key}`, `is ${kindOf(value)}`, 'a string');
  }
  return record as Readonly<Record<string, string>>;
}

function files(value: unknown, name: string): readonly FileInput[] {
  if (!Array.isArray(value)) throw bad(name, `is ${kindOf(value)}`, 'a list');
  for (const [index, file] of value.entries()) {
    if (!isFileInput(file)) throw bad(`${name}[${index}]`, 'is something else', '[mode, id, path]');
  }
  return value as readonly FileInput[];
}

function isFileInput(value: unknown): value is FileInput {
  if (!Array.isArray(value) || !value.every((part) => typeof part === 'string')) return false;
  const [mode, , , encoding] = value;
  return MODES.has(mode ?? '') && (value.length === 3 || (value.length === 4 && encoding === 'base64'));
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function bad(member: string, found: string, expected: string): DarkroomError {
  return new DarkroomError({
    code: 'key/preimage',
    message: `This is no pre-image of a content key: "${member}" ${found}, expected ${expected}.`,
    hint: 'It may have been written by another version of Darkroom, or by hand.',
  });
}
