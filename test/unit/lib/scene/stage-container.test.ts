import { describe, expect, it } from '@jest/globals';
import type { SceneRequest } from '../../../../actions/lib/scene/scene-request.ts';
import type { Stage } from '../../../../actions/lib/scene/stage.ts';
import { type StageCaller, stageArgv } from '../../../../actions/lib/scene/stage-container.ts';

const REQUEST: SceneRequest = {
  scene: 'lund',
  frames: { kind: 'folder', path: '/photos' },
  storage: { kind: 'folder', path: '/scenes' },
  ...{ preset: 'preview', options: { steps: '30' }, seed: 7, baseline: '/report.json' },
  trainer: 'gaussian-splatting-cpu',
};
const S3: SceneRequest = { ...REQUEST, storage: { kind: 's3', url: 's3://bucket/p' }, frames: null };
const IMAGE = { ref: '127.0.0.1:1/colmap@sha256:00', key: 'k', digest: 'sha256:00' };
const CALLER: StageCaller = {
  ...{ name: 'darkroom-scene-1', owner: '1-2', user: '1000:100', awsFolder: '/home/me/.aws' },
  variables: new Set(['PATH', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE', 'HTTPS_PROXY']),
};

const argv = (stage: Stage, request = REQUEST) => stageArgv(stage, request, IMAGE, CALLER, { sfm: 's' });
/** Every value that stands behind an option. */
const values = (option: string, words: readonly string[]) =>
  words.flatMap((word, index) => (words[index - 1] === option ? [word] : []));

describe('the container of a stage', () => {
  it('is one that is removed, named and labelled, and runs as the caller', () => {
    const words = argv('sfm');
    expect(words.slice(0, 5)).toEqual(['run', '--rm', '--init', '--pull', 'never']);
    expect(words.at(-1)).toBe(IMAGE.ref);
    expect(values('--name', words)).toEqual(['darkroom-scene-1']);
    expect(values('--user', words)).toEqual(['1000:100']);
    expect(values('--label', words)).toEqual(['darkroom.scene=lund', 'darkroom.owner=1-2']);
  });

  it('is told what the contract says', () => {
    expect(values('--env', argv('sfm'))).toEqual([
      ...['HOME=/tmp', 'STORAGE=file:///storage', 'SCENE_ID=lund', 'PRESET=preview'],
      ...[
        'OPTIONS={"steps":"30"}',
        'SEED=7',
        'IMAGE_KEY=k',
        'IMAGE_DIGEST=sha256:00',
        'INPUT_KEYS={"sfm":"s"}',
        'FRAMES=file:///frames',
      ],
    ]);
    expect(values('--env', argv('train')).filter((one) => /^(FRAMES|BASELINE)=/.test(one))).toEqual([]);
    expect(values('--env', argv('view'))).toContain('BASELINE=/baseline.json');
  });

  it('sees its storage, and only sfm the photographs, only view the baseline', () => {
    const storage = 'type=bind,source=/scenes,target=/storage';
    expect(values('--mount', argv('sfm'))).toEqual([
      storage,
      'type=bind,source=/photos,target=/frames,readonly',
    ]);
    expect(values('--mount', argv('train'))).toEqual([storage]);
    expect(values('--mount', argv('view'))).toEqual([
      storage,
      'type=bind,source=/report.json,target=/baseline.json,readonly',
    ]);
    expect(values('--mount', argv('sfm', { ...REQUEST, frames: null }))).toEqual([storage]);
  });

  it('may have commas and quotes in its paths', () => {
    const request: SceneRequest = { ...REQUEST, storage: { kind: 'folder', path: '/a, "b":c' } };
    expect(values('--mount', argv('train', request))).toEqual([
      'type=bind,"source=/a, ""b"":c",target=/storage',
    ]);
  });

  it('has no network and no credentials where everything lies on this machine', () => {
    for (const stage of ['sfm', 'train', 'view'] as const) {
      expect(values('--network', argv(stage))).toEqual(['none']);
      expect(argv(stage).join(' ')).not.toContain('AWS_');
      expect(argv(stage).join(' ')).not.toContain('.aws');
    }
  });

  it('has the network of the machine and the names of credentials for S3, never their values', () => {
    const words = argv('train', S3);
    expect(values('--network', words)).toEqual(['host']);
    expect(values('--env', words)).toContain('STORAGE=s3://bucket/p');
    expect(values('--env', words).filter((one) => !one.includes('='))).toEqual([
      ...['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE', 'HTTPS_PROXY'],
    ]);
    expect(values('--mount', words)).toEqual(['type=bind,source=/home/me/.aws,target=/tmp/.aws,readonly']);
  });

  it('goes online for photographs in S3 alone where they are fetched', () => {
    const request: SceneRequest = { ...REQUEST, frames: { kind: 's3', url: 's3://b/photos' } };
    expect(values('--env', argv('sfm', request))).toContain('FRAMES=s3://b/photos');
    expect(values('--network', argv('sfm', request))).toEqual(['host']);
    expect(values('--network', argv('train', request))).toEqual(['none']);
  });

  it('has the GPU where that trains', () => {
    const request: SceneRequest = { ...REQUEST, trainer: 'gaussian-splatting' };
    expect(values('--gpus', argv('train', request))).toEqual(['all']);
    expect(values('--gpus', argv('sfm', request))).toEqual([]);
    expect(values('--gpus', argv('train'))).toEqual([]);
  });
});
