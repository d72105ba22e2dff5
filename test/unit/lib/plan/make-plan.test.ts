import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { repositoryOf } from '../../../../actions/lib/image/repository-of.ts';
import { keyTag, preTag } from '../../../../actions/lib/key/content-key.ts';
import { PREIMAGE_TYPE } from '../../../../actions/lib/plan/earlier-builds.ts';
import type { PlannedWork } from '../../../../actions/lib/plan/make-plan.ts';
import { parsePlan } from '../../../../actions/lib/plan/read-plan.ts';
import { publishPlan } from '../../../../actions/lib/publish/publish-plan.ts';
import { PUBLISHED_TYPE } from '../../../../actions/lib/publish/published-record.ts';
import { putJson } from '../../../../actions/lib/registry/artifact.ts';
import { createRegistryClient } from '../../../../actions/lib/registry/registry-client.ts';
import { type FakeRegistry, startFakeRegistry } from '../../../support/fake-registry.ts';
import { createRepo, type TestRepo } from '../../../support/git-repo.ts';
import { lfsPointer } from '../../../support/lfs.ts';
import { makeTestPlan, type TestPlanOptions } from '../../../support/make-test-plan.ts';

const MATRIX = 'images: { base: {}, app: {}, other: { tags: [] } }';
const KEYED = { key: 'e'.repeat(64), digest: `sha256:${'d'.repeat(64)}` };
const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

