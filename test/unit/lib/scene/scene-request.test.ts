import { describe, expect, it } from '@jest/globals';
import { DarkroomError } from '../../../../actions/lib/errors/darkroom-error.ts';
import {
  type RequestPlace,
  readRequest,
  type WrittenRequest,
} from '../../../../actions/lib/scene/scene-request.ts';

const WRITTEN: WrittenRequest = {
  ...{ frames: 'photos', scene: 'lund', storage: '', preset: '', set: [], seed: '', baseline: '' },
};
const CPU: RequestPlace = { directory: '/work', hasGpu: false, trainer: 'gaussian-splatting-cpu' };
const GPU: RequestPlace = { directory: '/work', hasGpu: true, trainer: 'gaussian-splatting' };

const read = (written: Partial<WrittenRequest>, at = CPU) => readRequest({ ...WRITTEN, ...written }, at);
const problemsOf = (written: Partial<WrittenRequest>, at = CPU) => {
  try {
    read(written, at);
  } catch (error) {
    if (!(error instanceof DarkroomError)) throw error;
    expect(error.kind).toBe('use');
    return error.problems;
  }
  return [];
};

describe('a request', () => {
  it('has defaults for everything but photographs and scene', () => {
    expect(read({})).toEqual({
      scene: 'lund',
      frames: { kind: 'folder', path: '/work/photos' },
      storage: { kind: 'folder', path: '/work/scenes' },
      ...{ preset: 'preview', options: {}, seed: 0, baseline: null, trainer: 'gaussian-splatting-cpu' },
    });
  });

  it('is read as it was written', () => {
    const set = ['steps=2000', 'note=a=b c', 'empty='];
    expect(
      read({ storage: 's3://bucket/p', preset: 'high', set, seed: '007', baseline: '../report.json' }, GPU),
    ).toMatchObject({
      storage: { kind: 's3', url: 's3://bucket/p' },
      options: { steps: '2000', note: 'a=b c', empty: '' },
      ...{ preset: 'high', seed: 7, baseline: '/report.json', trainer: 'gaussian-splatting' },
    });
  });

  it('trains longer where there is a GPU', () => {
    expect(read({}, GPU).preset).toBe('standard');
  });

  it.each([
    ['scenes/frames/lund', 'scenes'],
    ['s3://bucket/p/frames/lund/', 's3://bucket/p'],
  ])('imports nothing from where the storage keeps it (%s)', (frames, storage) => {
    expect(read({ frames, storage }).frames).toBeNull();
    expect(read({ frames: `${frames}2`.replace('/2', '2'), storage }).frames).not.toBeNull();
  });

  it.each([['a'], ['2024-05-01_lund.v2'], ['A'.repeat(64)], ['a-.']])('may be for the scene %j', (scene) => {
    expect(read({ scene }).scene).toBe(scene);
  });

  it.each([[''], ['.'], ['a/b'], ['../a'], ['a..b'], ['-a'], ['a b'], ['é'], ['A'.repeat(65)], ['a\n']])(
    'is for no scene %j',
    (scene) => {
      expect(problemsOf({ scene }).map(({ code }) => code)).toEqual(['scene/bad-scene']);
    },
  );

  it.each([
    ['steps'],
    ['=1'],
    ['Steps=1'],
    ['a-b=1'],
    ['a=\u0007'],
    [`a=${'x'.repeat(1001)}`],
    ['__proto__=1'],
  ])('has no option %j', (text) => {
    expect(problemsOf({ set: [text] }).map(({ code }) => code)).toEqual(['scene/bad-set']);
  });

  it('has every option once', () => {
    expect(problemsOf({ set: ['steps=1', 'steps=2'] })[0]?.message).toBe(
      '"set" is "steps=2"; expected "steps" once.',
    );
  });

  it.each([['-1'], ['1.5'], ['x'], ['2147483648'], ['1e3'], [' 1']])('has no seed %j', (seed) => {
    expect(problemsOf({ seed }).map(({ code }) => code)).toEqual(['scene/bad-seed']);
  });

  it.each([['standard'], ['high']])('of the preset %s needs a GPU, and says so', (preset) => {
    expect(problemsOf({ preset })[0]).toMatchObject({ code: 'scene/no-gpu' });
    expect(problemsOf({ preset })[0]?.message).toContain('"nvidia-smi" finds none');
    expect(problemsOf({ preset }, { ...CPU, hasGpu: true })[0]?.message).toContain(
      'no image "gaussian-splatting"',
    );
    expect(read({ preset }, GPU).preset).toBe(preset);
  });

  it('is told everything that is wrong with it at once', () => {
    const problems = problemsOf({
      frames: 'ftp://x',
      scene: '',
      storage: 'x://',
      preset: 'best',
      set: [''],
      seed: 'x',
    });
    expect(problems.map(({ code }) => code)).toEqual([
      ...['scene/bad-scene', 'scene/bad-frames', 'scene/bad-storage'],
      ...['scene/bad-preset', 'scene/bad-set', 'scene/bad-seed'],
    ]);
  });
});
