import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { DarkroomError } from '../../actions/lib/errors/darkroom-error.ts';
import { parseMatrix } from '../../actions/lib/matrix/parse-matrix.ts';
import * as kinds from '../../actions/lib/matrix/value-kinds.ts';

interface Definition {
  readonly pattern?: string;
  readonly maxLength?: number;
  readonly enum?: readonly string[];
}

const SCHEMA = JSON.parse(
  readFileSync(new URL('../../actions/lib/matrix/action-matrix.schema.json', import.meta.url), 'utf8'),
) as { readonly $defs: Readonly<Record<string, Definition>> };

const isAllowed = new Ajv2020({
  strict: true,
  strictRequired: false,
  allowUnionTypes: true,
  allErrors: true,
}).compile(SCHEMA);

/** What a schema cannot say, by the code the parser gives it. Everything else both must see. */
const BEYOND_THE_SCHEMA = [
  'matrix/unknown-upstream', // one part of the file names another
  'matrix/unknown-image',
  'matrix/name-clash', // an image and an upstream
  'matrix/alias-clash', // two images
  'matrix/path-escape', // ".." of a Dockerfile, which depends on the depth of its context
  'matrix/written-number', // 8.0 or 8: the same number
];

const GOOD: Readonly<Record<string, readonly unknown[]>> = {
  context: ['.', 'services/api', './a//b/', 'a b/ü', '..a/b..'],
  dockerfile: ['Dockerfile', '../Dockerfile.gpu', 'docker/x.Dockerfile', '../../../x'],
  target: ['runtime', 'build_1.x', '0'],
  args: [{}, { A: 'x', B_2: 1.5 }, { FLAG: true, EMPTY: '' }, { constructor: 'x' }],
  platforms: [['linux/amd64'], ['linux/arm64', 'linux/arm/v7']],
  contexts: [
    {},
    { sources: 'upstream:tripo', 'docker.io/a/b:1': 'libs' },
    { x: 'upstream:missing' },
    { x: 'image:missing' },
    { x: 'docker-image://ghcr.io/acme/x:1' },
  ],
  aliases: [
    [],
    ['tools'],
    ['tools:dev', 'localhost:5000/x:1'],
    ['docker.io/acme/tools', 'localhost:5000/x'],
    ['alpha'],
  ],
  secrets: [
    {},
    { token: null, 'hf-token': {} },
    { key: { env: 'KEY', version: 2 } },
    { a: { file: '/run/a' } },
  ],
  labels: [{ 'org.opencontainers.image.title': 'x' }, { a: 1, b: false }],
  tags: [[], ['{branch}'], ['{branch}', '{semver}', 'v{major}.x', 'latest']],
  runner: ['ubuntu-24.04', ['self-hosted', 'gpu'], []],
  smoke: ['smoke.yml', 'tests/smoke.yml'],
  budget: [{}, { size: '8GB', startup: '60s' }, { size: 512, startup: '1.5m' }, { size: '0.5GiB' }],
  fleet: [{}, { gpus: ['8.6', 7.5] }, { gpus: ['10.0'], drivers: ['580.65.06', 570.12] }, { gpus: [8] }],
  licence: ['MIT', ['GPL-3.0-only', 'SMPL-non-commercial'], []],
};

const BAD: Readonly<Record<string, readonly unknown[]>> = {
  context: ['', '/srv', '../x', 'a/../b', 'a\\b', 'a\nb', 'x\u2028/../y', 1],
  dockerfile: ['', '/Dockerfile', 'a\u0000b', null],
  target: ['a b', '', '-x', 1, null, ['a']],
  args: [{ A: null }, { '2A': 'x' }, { A: [] }, { 'a-b': '' }, [], 'A=1'],
  platforms: [[], ['linux'], ['linux/amd64', 'linux/amd64'], 'linux/amd64', [1]],
  contexts: [
    { a: '../x' },
    { a: 'docker-image:x' },
    { a: 'docker-image://X' },
    { a: 'image:X' },
    { 'a b': '.' },
    { a: 'upstream:' },
    { a: 'upstream:X' },
    [],
  ],
  aliases: [['a:'], ['a:1:2'], ['A'], ['a', 'a'], 'a', ['foo_bar.x/y'], ['a@sha256:x'], [null]],
  secrets: [
    { 'a b': null },
    { a: { env: 'A', file: 'b' } },
    { a: { env: 'A-B' } },
    { a: { value: 'x' } },
    { a: 'A' },
  ],
  labels: [{ 'a b': 'x' }, { a: null }, { 'a=b': 'x' }, { '': 'x' }],
  tags: [['{brnch}'], ['key-{branch}'], ['-x'], ['a/b'], ['a', 'a'], 'latest', [1], ['x'.repeat(129)]],
  runner: ['a,b', '', [''], 1, {}],
  smoke: ['/x', '../x', '', {}],
  budget: [
    { size: 0 },
    { size: '8' },
    { size: 1.5 },
    { startup: 60 },
    { startup: '1h' },
    { disk: 1 },
    { size: '0GB' },
    [],
  ],
  fleet: [{ gpus: ['sm_86'] }, { gpus: '8.6' }, { gpus: [true] }, { gpu: [] }, { drivers: ['x'] }, null],
  licence: ['SMPL non commercial', [1], '', {}],
  cache: ['x'],
};

