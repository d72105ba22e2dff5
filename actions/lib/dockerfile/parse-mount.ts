/** One option of `RUN --mount=`; no value for a bare word such as `ro`. */
export interface MountOption {
  /** Lower case, `src`, `dst` and `destination` under their long names. */
  readonly name: string;
  readonly value?: string;
}

const ALIASES: Readonly<Record<string, string>> = { src: 'source', dst: 'target', destination: 'target' };
const NAMES = new Set([
  'type',
  'from',
  'source',
  'target',
  'readonly',
  'id',
  'sharing',
  'required',
  'size',
  'mode',
  'uid',
  'gid',
  'ro',
  'rw',
  'readwrite',
  'env',
]);
const BARE = new Set(['readonly', 'ro', 'readwrite', 'rw', 'required']);

/** Reads the value of `--mount=` (one line of CSV); a text is returned instead when it is wrong and says why. */
export function parseMount(text: string): readonly MountOption[] | string {
  const fields = splitCsv(text);
  if (fields === undefined)
    return `--mount="${text}" holds a double quote that is not closed or not at a field's start`;
  const options: MountOption[] = [];
  for (const field of fields) {
    const equals = field.indexOf('=');
    const written = (equals === -1 ? field : field.slice(0, equals)).toLowerCase();
    const name = ALIASES[written] ?? written;
    const value = equals === -1 ? undefined : field.slice(equals + 1);
    if (!NAMES.has(name)) return `--mount="${text}" holds the unknown option "${written}"`;
    if (value === undefined && !BARE.has(name))
      return `--mount="${text}": "${field}" must be written ${name}=value`;
    // A dollar sign at the very end is no variable.
    if (name === 'from' && /\$./s.test(value ?? '')) {
      return `--mount="${text}": BuildKit expands no variable in "from"; give the image a name with FROM … AS`;
    }
    options.push(value === undefined ? { name } : { name, value });
  }
  return options;
}

function splitCsv(text: string): string[] | undefined {
  const fields: string[] = [];
  for (let rest: string | undefined = text; rest !== undefined; ) {
    const match: RegExpExecArray | null = /^(?:"((?:[^"]|"")*)"|([^",]*))(?:,(.*))?$/s.exec(rest);
    if (match === null) return undefined;
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    rest = match[3];
  }
  return fields;
}
