import { describe, expect, it, test } from '@jest/globals';
import { DarkroomError } from '../../../../actions/lib/errors/darkroom-error.ts';
import type { ImageDeclaration } from '../../../../actions/lib/matrix/matrix.ts';
import { parseMatrix } from '../../../../actions/lib/matrix/parse-matrix.ts';

const BROKEN = `version: 2
registery: ghcr.io/acme/vision
upstreams:
  smpl: { local: ../models, licence: SMPL non commercial }
  triposg: { git: https://github.com/VAST-AI-Research/TripoSG.git, http: https://example.com/x }
fleet: { gpus: [8, "9.0"], drivers: [580.65.06] }
images:
  Base-Python: {}
  pose-service:
    contxt: services/pose
    dockerfile: ../../../Dockerfile
    platforms: [linux/amd46, linux/amd64, linux/amd64]
    contexts: { models: upstream:smlp }
    args: { CUDA_VERSION: , 2FAST: 1 }
    aliases: [pose, "python@3.11"]
    tags: ["{brnch}", "key-{semver}", main, main]
    budget: { size: 8 GB, startup: 60 }
  smpl:
    aliases: [docker.io/library/pose]
    secrets: { hf-token: { env: HF-TOKEN, file: /x } }
    secrets: {}
`;

const TEMPLATE =
  'letters, digits, "_", "." and "-", with the placeholders {branch}, {semver}, {major}, {minor}, not starting with "key-", "pre-", "cache-", which Darkroom uses';
const NAME =
  'lower-case letters and digits, with single ".", "_" or "-" between them, such as "pose-service" ("darkroom" is kept for plans)';
const OPTIONS =
  'context, dockerfile, target, args, platforms, contexts, aliases, secrets, labels, tags and 5 more';
const TOP = 'version, registry, home, upstreams, fleet, images';
const REGISTRY = 'host[:port][/path] in lower case, without scheme or tag, such as ghcr.io/acme/vision';
const FOLDER = 'a path from the top of the repository with "/" and without "..", such as containers/base';

describe('a broken matrix', () => {
  it('reports every mistake at once, in the order of the file', () => {
    expect(complaints(BROKEN)).toEqual([
      'm.yml:1:10: version is "2"; expected 1.\n  A later version needs a later Darkroom.',
      `m.yml:2:1: the matrix has an unknown option "registery"; allowed: ${TOP}.\n  Did you mean "registry"?`,
      `m.yml:4:18: upstreams.smpl.local "../models" is not a folder of the repository; expected ${FOLDER}.`,
      'm.yml:4:38: upstreams.smpl.licence "SMPL non commercial" is not a licence id; expected one SPDX id, or one of your own in that form, such as "SMPL-non-commercial".\n  Did you mean "SMPL-non-commercial"?',
      'm.yml:5:3: upstreams.triposg has "git" and "http"; expected exactly one of git, http, local.',
      'm.yml:6:17: fleet.gpus "8" is not a compute capability; expected MAJOR.MINOR, such as "8.6".\n  Did you mean "8.0"?',
      `m.yml:8:3: images "Base-Python" is not a name; expected ${NAME}.\n  Did you mean "base-python"?`,
      `m.yml:10:5: images.pose-service has an unknown option "contxt"; allowed: ${OPTIONS}.\n  Did you mean "context"?`,
      'm.yml:11:17: images.pose-service.dockerfile "../../../Dockerfile" leaves the repository from the context "containers/pose-service".\n  Write the path relative to the context.',
      'm.yml:12:17: images.pose-service.platforms "linux/amd46" is not known; expected one of linux/amd64, linux/amd64/v2, linux/amd64/v3, linux/amd64/v4, linux/arm64, linux/arm/v5, linux/arm/v6, linux/arm/v7, linux/386, linux/loong64 and 5 more.\n  Did you mean "linux/amd64"?',
      'm.yml:12:43: images.pose-service.platforms "linux/amd64" is written twice.',
      'm.yml:13:25: images.pose-service.contexts.models names the upstream "smlp", which is not defined; defined: smpl, triposg.\n  Did you mean "smpl"?',
      'm.yml:14:27: images.pose-service.args.CUDA_VERSION has no value; expected text, a number, true or false.\n  Write CUDA_VERSION: "" for an empty value.',
      'm.yml:14:29: images.pose-service.args "2FAST" is not a variable name; expected letters, digits and "_", not starting with a digit, such as CUDA_VERSION.',
      'm.yml:15:21: images.pose-service.aliases "python@3.11" is not an alias; expected an image reference without digest, such as docker.io/acme/tools or acme/tools:dev.\n  Did you mean "python"?',
      `m.yml:16:12: images.pose-service.tags "{brnch}" is not a tag template; expected ${TEMPLATE}.\n  Did you mean "{branch}"?`,
      `m.yml:16:23: images.pose-service.tags "key-{semver}" is not a tag template; expected ${TEMPLATE}.`,
      'm.yml:16:45: images.pose-service.tags "main" is written twice.',
      'm.yml:17:21: images.pose-service.budget.size "8 GB" is not a size; expected a number of bytes, or a number with MB, GB, MiB or GiB, such as 8GB.\n  Did you mean "8GB"?',
      'm.yml:17:36: images.pose-service.budget.startup is "60"; expected text: a number with s (seconds) or m (minutes), such as 60s.\n  Write it in quotes: "60s".',
      'm.yml:18:3: images.smpl has the name of an upstream; expected a name of its own.',
      'm.yml:19:15: images.smpl.aliases "docker.io/library/pose" belongs to images.pose-service already (m.yml:15:15).',
      'm.yml:20:16: images.smpl.secrets.hf-token has "env" and "file"; expected one of them.',
      'm.yml:20:33: images.smpl.secrets.hf-token.env "HF-TOKEN" is not a variable name; expected letters, digits and "_", not starting with a digit, such as CUDA_VERSION.\n  Did you mean "HF_TOKEN"?',
      'm.yml:21:5: key "secrets" is written twice; it stands in line 20 already.',
    ]);
  });

  it('is wrong use, not a failed task', () => {
    expect(failure('images: []').kind).toBe('use');
  });
});

