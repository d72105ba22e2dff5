import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { PUBLISHED_TYPE, type PublishedRecord } from '../../actions/lib/publish/published-record.ts';
import { readPublished } from '../../actions/lib/publish/read-published.ts';
import { putJson } from '../../actions/lib/registry/artifact.ts';
import { ensureRegistry, stopEngine } from '../../scripts/engine/engine.ts';
import { createProject, PLATFORM, type Project } from '../support/darkroom-command.ts';
import { startTestEngine } from '../support/engine.ts';
import { makeTinyRoot } from '../support/tiny-root.ts';

jest.setTimeout(180_000);

describe('a registry that changes under a run', () => {
  let project: Project;
  let root: string;
  let registry: string;
  let state: string;
  let storage: string;

  const flags = () => ['--registry', `${registry}/home`];
  const recordRef = () => ({ registry, repository: 'home/darkroom', tag: 'published-main' });
  const head = (image: string, tag: string) =>
    project.client.headManifest({ registry, repository: `home/${image}`, tag });

  beforeAll(async () => {
    const { folders } = await startTestEngine();
    root = mkdtempSync(path.join(tmpdir(), 'darkroom-'));
    state = path.join(root, 'darkroom');
    storage = path.join(state, 'registry');
    registry = await ensureRegistry(() => {}, { ...folders, state });
    project = await createProject({
      'action-matrix.yml': `images:\n  one: { platforms: [${PLATFORM}] }\n  two: { platforms: [${PLATFORM}] }\n`,
      'containers/one/Dockerfile': 'FROM scratch\nCOPY root /\n',
      'containers/two/Dockerfile': 'FROM one\nRUN cat /proc/sys/kernel/random/uuid > /once\n',
    });
    await makeTinyRoot(path.join(project.repo.dir, 'containers/one/root'));
    project.repo.commit();
  });

  afterAll(async () => {
    const { folders } = await startTestEngine();
    await stopEngine({ ...folders, state });
    rmSync(root, { recursive: true, force: true });
    project?.repo.remove();
  });

  it('takes two runs started at once, which agree', async () => {
    const [a, b] = await Promise.all([project.rebuild(flags()), project.rebuild(flags())]);
    expect([a.exitCode, b.exitCode]).toEqual([0, 0]);
    expect(Object.keys(a.published).sort()).toEqual(['one', 'two']);
    expect(a.published).toEqual(b.published);
    expect((await head('two', 'main'))?.digest).toBe(a.published.two?.digest);
  });

  it('brings a deleted tag back without building', async () => {
    const before = await head('one', 'main');
    rmSync(path.join(storage, 'docker/registry/v2/repositories/home/one/_manifests/tags/main'), {
      recursive: true,
    });
    expect(await head('one', 'main')).toBeNull();
    expect(await project.rebuild(flags())).toMatchObject({ built: [], exitCode: 0 });
    expect(await head('one', 'main')).toEqual(before);
  });

  it('finishes a publish that was interrupted, and puts back what only that one knew', async () => {
    const record = (await readPublished(project.client, recordRef()))?.record ?? null;
    const [old, current] = [await head('one', 'main'), await head('two', 'main')];
    if (record === null || old === null || current === null) throw new Error('nothing was published');
    expect(record.state).toBe('done');
    // A tag of `two` was moved by the run that died, and another stood where it should not.
    const repository = { registry, repository: 'home/two' };
    const images = (await project.client.listTags(repository)).filter((tag) => tag.startsWith('cache-'));
    expect(images).toHaveLength(1);
    const cache = await project.client.headManifest({ ...repository, tag: images[0] ?? '' });
    if (cache === null) throw new Error('there is no cache');
    await project.client.copyManifestTag({ ...repository, digest: cache.digest }, 'stray');
    await project.client.copyManifestTag({ ...repository, digest: cache.digest }, 'main');
    const stray = { image: 'two', tag: 'stray', from: current.digest, to: cache.digest };
    const moving: PublishedRecord = { ...record, state: 'moving', tags: [...record.tags, stray] };
    await putJson(project.client, recordRef(), PUBLISHED_TYPE, moving);

    expect(await project.rebuild(flags())).toMatchObject({ built: [], exitCode: 0 });
    expect((await readPublished(project.client, recordRef()))?.record.state).toBe('done');
    expect((await head('two', 'main'))?.digest).toBe(current.digest);
    expect((await head('two', 'stray'))?.digest).toBe(current.digest);
  });

  it('builds everything anew when its storage is lost', async () => {
    rmSync(path.join(storage, 'docker'), { recursive: true });
    expect(await project.rebuild(flags())).toMatchObject({ built: ['one', 'two'], exitCode: 0 });
    expect(await head('two', 'main')).not.toBeNull();
  });
});
