import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { BuildRequest } from '../../actions/lib/buildkit/build-args.ts';
import { type BuildImageOptions, buildImage } from '../../actions/lib/buildkit/build-image.ts';
import { buildWithRetries } from '../../actions/lib/buildkit/build-with-retries.ts';
import type { BuildProgress } from '../../actions/lib/buildkit/progress.ts';
import { startTestEngine } from '../support/engine.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { createImageBuilds, type Extras, type ImageBuilds } from '../support/image-builds.ts';
import { type RegistryProgram, startRegistryProgram } from '../support/registry-program.ts';

jest.setTimeout(180_000);

const UPLOAD = { method: 'POST', path: /\/blobs\/uploads\// } as const;
const busy = {
  status: 429,
  headers: { 'content-type': 'application/json' },
  body: '{"errors":[{"code":"TOOMANYREQUESTS","message":"slow down"}]}',
};

let builds: ImageBuilds;
let registry: string;
let proxy: FaultProxy;

beforeAll(async () => {
  const test = await startTestEngine();
  registry = test.registry;
  builds = await createImageBuilds(test.engine, registry);
  proxy = await startFaultProxy(registry);
});

afterEach(() => proxy.heal());

afterAll(async () => {
  await proxy?.close();
  await builds?.remove();
});

/** A step that was never run before. */
const fresh = (): string => `FROM base\nRUN echo ${randomUUID()} > /once\n`;
const through = (name: string): string => builds.repository(name).replace(registry, proxy.host);

/** Builds with retries that do not wait; `onRetry` happens before each further attempt. */
function retrying(onRetry: (line: string) => void): Pick<Extras, 'by'> {
  const ports = { build: buildImage, wait: async () => undefined, random: () => 0 };
  return {
    by: (request: BuildRequest, options: BuildImageOptions) =>
      buildWithRetries(request, { ...options, onRetry }, ports),
  };
}

describe('a registry that fails a build', () => {
  it('is tried again after it was busy, and the step that was done is not run again', async () => {
    const lines: string[] = [];
    proxy.inject({ ...UPLOAD, damage: busy });
    const built = await builds.build('busy', fresh(), {
      image: through('busy'),
      ...retrying((line) => {
        lines.push(line);
        proxy.heal();
      }),
    });
    expect(built).toMatchObject({ cachedSteps: 1, totalSteps: 1 });
    expect(lines).toEqual([
      `attempt 1 of 3 failed, the next starts in 3 s: "${through('busy')}" could not be pushed: toomanyrequests: slow down`,
    ]);
  });

  it('is given up after three attempts', async () => {
    const lines: string[] = [];
    proxy.inject({ ...UPLOAD, damage: busy });
    const failing = builds.build('ill', fresh(), {
      ...{ image: through('ill'), ...retrying((line) => lines.push(line)) },
    });
    await expect(failing).rejects.toMatchObject({ problems: [{ code: 'build/push-unreachable' }] });
    expect(lines).toHaveLength(2);
  });

  it('does not make a step run twice that fails by itself, whatever it prints', async () => {
    const lines: string[] = [];
    const dockerfile =
      'FROM base\nRUN echo "connection reset by peer: 503 Service Unavailable" >&2; exit 100\n';
    const failing = builds.build(
      'own-fault',
      dockerfile,
      retrying((line) => lines.push(line)),
    );
    await expect(failing).rejects.toMatchObject({ problems: [{ code: 'build/run-failed' }] });
    expect(lines).toEqual([]);
  });

  it.each<[string, Parameters<FaultProxy['inject']>[0]['damage']]>([
    ['is not there', { status: 404 }],
    ['asks for a login', { status: 401 }],
    ['refuses', { status: 403 }],
    ['is busy', busy],
    ['is ill', { status: 500 }],
    ['hangs up', 'reset'],
  ])('does not matter to a build that only reads its cache when it %s', async (_, damage) => {
    proxy.inject({ damage });
    const cacheFrom = [`${through('cached')}:cache-main`];
    await expect(builds.build('cached', fresh(), { cacheFrom })).resolves.toMatchObject({ totalSteps: 1 });
    expect(proxy.requests.some(({ path }) => path.endsWith('/manifests/cache-main'))).toBe(true);
  });

  it.each([401, 403, 429, 500])(
    'does not matter to a build whose cache it does not take: %i',
    async (status) => {
      proxy.inject({ ...UPLOAD, damage: { status } });
      const cacheTo = `${through('cached')}:cache-main`;
      await expect(builds.build('cached', fresh(), { cacheTo })).resolves.toMatchObject({ totalSteps: 1 });
      expect(proxy.requests.some((request) => request.status === status)).toBe(true);
    },
  );
});

describe('a registry that asks for a login', () => {
  let guarded: RegistryProgram;

  beforeAll(async () => {
    guarded = await startRegistryProgram({
      // bcrypt of the password "s3cret".
      files: { htpasswd: 'ann:$2b$05$abcdefghijklmnopqrstuuLK7U1u6pVRmL7L1BBM2aS35PSZnDXlK\n' },
      settings: (folder) => ({ auth: { htpasswd: { realm: 'test', path: path.join(folder, 'htpasswd') } } }),
    });
  });

  afterAll(() => guarded?.stop());

  /** A Docker configuration of a caller's own, as a folder that holds nothing else. */
  const configuration = async (password: string | null): Promise<Readonly<Record<string, string>>> => {
    const folder = path.join(builds.work, `config-${password ?? 'empty'}`);
    await mkdir(folder, { recursive: true });
    const auths = { [guarded.host]: { auth: Buffer.from(`ann:${password}`).toString('base64') } };
    await writeFile(path.join(folder, 'config.json'), JSON.stringify(password === null ? {} : { auths }));
    return { DOCKER_CONFIG: folder };
  };
  const image = (): string => `${guarded.host}/acme/guarded`;

  it('is pushed to, read and given a cache with the logins of the configuration Buildx is given', async () => {
    const env = await configuration('s3cret');
    const cache = `${image()}:cache-main`;
    const { digest } = await builds.build('guarded', fresh(), { env, image: image(), cacheTo: cache });
    let progress: BuildProgress | undefined;
    await builds.build('child-of-guarded', 'FROM parent\nRUN cat /once\n', {
      ...{ env, bindings: [{ name: 'parent', ref: `${image()}@${digest}` }], cacheFrom: [cache] },
      onProgress: (now) => {
        progress = now;
      },
    });
    const imports = [...(progress?.vertices.values() ?? [])].filter(({ name }) =>
      name.startsWith('importing'),
    );
    expect(imports.map(({ error }) => error)).toEqual(['']);
  });

  it.each([['no login', null] as const, ['a wrong password', 'wrong'] as const])(
    'says whose permission is missing for %s',
    async (_, password) => {
      const env = await configuration(password);
      const { digest } = await builds.build('guarded', fresh(), {
        ...{ env: await configuration('s3cret'), image: image() },
      });
      await expect(builds.build('refused', fresh(), { env, image: image() })).rejects.toMatchObject({
        worthRetry: false,
        problems: [
          {
            code: 'build/push-denied',
            message: expect.stringContaining(`"${image()}" could not be pushed, the registry refuses: `),
            hint: expect.stringContaining(
              `Log in to "${guarded.host}" as somebody who may write "acme/guarded".`,
            ),
          },
        ],
      });
      const ref = `${image()}@${digest}`;
      const child = builds.build('refused-child', 'FROM parent\nRUN cat /once\n', {
        ...{ env, bindings: [{ name: 'parent', ref }] },
      });
      await expect(child).rejects.toMatchObject({
        worthRetry: false,
        problems: [
          {
            code: 'build/base-denied',
            message: expect.stringContaining(`"${ref}" could not be pulled, the registry refuses: `),
            hint: expect.stringContaining('as somebody who may read "acme/guarded".'),
          },
        ],
      });
    },
  );
});