describe('text that is no good YAML', () => {
  test.each([
    ['an empty file', '', `m.yml:1:1: the matrix has no value; expected a map with ${TOP}.`],
    ['a list', '- a', `m.yml:1:1: the matrix is a list; expected a map with ${TOP}.`],
    ['a tab', 'images:\n\ta: {}', 'm.yml:2:1: not readable as YAML: tabs are not allowed as indentation.'],
    [
      'bad indentation',
      'images:\n  a: {\n  b: 1',
      'm.yml:3:3: not readable as YAML: flow map in block collection must be sufficiently indented and end with a }.',
    ],
    ['an unknown tag', 'images: !image {}', 'm.yml:1:9: not readable as YAML: unresolved tag: !image.'],
    [
      'a second document',
      'images: {}\n---\nimages: {}',
      'm.yml:2:1: not readable as YAML: a second document starts here, expected one.',
    ],
    [
      'an alias without anchor',
      'images: { a: &one {}, b: *on }',
      'm.yml:1:26: alias "*on" has no anchor "&on" before it.\n  Did you mean "*one"?',
    ],
    [
      'an alias in itself',
      'images: { a: &a { contexts: *a } }',
      'm.yml:1:29: alias "*a" stands inside the value it repeats.',
    ],
    ['a list as a key', 'images: { [a]: {} }', 'm.yml:1:11: a list cannot be a key; expected text.'],
    [
      'a merge of text',
      'images: { a: { <<: b } }',
      'm.yml:1:20: "<<" takes a map or a list of maps, such as "<<: *base".',
    ],
  ])('%s is named where it stands', (_, text, complaint) => {
    expect(complaints(text)).toEqual([complaint]);
  });

  it('says so once when it is nested beyond any reader', () => {
    expect(complaints('['.repeat(50_000))).toEqual([
      expect.stringMatching(/^m\.yml:1:\d+: not readable as YAML: it is nested too deeply\.$/),
    ]);
  });

  it('does not write out an alias bomb', () => {
    const lines = ['a: &a [x, x, x, x, x, x, x, x, x, x]'];
    for (const [index, name] of [...'bcdefghijklm'].entries()) {
      const before = 'abcdefghijkl'.charAt(index);
      lines.push(`${name}: &${name} [${Array(10).fill(`*${before}`).join(', ')}]`);
    }
    expect(complaints(lines.join('\n'))).toEqual([
      'm.yml:1:1: the file holds more than 200000 values once its aliases are written out.',
    ]);
  });
});

