import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { resolveText } from '../support/resolve-text.ts';

const NAMES = ['A', 'B', 'C', 'D'] as const;
type Name = (typeof NAMES)[number];

type Values = ReadonlyMap<Name, string>;

/** A piece of a value, and what a reader of the Dockerfile reference would say it becomes. */
interface Piece {
  readonly written: string;
  readonly becomes: (values: Values) => string;
}

const name = fc.constantFrom(...NAMES);
const plain = fc.stringMatching(/^[a-z0-9._]{0,4}$/);
const piece: fc.Arbitrary<Piece> = fc.oneof(
  plain.map((text) => ({ written: text, becomes: () => text })),
  name.map((of) => ({ written: `\${${of}}`, becomes: (values: Values) => values.get(of) ?? '' })),
  fc.tuple(name, plain).map(([of, text]) => ({
    written: `\${${of}:-${text}}`,
    becomes: (values: Values) => values.get(of) || text,
  })),
  fc.tuple(name, plain).map(([of, text]) => ({
    written: `\${${of}-${text}}`,
    becomes: (values: Values) => values.get(of) ?? text,
  })),
  fc.tuple(name, plain).map(([of, text]) => ({
    written: `\${${of}+${text}}`,
    becomes: (values: Values) => (values.has(of) ? text : ''),
  })),
);

interface Step {
  readonly keyword: 'ARG' | 'ENV';
  readonly name: Name;
  /** Absent: `ARG NAME`. */
  readonly value?: readonly Piece[];
}

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    keyword: fc.constantFrom('ARG' as const, 'ENV' as const),
    name,
    value: fc.array(piece, { minLength: 1, maxLength: 3 }),
  }),
  name.map((of) => ({ keyword: 'ARG' as const, name: of })),
);
const givenArgs = fc.dictionary(name, plain) as fc.Arbitrary<Readonly<Record<string, string>>>;

function lineOf({ keyword, name: of, value }: Step): string {
  return value === undefined
    ? `${keyword} ${of}`
    : `${keyword} ${of}=${value.map(({ written }) => written).join('')}`;
}

function follow(
  steps: readonly Step[],
  args: Readonly<Record<string, string>>,
  globals: ReadonlyMap<Name, string>,
  values: Map<Name, string>,
): void {
  for (const { keyword, name: of, value } of steps) {
    const written = value?.map(({ becomes }) => becomes(values)).join('');
    const found = (keyword === 'ARG' ? args[of] : undefined) ?? written ?? globals.get(of);
    if (found !== undefined) values.set(of, found);
  }
}

test('variables have the value that a line by line reading gives them', () => {
  const globals = fc.array(
    step.map((given) => ({ ...given, keyword: 'ARG' as const })),
    { maxLength: 4 },
  );
  const stage = fc.array(step, { maxLength: 5 });
  fc.assert(
    fc.property(globals, stage, stage, givenArgs, (before, first, second, args) => {
      const all = new Map<Name, string>();
      follow(before, args, new Map(), all);
      const values = new Map<Name, string>();
      follow([...first, ...second], args, all, values);
      const text = [
        ...before.map(lineOf),
        'FROM scratch AS first',
        ...first.map(lineOf),
        'FROM first',
        ...second.map(lineOf),
        ...NAMES.map((of) => `COPY ${of}-\${${of}-none} /`),
      ].join('\n');
      expect(resolveText(text, { args }).reads.map(({ path }) => path)).toEqual(
        NAMES.map((of) => `${of}-${values.get(of) ?? 'none'}`),
      );
    }),
    { numRuns: 500 },
  );
});

const INSTRUCTIONS = [
  'ARG V=1',
  'ENV W=$V X="a b"',
  'COPY --from=tools a$V /x/',
  'COPY b c* /x/',
  'ADD https://x.y/f.tgz /x/',
  'RUN --mount=source=d,target=/d --mount=type=secret,id=s make $V',
  'COPY ["e f", "/x/"]',
  'WORKDIR /x',
];
const noise = fc.constantFrom('', '   ', '# comment', '  # COPY no /', '#', '\t');

test('comments, empty lines, continuations and line ends never change what is found', () => {
  const instruction = fc.constantFrom(...INSTRUCTIONS);
  const broken = fc.record({
    line: instruction,
    cuts: fc.array(fc.nat(60), { maxLength: 3 }),
    inside: fc.array(noise, { maxLength: 2 }),
    before: fc.array(noise, { maxLength: 2 }),
    blanks: fc.constantFrom('', ' ', '\t '),
  });
  fc.assert(
    fc.property(fc.array(broken, { maxLength: 8 }), fc.constantFrom('\n', '\r\n'), (parts, end) => {
      const calm = ['FROM base:1', ...parts.map(({ line }) => line)].join('\n');
      const noisy = ['', '# head', 'FROM base:1'];
      for (const { line, cuts, inside, before, blanks } of parts) {
        noisy.push(...before, ...cutLine(line, cuts, `\\${blanks}`, inside));
      }
      expect(found(noisy.join(end))).toEqual(found(calm));
    }),
    { numRuns: 500 },
  );
});

test('no text makes the resolver fail in another way than with problems, or take long', () => {
  const token = fc.constantFrom(
    ...[
      'FROM ',
      'COPY ',
      'RUN ',
      'ARG ',
      'ENV ',
      'ONBUILD ',
      '--from=',
      '--mount=',
      '<<',
      '$',
      '${',
      '}',
      ':-',
      '#',
    ],
    ...[
      '/',
      '%',
      '"',
      "'",
      '\\',
      '\n',
      '\r\n',
      ' ',
      '=',
      ',',
      '[',
      ']',
      'a',
      'AS ',
      '# escape=`\n',
      '\ufeff',
    ],
  );
  fc.assert(
    fc.property(fc.array(token, { maxLength: 60 }), (tokens) => {
      try {
        resolveText(tokens.join(''));
      } catch (error) {
        expect(error).toMatchObject({ name: 'DarkroomError', kind: 'use' });
      }
    }),
    { numRuns: 3000 },
  );
});

function cutLine(line: string, cuts: readonly number[], mark: string, inside: readonly string[]): string[] {
  const places = [...new Set(cuts)].filter((at) => at > 0 && at < line.length).sort((a, b) => a - b);
  const pieces = [0, ...places].map((at, index) => line.slice(at, places[index]));
  return pieces.flatMap((text, index) =>
    index === pieces.length - 1 ? [text] : [`${text}${mark}`, ...inside],
  );
}

function found(text: string) {
  const { references, reads, remoteAdds, secretIds, declaredArgs, wholeContext, instructions } =
    resolveText(text);
  const withoutPlace = <T extends object>(items: readonly T[]) =>
    items.map((item) => ({ ...item, place: null }));
  return {
    references: withoutPlace(references),
    reads: withoutPlace(reads),
    remoteAdds: withoutPlace(remoteAdds),
    secretIds,
    declaredArgs,
    whole: wholeContext?.reason,
    keywords: instructions.map(({ keyword }) => keyword),
  };
}