describe('makePlan', () => {
  let repo: TestRepo;
  let registry: FakeRegistry;
  const client = createRegistryClient({ sleep: async () => {} });

  beforeEach(async () => {
    [repo, registry] = await Promise.all([createRepo(), startFakeRegistry()]);
    repo.write('containers/base/Dockerfile', 'FROM python:3.11-slim\nCOPY lib /lib\n');
    repo.write('containers/base/lib/a.py', 'a = 1\n');
    repo.write('containers/app/Dockerfile', 'FROM base\nCOPY main.py /\n');
    repo.write('containers/app/main.py', 'print(1)\n');
    repo.write('containers/app/README.md', 'not copied\n');
    repo.write('containers/other/Dockerfile', 'FROM scratch\n');
    repo.commit();
  });
  afterEach(async () => {
    repo.remove();
    await registry.close();
  });

  const target = () => `${registry.host}/test`;
  const plan = (options: Partial<TestPlanOptions> = {}): Promise<PlannedWork> =>
    makeTestPlan({ dir: repo.dir, matrix: MATRIX, client, target: target(), ...options });
  const actions = ({ plan }: PlannedWork) =>
    plan.images.map(({ name, action }) => `${name} ${action}`).join(', ');
  const reasons = ({ plan }: PlannedWork, name: string) =>
    plan.images.find((image) => image.name === name)?.reasons;

  /** Puts something at every key of a plan, as a build would; `content` tells one build of a key from another. */
  async function build(work: PlannedWork, content = ''): Promise<void> {
    const repositories = repositoryOf(target());
    const built = new Map<string, string>();
    for (const { id } of work.graph.nodes) {
      const keyed = work.nodes.get(id);
      if (keyed === undefined || keyed.key === null) continue;
      const { name } = keyed.node.image;
      const { repository } = repositories(name);
      const config = registry.setBlob(repository, Buffer.from('{"os":"linux","architecture":"amd64"}'));
      const descriptor = { mediaType: 'application/vnd.oci.image.config.v1+json', digest: config, size: 37 };
      const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config: descriptor, layers: [] };
      const bytes = Buffer.from(JSON.stringify({ ...manifest, annotations: { id, content } }));
      const digest = registry.setManifest(repository, keyTag(keyed.key), bytes, OCI_MANIFEST);
      built.set(id, `${target()}/${name}@${digest}`);
      const parents = keyed.node.references.filter((one) => one.kind === 'parent');
      const bound = Object.fromEntries(parents.map(({ written, node }) => [written, built.get(node)]));
      const ref = { ...repositories(name), tag: preTag(keyed.key) };
      await putJson(client, ref, PREIMAGE_TYPE, { preimage: keyed.preimage, image: digest, bound });
    }
  }

  /** Builds and publishes it. */
  async function develop(work: PlannedWork): Promise<void> {
    await build(work);
    await publishPlan(client, { plan: work.plan, known: new Map(), history: null, explicit: false });
  }

  it('builds what has no key, in waves, and leaves alone what nothing needs', async () => {
    const work = await plan();
    expect(actions(work)).toBe('base build, app build, other unneeded');
    expect(work.plan.images.map((image) => image.wave)).toEqual([1, 2, null]);
    expect(reasons(work, 'base')).toEqual(['nothing was published before']);
  });

  it('is a document that its schema accepts', async () => {
    const schema = JSON.parse(readFileSync('actions/lib/plan/plan.schema.json', 'utf8'));
    const validate = new Ajv2020({ allErrors: true }).compile(schema);
    const plans = [
      await plan(),
      await plan({ client: null }),
      await plan({
        pins: { 'docker.io/library/python:3.11-slim': { state: 'missing', reason: 'no', isFault: true } },
      }),
    ];
    for (const { plan } of plans) expect(validate(plan) ? [] : validate.errors).toEqual([]);
  });

  it('finds every key once it is there, with its digest', async () => {
    await develop(await plan());
    const again = await plan();
    expect(actions(again)).toBe('base hit, app hit, other hit');
    expect(again.plan.images.every((image) => image.digest?.startsWith('sha256:'))).toBe(true);
  });

  it('rebuilds one image when a file it copies changes, and names the file', async () => {
    await develop(await plan());
    repo.write('containers/app/main.py', 'print(2)\n');
    const changed = await plan();
    expect(actions(changed)).toBe('base hit, app build, other hit');
    expect(reasons(changed, 'app')).toEqual(['containers/app/main.py changed']);
    expect(changed.plan.source.dirty).toEqual(['containers/app/main.py']);
  });

  it('rebuilds what stands on a changed image, and says so', async () => {
    await develop(await plan());
    repo.write('containers/base/lib/b.py', 'b = 1\n');
    const changed = await plan();
    expect(actions(changed)).toBe('base build, app build, other hit');
    expect(reasons(changed, 'base')).toEqual(['containers/base/lib/b.py was added']);
    expect(reasons(changed, 'app')?.[0]).toMatch(/^parent base changed/);
  });

  it('rebuilds nothing for a file that nothing copies', async () => {
    await develop(await plan());
    repo.write('containers/app/README.md', 'changed\n');
    repo.write('elsewhere.txt', 'new\n');
    expect(actions(await plan())).toBe('base hit, app hit, other hit');
  });

  it('gives the same keys to a dirty tree and to the commit of it', async () => {
    repo.write('containers/app/main.py', 'print(3)\n');
    const dirty = await plan();
    repo.commit();
    const clean = await plan();
    expect(clean.plan.images.map((image) => image.key)).toEqual(dirty.plan.images.map((image) => image.key));
    expect(clean.plan.source.dirty).toEqual([]);
    expect(clean.plan.source.tree).toBe(dirty.plan.source.tree);
  });

  it('refuses to plan a commit while a file it builds is changed, and only then', async () => {
    repo.write('containers/app/README.md', 'not copied');
    repo.write('untracked', '1');
    await plan({ of: 'commit' });
    repo.write('containers/app/main.py', 'print(4)\n');
    repo.delete('containers/base/lib/a.py');
    await expect(plan({ of: 'commit' })).rejects.toThrow(
      'Files that are built differ from the commit: "containers/app/main.py", "containers/base/lib/a.py".',
    );
  });

  it('keys a parent for each platform that an image stands on', async () => {
    repo.write(
      'containers/app/Dockerfile',
      'FROM --platform=linux/arm64 acme/base AS arm\nFROM base\nCOPY --from=arm /lib /arm\n',
    );
    const matrix =
      'images: { base: { platforms: [linux/amd64, linux/arm64], aliases: [acme/base] }, app: {} }';
    const { nodes } = await plan({ matrix });
    const app = nodes.get('app');
    expect(app === undefined || app.key === null ? {} : app.preimage.parents).toEqual({
      base: nodes.get('base@linux/amd64')?.key,
      'acme/base': nodes.get('base@linux/arm64')?.key,
    });
  });

  it('says which upstream moved, from which digest to which', async () => {
    await develop(await plan());
    const pin = `sha256:${'9'.repeat(64)}`;
    const moved = await plan({
      pins: { 'docker.io/library/python:3.11-slim': { state: 'pinned', pin, ref: pin } },
    });
    expect(reasons(moved, 'base')?.[0]).toMatch(
      /^upstream python:3.11-slim moved from sha256:\w+… to sha256:9999/,
    );
  });

  it('has no key where an upstream is to be made, and says what', async () => {
    const work = await plan({
      pins: { 'docker.io/library/python:3.11-slim': { state: 'unmade', how: "from Debian's packages" } },
    });
    expect(work.plan.images.map(({ name, key, action }) => [name, key === null, action])).toEqual([
      ['base', true, 'build'],
      ['app', true, 'build'],
      ['other', false, 'unneeded'],
    ]);
    expect(reasons(work, 'base')).toEqual([
      "docker.io/library/python:3.11-slim is to be made: from Debian's packages",
    ]);
    expect(reasons(work, 'app')).toEqual(['its parent base has no key yet']);
  });

  it('blocks what cannot be had, with what stands on it, and plans the rest', async () => {
    const pins = {
      'docker.io/library/python:3.11-slim': { state: 'missing', reason: 'nobody answers', isFault: false },
    } as const;
    const work = await plan({ pins, matrix: 'images: { base: {}, app: {}, other: {} }' });
    expect(actions(work)).toBe('base blocked, app blocked, other build');
    expect(reasons(work, 'base')).toEqual([
      'containers/base/Dockerfile:1: docker.io/library/python:3.11-slim has no pin: nobody answers',
    ]);
  });

  it('names the image that a name that cannot be had may have meant', async () => {
    repo.write('containers/other/Dockerfile', 'FROM bsae\n');
    const pins = {
      'docker.io/library/bsae:latest': { state: 'missing', reason: 'no', isFault: true },
    } as const;
    expect(reasons(await plan({ pins, images: ['other'] }), 'other')).toEqual([
      'containers/other/Dockerfile:1: docker.io/library/bsae:latest has no pin: no; did you mean the image "base"?',
    ]);
  });

  it('asks nobody without a registry', async () => {
    const work = await plan({ client: null });
    expect(actions(work)).toBe('base unknown, app unknown, other unknown');
    expect(registry.requests).toEqual([]);
  });

  it('plans only what is asked for, and what that needs', async () => {
    expect(actions(await plan({ images: ['other'] }))).toBe('other build');
    await expect(plan({ images: ['ap'] })).rejects.toThrow(
      'There is no image "ap" in the matrix. Did you mean "app"? Images: base, app, other.',
    );
  });

  it.each([401, 403, 429, 500, 503])('takes an answer of %i for neither a hit nor a miss', async (status) => {
    registry.strike({ method: 'HEAD', path: /manifests\/key-/, answer: { status } });
    await expect(plan()).rejects.toThrow(String(status));
  });

  it('names every source that matches no file, at its line', async () => {
    repo.write('containers/app/Dockerfile', 'FROM base\nCOPY main.py miain.py /\nCOPY *.none nodir/ /x/\n');
    await expect(plan()).rejects.toThrow(
      [
        'containers/app/Dockerfile:2: The source "miain.py" matches no file of the context "containers/app" of "app". Did you mean "main.py"?',
        '  Expected a path relative to that folder, known to git (not in .gitignore).',
        'containers/app/Dockerfile:3: The source "nodir" matches no file of the context "containers/app" of "app".',
        '  Expected a path relative to that folder, known to git (not in .gitignore).',
      ].join('\n'),
    );
  });

  it('names every image without a Dockerfile, and the nearest one', async () => {
    await expect(plan({ matrix: 'images:\n  bas: {}\n  nothing: {}\n' })).rejects.toThrow(
      /action-matrix.yml:2:3: The image "bas" has no Dockerfile: "containers\/bas\/Dockerfile" is not among the files git knows. Did you mean "containers\/base\/Dockerfile"\?[\s\S]*action-matrix.yml:3:3: The image "nothing" has no Dockerfile/,
    );
  });

  it('lets only declared build args into a key, and the fleet where it is declared', async () => {
    repo.write('containers/other/Dockerfile', 'FROM scratch\nARG USED\nARG TORCH_CUDA_ARCH_LIST\n');
    const matrix =
      'fleet: { gpus: ["8.6", "9.0"], drivers: [] }\nimages: { other: { args: { USED: 1, UNUSED: 2 } } }';
    const { nodes } = await plan({ matrix });
    const other = nodes.get('other');
    expect(other?.node.args).toEqual({ TORCH_CUDA_ARCH_LIST: '8.6;9.0', USED: '1' });
  });

  it('puts the content of LFS files into the key, by the path and context the spec says', async () => {
    repo.write('.gitattributes', '*.bin filter=lfs\n');
    repo.write(
      'containers/other/Dockerfile',
      'FROM scratch\nCOPY model.bin /\nCOPY --from=data model.bin /data/\n',
    );
    repo.write('containers/other/model.bin', lfsPointer('one'));
    repo.write('data/model.bin', lfsPointer('two'));
    repo.commit();
    const { nodes } = await plan({ matrix: 'images: { other: { contexts: { data: data } } }', of: 'commit' });
    const other = nodes.get('other');
    expect(other?.key !== null && other?.preimage.lfs).toEqual({
      'model.bin': createHash('sha256').update('one').digest('hex'),
      'data:model.bin': createHash('sha256').update('two').digest('hex'),
    });
  });

  it('names files that BuildKit cannot take, when something copies them', async () => {
    repo.write(Buffer.from('containers/base/lib/caf\xe9.py', 'latin1'), '1');
    await expect(plan()).rejects.toThrow(
      'The image "base" copies files whose names or link targets are not UTF-8, which BuildKit cannot take: "lib/caf\\udce9.py".',
    );
    repo.write('containers/base/.dockerignore', '**/caf*\n');
    await plan();
  });

  it('reads a hit from home and names it there', async () => {
    await develop(await plan());
    const elsewhere = await startFakeRegistry();
    try {
      const work = await plan({ target: `${elsewhere.host}/test`, home: target() });
      expect(actions(work)).toBe('base hit, app hit, other hit');
      expect(work.plan.images[0]?.ref).toMatch(new RegExp(`^${registry.host}/test/base:key-[0-9a-f]{32}$`));
    } finally {
      await elsewhere.close();
    }
  });

  it('compares with home what the target never published', async () => {
    await develop(await plan());
    const laptop = await startFakeRegistry();
    try {
      const elsewhere = `${laptop.host}/test`;
      await putJson(
        client,
        { ...repositoryOf(elsewhere)('darkroom'), tag: 'published-main' },
        PUBLISHED_TYPE,
        {
          ...{ version: 2, branch: 'main', tag: null, commit: null, state: 'done', plan: 'plan-x' },
          ...{ nodes: { new: KEYED }, tags: [], previous: null, rollback: null },
        },
      );
      repo.write('containers/app/main.py', 'print(5)\n');
      const changed = await plan({ target: elsewhere, home: target() });
      expect(reasons(changed, 'app')).toEqual(['containers/app/main.py changed']);
    } finally {
      await laptop.close();
    }
  });

  describe('a hit that may stand on another parent', () => {
    const remove = (image: string, tag: string | null | undefined) =>
      registry.removeTag(`test/${image}`, tag ?? '');
    const imageOf = ({ plan }: PlannedWork, name: string) => plan.images.find((one) => one.name === name);

    it('is built when its parent is, and says so', async () => {
      const first = await plan();
      await develop(first);
      remove('base', imageOf(first, 'base')?.tag);
      const again = await plan();
      expect(actions(again)).toBe('base build, app build, other hit');
      expect(reasons(again, 'app')).toEqual(['its parent base is rebuilt']);
      expect(imageOf(again, 'app')).toMatchObject({ digest: null, wave: 2 });
    });

    it('is built when something else stands at the key of its parent by now', async () => {
      const first = await plan({ matrix: 'images: { base: {}, app: {} }' });
      await develop(first);
      await build({ ...first, graph: { nodes: first.graph.nodes.slice(0, 1) } }, 'rebuilt');
      const again = await plan();
      expect(actions(again)).toBe('base hit, app build, other unneeded');
      expect(reasons(again, 'app')).toEqual(['it was built on another base than the one that is there now']);
    });

    it('is built when nothing says what it was built on', async () => {
      const first = await plan();
      await build(first);
      remove('app', preTag(imageOf(first, 'app')?.key ?? ''));
      expect(actions(await plan())).toBe('base hit, app build, other hit');
    });

    it('is looked at only until a publish has seen it: a look-up per key and the record', async () => {
      const first = await plan();
      await build(first);
      registry.requests.length = 0;
      expect(actions(await plan())).toBe('base hit, app hit, other hit');
      expect(registry.requests.some(({ path }) => path.includes('/manifests/pre-'))).toBe(true);
      await publishPlan(client, { plan: first.plan, known: new Map(), history: null, explicit: false });
      registry.requests.length = 0;
      expect(actions(await plan())).toBe('base hit, app hit, other hit');
      expect(
        registry.requests
          .map(({ method, path }) => `${method} ${path.replace(/-[0-9a-f]{32}|sha256:.*/, '…')}`)
          .sort(),
      ).toEqual([
        'GET /v2/test/darkroom/blobs/…',
        'GET /v2/test/darkroom/manifests/published-main',
        'HEAD /v2/test/app/manifests/key…',
        'HEAD /v2/test/base/manifests/key…',
        'HEAD /v2/test/other/manifests/key…',
      ]);
    });
  });

  it('compares a tag with its own release, then with the default branch', async () => {
    await develop(await plan());
    repo.write('containers/app/main.py', 'print(6)\n');
    const release = await plan({ event: { branch: null, tag: 'v1' } });
    expect(reasons(release, 'app')).toEqual(['containers/app/main.py changed']);
    expect(release.plan.event).toEqual({ branch: null, tag: 'v1' });
  });

  it('says what restricts an image, its own, through an upstream and through a parent', async () => {
    repo.write('containers/base/Dockerfile', 'FROM python:3.11-slim\nCOPY --from=smpl . /smpl\n');
    const matrix = `upstreams: { smpl: { local: models, licence: [SMPL-non-commercial, MIT] } }
images: { base: { contexts: { smpl: upstream:smpl } }, app: { licence: CC-BY-NC-4.0 }, other: { tags: [] } }
`;
    const python = 'docker.io/library/python:3.11-slim';
    const digest = `sha256:${'1'.repeat(64)}`;
    const pins = { [python]: { state: 'pinned', pin: `made:${digest}`, ref: digest } } as const;
    const work = await plan({ matrix, pins });
    const smpl = { kind: 'licence', name: 'SMPL-non-commercial', origin: 'upstream smpl' };
    const made = { kind: 'made', name: python, origin: 'image base' };
    expect(
      Object.fromEntries(work.plan.images.map(({ name, restrictions }) => [name, restrictions])),
    ).toEqual({
      base: [
        { ...smpl, through: null },
        { ...made, through: null },
      ],
      app: [
        { kind: 'licence', name: 'CC-BY-NC-4.0', origin: 'image app', through: null },
        { ...smpl, through: 'base' },
        { ...made, through: 'base' },
      ],
      other: [],
    });
    const stored = JSON.parse(JSON.stringify(work.plan));
    expect(await parsePlan(stored, 'here')).toEqual(stored);
    const abroad = { ...client, headManifest: async () => null, getManifest: async () => null };
    const refused = plan({ matrix, pins, target: 'registry.test/acme', client: abroad });
    await expect(refused).rejects.toMatchObject({
      problems: [
        { code: 'publish/restricted-licence', message: expect.stringContaining('"base"') },
        { code: 'publish/made-upstream', message: expect.stringContaining('"base"') },
        { code: 'publish/restricted-licence', message: expect.stringContaining('"CC-BY-NC-4.0"') },
        { code: 'publish/restricted-licence', message: expect.stringContaining('through its parent base') },
        { code: 'publish/made-upstream', message: expect.stringContaining('"app"') },
      ],
    });
  });
});