describe('one mistake', () => {
  test.each([
    [
      'registry: https://ghcr.io/Acme',
      `registry "https://ghcr.io/Acme" is not a registry; expected ${REGISTRY}`,
      'ghcr.io/acme',
    ],
    [
      'registry: acme/vision',
      `registry "acme/vision" is not a registry; expected ${REGISTRY}`,
      'docker.io/acme/vision',
    ],
    [
      'registry: ghcr.io/acme:main',
      `registry "ghcr.io/acme:main" is not a registry; expected ${REGISTRY}`,
      undefined,
    ],
    ['home: Private', 'home "Private" is not known; expected one of public, private', 'private'],
    ['home: true', 'home is "true"; expected public or private', undefined],
    [
      'upstreams: { a: git }',
      'upstreams.a is "git"; expected a map, such as { git: https://…, ref: main }',
      undefined,
    ],
    [
      'upstreams: { a: {} }',
      'upstreams.a has no source; expected exactly one of git, http, local',
      undefined,
    ],
    [
      'upstreams: { a: { http: https://example.com/x, ref: main } }',
      'upstreams.a has "ref" without "git"; expected it with a git source only',
      undefined,
    ],
    [
      'upstreams: { a: { git: http://example.com/x.git } }',
      'upstreams.a.git "http://example.com/x.git" is not a git address; expected https://…, ssh://…, user@host:path or file:///…, without a password',
      'https://example.com/x.git',
    ],
    [
      'upstreams: { a: { git: https://me:secret@example.com/x.git } }',
      'upstreams.a.git "https://me:***@example.com/x.git" is not a git address; expected https://…, ssh://…, user@host:path or file:///…, without a password',
      'https://example.com/x.git',
    ],
    [
      'upstreams: { a: { git: "ext::sh -c id" } }',
      'upstreams.a.git "ext::sh -c id" is not a git address; expected https://…, ssh://…, user@host:path or file:///…, without a password',
      undefined,
    ],
    [
      'upstreams: { a: { http: http://example.com/x } }',
      'upstreams.a.http "http://example.com/x" is not an address; expected https://host/path, without a password',
      'https://example.com/x',
    ],
    [
      'upstreams: { a: { git: https://example.com/x, ref: --upload-pack=x } }',
      'upstreams.a.ref "--upload-pack=x" is not a git ref; expected a branch, tag or commit, such as main',
      undefined,
    ],
    [
      'upstreams: { darkroom: { local: x } }',
      `upstreams "darkroom" is not a name; expected ${NAME}`,
      'darkroom-image',
    ],
    ['fleet: { gpu: [] }', 'fleet has an unknown option "gpu"; allowed: gpus, drivers', 'gpus'],
    [
      'fleet: { gpus: [sm_86] }',
      'fleet.gpus "sm_86" is not a compute capability; expected MAJOR.MINOR, such as "8.6"',
      '8.6',
    ],
  ])('at the top: %s', (line, message, meant) => {
    expect(messages(`${line}\nimages: {}`)).toEqual([
      `${message}.${meant === undefined ? '' : `\n  Did you mean "${meant}"?`}`,
    ]);
  });

  test.each([
    [
      'context: /srv',
      `context "/srv" is not a folder of the repository; expected ${FOLDER}.\n  Did you mean "srv"?`,
    ],
    [
      'context: a\\b',
      `context "a\\\\b" is not a folder of the repository; expected ${FOLDER}.\n  Did you mean "a/b"?`,
    ],
    ['context: a/../..', `context "a/../.." is not a folder of the repository; expected ${FOLDER}.`],
    ['context: ""', `context "" is not a folder of the repository; expected ${FOLDER}.`],
    [
      'dockerfile: /Dockerfile',
      'dockerfile "/Dockerfile" is not a path; expected a path relative to the context with "/", such as Dockerfile.gpu.\n  Did you mean "Dockerfile"?',
    ],
    [
      'target: 0',
      'target is "0"; expected text: the name of a stage in the Dockerfile, such as "runtime".\n  Write it in quotes: "0".',
    ],
    ['args: [A]', 'args is a list; expected a map.'],
    ['args: { A: [] }', 'args.A is a list; expected text, a number, true or false.'],
    ['platforms: []', 'platforms is a list; expected a list with something in it, such as [linux/amd64].'],
    ['platforms: linux/amd64', 'platforms is "linux/amd64"; expected a list, such as [linux/amd64].'],
    [
      'contexts: { a: docker-image:alpine }',
      'contexts.a "docker-image:alpine" is not a context; expected a folder of the repository without ".." and ":", upstream:NAME, image:NAME or docker-image://REFERENCE.',
    ],
    [
      'contexts: { a: "target:x" }',
      'contexts.a "target:x" is not a context; expected a folder of the repository without ".." and ":", upstream:NAME, image:NAME or docker-image://REFERENCE.\n  Did you mean "image:x"?',
    ],
    ['contexts: { x: image:b }', 'contexts.x names the image "b", which is not defined; defined: a.'],
    [
      'contexts: { a: upstream:x }',
      'contexts.a names the upstream "x", which is not defined; none is defined.',
    ],
    [
      'secrets: { a: { file: ~/.netrc } }',
      'secrets.a.file "~/.netrc" is not a path; expected an absolute path or one relative to the repository ("~" is not expanded).',
    ],
    [
      'labels: { "a b": 1 }',
      'labels "a b" is not a label; expected a name without blanks and "=", such as org.opencontainers.image.title.',
    ],
    [
      'budget: { size: -1 }',
      'budget.size is "-1"; expected a number of bytes, or a number with MB, GB, MiB or GiB, such as 8GB.',
    ],
    [
      'runner: [gpu, "a,b"]',
      'runner "a,b" is not a runner label; expected a label without blanks and commas, such as ubuntu-24.04.',
    ],
    [
      'smoke: ../smoke.yml',
      'smoke "../smoke.yml" is not a file of the context; expected a path relative to the context with "/" and without "..", such as smoke.yml.',
    ],
    ['license: MIT', `has an unknown option "license"; allowed: ${OPTIONS}.\n  Did you mean "licence"?`],
    ['"con\\u001b[2Jtext": x', `has an unknown option "con\\u001b[2Jtext"; allowed: ${OPTIONS}.`],
    [
      `target: ${'x'.repeat(129)}`,
      `target "${'x'.repeat(79)}…" has 129 characters; at most 128 are allowed.`,
    ],
  ])('in an image: %s', (line, message) => {
    const [only, ...others] = messages(`images:\n  a:\n    ${line}`);
    expect(others).toEqual([]);
    expect(only).toBe(message.startsWith('has ') ? `images.a ${message}` : `images.a.${message}`);
  });

  it('a matrix without images says what to write', () => {
    expect(complaints('version: 1')).toEqual([
      'm.yml:1:1: the matrix has no "images"; expected a map of images, such as images: { base-python: {} }.',
    ]);
  });

  it('an alias may not be the name of another image', () => {
    expect(messages('images: { a: {}, b: { aliases: [a, b] } }')).toEqual([
      'images.b.aliases "a" is the name of another image; expected a reference that is nobody\'s name.',
    ]);
  });
});

