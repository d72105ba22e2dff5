/** What a run hands back: one small artifact with one JSON file. */
import { unzipSync } from 'fflate';
import type { Problem } from '../errors/darkroom-error.ts';
import { quote } from '../matrix/quote.ts';

/** Name of the artifact, and of the file in it. */
export const OUTPUTS_ARTIFACT = 'darkroom-outputs';
const FILE = 'outputs.json';

/** Values by name. */
export type RunOutputs = Readonly<Record<string, string | number | boolean>>;

/** Outputs, or what is wrong with them. */
export interface ReadOutputs {
  readonly outputs: RunOutputs;
  readonly problems: readonly Problem[];
}

/** A job output of GitHub takes 1 MiB, all of them together 50: what is larger belongs into a file. */
const LARGEST_FILE = 256 * 1024;
const MOST_VALUES = 200;
const NAME = /^[A-Za-z_][\w-]{0,99}$/;

/** Takes the outputs out of the artifact's zip; whatever is not flat and small is refused, not guessed at. */
export function readRunOutputs(zip: Uint8Array): ReadOutputs {
  const text = unzip(zip);
  if (text === null) return bad(`holds no "${FILE}" of at most ${LARGEST_FILE} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return bad(`holds an "${FILE}" that is no JSON`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return bad(`holds no object in "${FILE}"`);
  const entries = Object.entries(value);
  if (entries.length > MOST_VALUES)
    return bad(`holds ${entries.length} values; expected at most ${MOST_VALUES}`);
  const wrong = entries.find(
    ([name, one]) => !NAME.test(name) || !['string', 'number', 'boolean'].includes(typeof one),
  );
  if (wrong === undefined) return { outputs: Object.fromEntries(entries) as RunOutputs, problems: [] };
  return bad(
    NAME.test(wrong[0])
      ? `gives ${quote(wrong[0])} as ${quote(JSON.stringify(wrong[1]))}; expected a text, a number or a boolean`
      : `names a value ${quote(wrong[0])}; expected letters, digits, "_" and "-"`,
  );
}

function unzip(zip: Uint8Array): string | null {
  try {
    const filter = (entry: { name: string; originalSize: number }) =>
      entry.name === FILE && entry.originalSize <= LARGEST_FILE;
    const bytes = unzipSync(zip, { filter })[FILE];
    return bytes === undefined ? null : new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function bad(what: string): ReadOutputs {
  const problem: Problem = {
    code: 'dispatch/bad-outputs',
    message: `The artifact "${OUTPUTS_ARTIFACT}" of the run ${what}.`,
    hint: `The run writes one file "${FILE}" with a flat object, and uploads it under that name.`,
  };
  return { outputs: {}, problems: [problem] };
}
