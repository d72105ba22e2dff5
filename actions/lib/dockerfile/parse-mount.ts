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
  if (fields === undefined) {
    return `--mount="${text}" holds a double quote that is not closed or not at a field's start`;
  }
  const options = fields.map((field): MountOption => {
    const equals = field.indexOf('=');
    const written = (equals === -1 ? field : field.slice(0, equals)).toLowerCase();
    const name = ALIASES[written] ?? written;
    return equals === -1 ? { name } : { name, value: field.slice(equals + 1) };
  });
  // A dollar sign at the very end is no variable.
  if (!options.some(({ name, value = '' }) => name === 'from' && /\$./s.test(value))) return options;
  return `--mount="${text}": BuildKit expands no variable in "from"; give the image a name with FROM … AS`;
}

/** Says what is wrong with an option; BuildKit only looks once the instruction is carried out. */
export function problemOfOption({ name, value }: MountOption): string | undefined {
  if (!NAMES.has(name)) return `--mount holds the unknown option "${name}"`;
  return value === undefined && !BARE.has(name)
    ? `--mount: "${name}" must be written ${name}=value`
    : undefined;
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