describe('a good matrix', () => {
  it.each([
    'images: { base-python: {} }',
    'images: { base-python: }',
    'version: 1\nimages:\n  base-python:\n',
  ])('needs nothing but names: %j', (text) => {
    const { place, ...rest } = image(text, 'base-python');
    expect(place).toMatchObject({ file: 'm.yml' });
    expect(rest).toEqual({
      name: 'base-python',
      context: 'containers/base-python',
      dockerfile: 'containers/base-python/Dockerfile',
      args: {},
      platforms: ['linux/amd64'],
      contexts: new Map(),
      aliases: [],
      secrets: [],
      labels: {},
      tags: ['{branch}'],
      runner: [],
      budget: {},
      licence: [],
    });
  });

  it('reads every option', () => {
    const text = `
registry: localhost:5000/acme
home: private
upstreams:
  tripo: { git: git@github.com:acme/tripo.git, licence: [MIT] }
  weights: { http: https://example.com/weights.bin }
  smpl: { local: ./models//smpl/, licence: SMPL }
fleet: { gpus: ["7.5", 8.0, 8.0], drivers: [580.65] }
images:
  colmap:
    context: ./services/colmap/
    dockerfile: ../docker/colmap.Dockerfile
    target: runtime
    args: { CUDA: 12.10, HEX: 0x1F, FAST: True, EMPTY: "", __proto__: 1, TEXT: "8.0" }
    platforms: [linux/arm64, linux/amd64]
    contexts: { sources: upstream:tripo, shared: libs/, base: image:colmap, os: docker-image://debian:13 }
    aliases: [docker.io/acme/colmap]
    secrets: { hf-token: , key: { env: MY_KEY, version: 2 }, cert: { file: /run/cert.pem, version: "1.10" } }
    labels: { constructor: 1.50 }
    tags: []
    runner: self-hosted
    smoke: tests/smoke.yml
    budget: { size: 1.5GiB, startup: 2m }
    fleet: { gpus: [10.0] }
    licence: GPL-3.0-only
`;
    const matrix = parseMatrix(text, 'm.yml');
    expect(matrix).toMatchObject({
      registry: 'localhost:5000/acme',
      home: 'private',
      fleet: { gpus: ['7.5', '8.0'], drivers: ['580.65'] },
    });
    expect([...matrix.upstreams.values()].map(({ place: _, ...upstream }) => upstream)).toEqual([
      {
        name: 'tripo',
        source: { kind: 'git', url: 'git@github.com:acme/tripo.git', ref: 'HEAD' },
        licence: ['MIT'],
      },
      { name: 'weights', source: { kind: 'http', url: 'https://example.com/weights.bin' }, licence: [] },
      { name: 'smpl', source: { kind: 'local', path: 'models/smpl' }, licence: ['SMPL'] },
    ]);
    const colmap = image(text, 'colmap');
    expect(Object.entries(colmap.args)).toEqual([
      ['CUDA', '12.10'],
      ['HEX', '0x1F'],
      ['FAST', 'True'],
      ['EMPTY', ''],
      ['__proto__', '1'],
      ['TEXT', '8.0'],
    ]);
    expect(Object.entries(colmap.labels)).toEqual([['constructor', '1.50']]);
    expect(colmap).toMatchObject({
      context: 'services/colmap',
      dockerfile: 'services/docker/colmap.Dockerfile',
      target: 'runtime',
      platforms: ['linux/arm64', 'linux/amd64'],
      aliases: ['docker.io/acme/colmap'],
      secrets: [
        { id: 'hf-token', source: { kind: 'env', name: 'HF_TOKEN' }, version: '1' },
        { id: 'key', source: { kind: 'env', name: 'MY_KEY' }, version: '2' },
        { id: 'cert', source: { kind: 'file', path: '/run/cert.pem' }, version: '1.10' },
      ],
      tags: [],
      runner: ['self-hosted'],
      smoke: 'tests/smoke.yml',
      budget: { sizeBytes: 1_610_612_736, startupSeconds: 120 },
      fleet: { gpus: ['10.0'], drivers: ['580.65'] },
      licence: ['GPL-3.0-only'],
    });
    expect(colmap.contexts.get('sources')).toMatchObject({ kind: 'upstream', name: 'tripo' });
    expect(colmap.contexts.get('shared')).toMatchObject({ kind: 'folder', path: 'libs' });
    expect(colmap.contexts.get('base')).toMatchObject({ kind: 'image', name: 'colmap' });
    expect(colmap.contexts.get('os')).toMatchObject({ kind: 'docker-image', reference: 'debian:13' });
  });

  it('keeps the order of the file, whatever the names look like', () => {
    const { images } = parseMatrix('images: { "10": , "9": , constructor: , a: }', 'm.yml');
    expect([...images.keys()]).toEqual(['10', '9', 'constructor', 'a']);
  });

  it('shares options by anchors and merge keys, its own options first', () => {
    const text = `images:
  cpu: &cpu { context: ., target: cpu, args: { A: 1 } }
  gpu: { <<: *cpu, target: gpu }
  both: { <<: [{ target: one }, { target: two, smoke: s.yml }] }
`;
    expect(image(text, 'gpu')).toMatchObject({
      context: '.',
      dockerfile: 'Dockerfile',
      target: 'gpu',
      args: { A: '1' },
    });
    expect(image(text, 'both')).toMatchObject({ target: 'one', smoke: 's.yml' });
  });

  it('may have no image yet', () => {
    expect(parseMatrix('images: {}', 'm.yml').images.size).toBe(0);
  });
});

function image(text: string, name: string): ImageDeclaration {
  const found = parseMatrix(text, 'm.yml').images.get(name);
  if (found === undefined) throw new Error(`no image ${name}`);
  return found;
}

function failure(text: string): DarkroomError {
  try {
    parseMatrix(text, 'm.yml');
  } catch (error) {
    if (error instanceof DarkroomError) return error;
    throw error;
  }
  throw new Error('the matrix was accepted');
}

/** Each problem as it is printed. */
function complaints(text: string): string[] {
  return failure(text).message.split(/\n(?=m\.yml)/);
}

function messages(text: string): string[] {
  return complaints(text).map((line) => line.replace(/^m\.yml:\d+:\d+: /, ''));
}