const GOOD_TOP: Readonly<Record<string, readonly unknown[]>> = {
  version: [1],
  registry: ['ghcr.io/acme/vision', 'localhost', 'localhost:5000/x', '[::1]:5000', 'a:1'],
  home: ['public', 'private'],
  fleet: [{ gpus: ['7.5', '12.0'], drivers: ['580.65.06'] }],
  upstreams: [
    {},
    { tripo: { git: 'https://github.com/a/b.git', ref: 'main' } },
    { tripo: { git: 'git@github.com:a/b.git', licence: 'MIT' }, smpl: { local: 'models' } },
    { tripo: { http: 'https://example.com/x' }, alpha: { git: 'file:///srv/x.git' } },
    { tripo: { git: 'ssh://git@example.com/x', ref: 'v1.0' } },
  ],
};

const BAD_TOP: Readonly<Record<string, readonly unknown[]>> = {
  version: [2, '1', null],
  registry: ['acme', 'ghcr.io/Acme', 'https://ghcr.io/x', 'ghcr.io/a:b', 'ghcr.io/', 5, null],
  home: ['Public', true],
  fleet: [{ gpus: 8 }, []],
  upstreams: [
    { a: {} },
    { a: null },
    { a: { git: 'https://x.y/z', http: 'https://x.y/z' } },
    { a: { http: 'https://x.y/z', ref: 'main' } },
    { a: { git: 'http://x.y/z' } },
    { a: { git: 'ext::sh' } },
    { a: { git: 'https://me:pw@x.y/z' } },
    { a: { git: 'https://x.y/z', ref: 'a..b' } },
    { a: { local: '/srv' } },
    { A: { local: 'x' } },
    { a: { local: 'x', url: 'y' } },
    [],
  ],
  image: [{}],
};

const BAD_NAMES = ['Alpha', 'a b', '-a', 'a..b', 'darkroom', 'x'.repeat(129), '', '__proto__'];

/** Each option is there now and then; one in `oneIn` of those is wrong. */
function options(
  good: Readonly<Record<string, readonly unknown[]>>,
  bad: Readonly<Record<string, readonly unknown[]>>,
  oneIn: number,
): fc.Arbitrary<[string, unknown][]> {
  const names = [...new Set([...Object.keys(good), ...Object.keys(bad)])];
  const each = names.map((name) => {
    const right = good[name] === undefined ? fc.constant(undefined) : option(name, good[name]);
    const wrong = bad[name] === undefined ? right : option(name, bad[name]);
    return fc.oneof(
      { arbitrary: fc.constant(undefined), weight: oneIn },
      { arbitrary: right, weight: oneIn - 1 },
      { arbitrary: wrong, weight: 1 },
    );
  });
  return fc.tuple(...each).map((list) => list.filter((one) => one !== undefined));
}

function option(name: string, values: readonly unknown[]): fc.Arbitrary<[string, unknown]> {
  return fc.constantFrom(...values).map((value) => [name, value]);
}

const imageName = fc.oneof(
  { arbitrary: fc.constantFrom('alpha', 'beta', 'base-python', 'constructor', '1.10'), weight: 40 },
  { arbitrary: fc.constantFrom(...BAD_NAMES), weight: 1 },
);

const image = fc.oneof(
  { arbitrary: options(GOOD, BAD, 40).map((list) => Object.fromEntries(list)), weight: 20 },
  { arbitrary: fc.constantFrom<unknown>(null, {}), weight: 8 },
  { arbitrary: fc.constantFrom<unknown>([], 'x', 1, true), weight: 1 },
);

const images = fc.oneof(
  {
    arbitrary: fc.array(fc.tuple(imageName, image), { maxLength: 3 }).map((list) => new Map(list)),
    weight: 30,
  },
  { arbitrary: fc.constantFrom<unknown>(null, [], 'x', undefined), weight: 1 },
);

const matrix = fc.tuple(options(GOOD_TOP, BAD_TOP, 20), images).map(([top, all]) => {
  return new Map<string, unknown>(all === undefined ? top : [...top, ['images', all]]);
});

