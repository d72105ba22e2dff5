import { describe, expect, it } from '@jest/globals';
import { findFolders } from '../../../../scripts/engine/folders.ts';

describe('the folders', () => {
  it('lie in the home folder unless XDG says otherwise', () => {
    expect(findFolders({}, '/home/ann')).toEqual({
      cache: '/home/ann/.cache/darkroom',
      state: '/home/ann/.local/state/darkroom',
    });
    expect(findFolders({ XDG_CACHE_HOME: '/c', XDG_STATE_HOME: '/s' }, '/home/ann')).toEqual({
      cache: '/c/darkroom',
      state: '/s/darkroom',
    });
  });

  it('ignore a relative value, as the XDG rules ask', () => {
    const folders = findFolders({ XDG_CACHE_HOME: 'c', XDG_STATE_HOME: '' }, '/h');
    expect(folders).toEqual({ cache: '/h/.cache/darkroom', state: '/h/.local/state/darkroom' });
  });
});
