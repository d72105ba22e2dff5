import { describe, expect, it } from '@jest/globals';
import { machinePaths } from '../../../../actions/lib/scene/machine-paths.ts';
import type { ScenePlace } from '../../../../actions/lib/scene/scene-place.ts';

describe('machinePaths', () => {
  const storage: ScenePlace = { kind: 'folder', path: '/home/a/$& scenes' };
  const frames: ScenePlace = { kind: 'folder', path: '/photos' };
  it.each([
    ['"x.ply" in file:///storage has', '"x.ply" in /home/a/$& scenes has'],
    ['/frames/link.jpg is', '/photos/link.jpg is'],
    ['in file:///storage/frames/a/', 'in /home/a/$& scenes/frames/a/'],
    ['s3://bucket/storage/x', 's3://bucket/storage/x'],
    ['/data/frames/x', '/data/frames/x'],
    ['/storages /framesets', '/storages /framesets'],
  ])('makes of %j %j', (text, expected) => {
    expect(machinePaths(text, { frames, storage })).toBe(expected);
  });

  it('changes nothing where the place is none of this machine', () => {
    const bucket: ScenePlace = { kind: 's3', url: 's3://b/p' };
    expect(machinePaths('/storage/x', { frames: null, storage: bucket })).toBe('/storage/x');
  });
});