describe('the schema and the parser', () => {
  it('agree on every matrix, but for the rules a schema cannot say', () => {
    const seen = { accepted: 0, refused: 0, beyond: 0 };
    const runs = 1500;
    fc.assert(
      fc.property(matrix, (value) => {
        const text = stringify(value);
        const codes = problemCodes(text);
        const structural = codes.filter((code) => !BEYOND_THE_SCHEMA.includes(code));
        const schemaAccepts = isAllowed(parse(text, { schema: 'core' }));
        expect({ schemaAccepts, text, errors: isAllowed.errors }).toEqual({
          schemaAccepts: structural.length === 0,
          text,
          errors: isAllowed.errors,
        });
        if (codes.length === 0) seen.accepted += 1;
        else if (structural.length === 0) seen.beyond += 1;
        else seen.refused += 1;
      }),
      { numRuns: runs },
    );
    expect(seen.accepted).toBeGreaterThan(runs * 0.2);
    expect(seen.refused).toBeGreaterThan(runs * 0.2);
    expect(seen.beyond).toBeGreaterThan(runs * 0.02);
  });

  const single = (table: Readonly<Record<string, readonly unknown[]>>) =>
    Object.entries(table).flatMap(([name, values]) => values.map((value) => [name, value] as const));

  test.each([
    ...single(GOOD).map(([name, value]) => [{ images: { a: { [name]: value } } }] as const),
    ...single(GOOD_TOP).map(([name, value]) => [{ images: {}, [name]: value }] as const),
  ])('both accept %j', (value) => {
    const codes = problemCodes(stringify(value)).filter((code) => !BEYOND_THE_SCHEMA.includes(code));
    expect([codes, isAllowed(value)]).toEqual([[], true]);
  });

  test.each([
    ...single(BAD).map(([name, value]) => [{ images: { a: { [name]: value } } }] as const),
    ...single(BAD_TOP).map(([name, value]) => [{ images: {}, [name]: value }] as const),
    ...BAD_NAMES.map((name) => [{ images: Object.fromEntries([[name, {}]]) }] as const),
  ])('both refuse %j', (value) => {
    const codes = problemCodes(stringify(value)).filter((code) => !BEYOND_THE_SCHEMA.includes(code));
    expect([codes.length > 0, isAllowed(value)]).toEqual([true, false]);
  });

  const definitions: Readonly<Record<string, kinds.ValueKind>> = {
    imageName: kinds.IMAGE_NAME,
    registry: kinds.REGISTRY,
    alias: kinds.ALIAS,
    folder: kinds.FOLDER,
    contextFile: kinds.CONTEXT_FILE,
    dockerfilePath: kinds.DOCKERFILE_PATH,
    contextSource: kinds.CONTEXT_SOURCE,
    contextName: kinds.CONTEXT_NAME,
    stage: kinds.STAGE,
    variable: kinds.VARIABLE,
    secretId: kinds.SECRET_ID,
    secretFile: kinds.SECRET_FILE,
    secretVersion: kinds.SECRET_VERSION,
    labelKey: kinds.LABEL_KEY,
    tagTemplate: kinds.TAG_TEMPLATE,
    runnerLabel: kinds.RUNNER,
    size: kinds.SIZE,
    duration: kinds.DURATION,
    gpu: kinds.GPU,
    driver: kinds.DRIVER,
    licenceId: kinds.LICENCE,
    gitUrl: kinds.GIT_URL,
    gitRef: kinds.GIT_REF,
    httpUrl: kinds.HTTP_URL,
  };

  it.each(Object.entries(definitions))('have the same pattern for %s', (name, kind) => {
    const { pattern = '', maxLength } = SCHEMA.$defs[name] ?? {};
    expect({ pattern, maxLength }).toEqual({
      // JSON has no need to escape the slash.
      pattern: kind.pattern.source.replaceAll('\\/', '/'),
      maxLength: kind.maxLength,
    });
  });

  it('have no other pattern, and the same platforms', () => {
    const patterns = Object.entries(SCHEMA.$defs).filter(
      ([, definition]) => definition.pattern !== undefined,
    );
    expect(patterns.map(([name]) => name).sort()).toEqual(Object.keys(definitions).sort());
    expect(SCHEMA.$defs.platform?.enum).toEqual(kinds.PLATFORMS);
  });
});

function problemCodes(text: string): string[] {
  try {
    parseMatrix(text, 'm.yml');
    return [];
  } catch (error) {
    if (error instanceof DarkroomError) return error.problems.map(({ code }) => code);
    throw error;
  }
}
