/** Builds Dockerfiles the way Darkroom does, without a matrix around them: on a real engine, into a real registry. */
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuildRequest } from '../../actions/lib/buildkit/build-args.ts';
import {
  type BuildImageOptions,
  type BuildResult,
  buildImage,
} from '../../actions/lib/buildkit/build-image.ts';
import type { Engine } from '../../actions/lib/docker/engine.ts';
import { resolvePlatformDigest } from '../../actions/lib/registry/platform-manifest.ts';
import { createRegistryClient } from '../../actions/lib/registry/registry-client.ts';
import { PLATFORM } from './darkroom-command.ts';
import { makeTinyRoot } from './tiny-root.ts';

/** What may be said of one build beside its Dockerfile; `env` is added to the engine's. */
export interface Extras extends Partial<BuildRequest> {
  readonly signal?: AbortSignal;
  readonly onProgress?: BuildImageOptions['onProgress'];
  readonly env?: Readonly<Record<string, string>>;
  /** Another engine than the first. */
  readonly engine?: Engine;
  /** What builds; default `buildImage`. */
  readonly by?: (request: BuildRequest, options: BuildImageOptions) => Promise<BuildResult>;
}

/** Builds that share a parent image called `base`, which can run `sh`, `cat` and `sleep`. */
export interface ImageBuilds {
  /** A folder of the builds' own. */
  readonly work: string;
  /** `host/repo@sha256:…` of the parent. */
  readonly base: string;
  /** `host/repo` that an image of this name is pushed to. */
  repository(name: string): string;
  build(name: string, dockerfile: string, extras?: Extras): Promise<BuildResult>;
  /** Of what was pushed under a name. */
  platformDigest(name: string, digest: string): Promise<string>;
  remove(): Promise<void>;
}

/** Prepares builds; each call has repositories of its own. */
export async function createImageBuilds(engine: Engine, registry: string): Promise<ImageBuilds> {
  const work = await mkdtemp(join(tmpdir(), 'darkroom-test-'));
  const path = `engine-test-${randomUUID().slice(0, 8)}`;
  const repository = (name: string): string => `${registry}/${path}/${name}`;
  const platformDigest = async (name: string, digest: string): Promise<string> => {
    const ref = { registry, repository: `${path}/${name}`, digest };
    const found = await resolvePlatformDigest(createRegistryClient(), ref, PLATFORM);
    if (found === null) throw new Error(`${repository(name)}@${digest} is not there`);
    return found;
  };
  let base = '';
  const build: ImageBuilds['build'] = async (name, dockerfile, extras = {}) => {
    const { signal, onProgress, env, engine: other, by = buildImage, ...request } = extras;
    const { buildx, builder, env: own } = other ?? engine;
    const contextDir = join(work, name);
    await mkdir(contextDir, { recursive: true });
    await writeFile(join(contextDir, 'Dockerfile'), dockerfile);
    const result = await by(
      {
        ...{ builder, contextDir, dockerfile: join(contextDir, 'Dockerfile'), platform: PLATFORM },
        ...{ args: {}, labels: {}, contexts: [], secrets: [], cacheFrom: [], cacheTo: null },
        bindings: base === '' ? [] : [{ name: 'base', ref: base }],
        ...{ image: repository(name), metadataFile: join(work, `${name}.json`) },
        ...{ sourceDateEpoch: 0, syntax: 'bound' as const },
        ...request,
      },
      {
        ...{ buildx, env: { ...(process.env as Record<string, string>), ...own, ...env } },
        ...{ signal: signal ?? new AbortController().signal, onProgress: onProgress ?? (() => {}) },
        source: { dockerfile: `containers/${name}/Dockerfile`, instructions: [] },
      },
    );
    await result.cacheWritten;
    return result;
  };
  await makeTinyRoot(join(work, 'base', 'root'));
  // Of its own: BuildKit knows a layer by its content, and another test may have made the same one.
  await writeFile(join(work, 'base', 'root', 'id'), path);
  const { digest } = await build('base', 'FROM scratch\nCOPY root /\n');
  base = `${repository('base')}@${await platformDigest('base', digest)}`;
  return {
    ...{ work, base, repository, build, platformDigest },
    remove: () => rm(work, { recursive: true, force: true }),
  };
}
