import { describe, expect, it } from '@jest/globals';
import { isFrameName } from '../../../../actions/lib/scene/frame-name.ts';
import { chooseTrainer, stageImages } from '../../../../actions/lib/scene/stage.ts';

describe('the images of the stages', () => {
  it.each([
    [true, ['gaussian-splatting'], 'gaussian-splatting'],
    [true, ['gaussian-splatting-cpu'], 'gaussian-splatting-cpu'],
    [false, ['gaussian-splatting'], 'gaussian-splatting-cpu'],
  ])('with a GPU: %s, in a matrix with %j, train with %s', (hasGpu, images, trainer) => {
    expect(chooseTrainer({ hasGpu, images: new Set(images) })).toBe(trainer);
  });

  it('are one for each', () => {
    const train = 'gaussian-splatting-cpu';
    expect(stageImages(train)).toEqual({ sfm: 'colmap', train, view: 'splat-tools' });
  });
});

describe('the name of a photograph or video', () => {
  it.each([
    ['a.jpg'],
    ['A.JPEG'],
    ['a.b.Png'],
    ['ü.heic'],
    ['clip.MOV'],
    ['x.mp4'],
    ['x.m2ts'],
    ['x.MTS'],
    ['.jpg'],
  ])('is %j', (name) => {
    expect(isFrameName(name)).toBe(true);
  });

  it.each([['jpg'], ['a.txt'], ['a.jpg.xmp'], ['manifest.json'], ['a.jpg~'], ['._a.jpg'], ['x.ts']])(
    'is not %j',
    (name) => {
      expect(isFrameName(name)).toBe(false);
    },
  );
});
