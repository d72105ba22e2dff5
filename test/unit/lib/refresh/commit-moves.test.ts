import { describe, expect, it } from '@jest/globals';
import { commitMoves, readOwnHead } from '../../../../actions/lib/refresh/commit-moves.ts';
import type { FakeForge, ForgeStrike } from '../../../support/fake-forge.ts';
import { LOCK, lockText, moved, openRefresh } from '../../../support/refresh-in.ts';

const ORDER = {
  ...{ branch: 'main', lockPath: LOCK, message: 'Refresh tools' },
  changes: [moved('tools', 'a', 'b'), moved('old', 'c', null)],
};
const PINS = { tools: 'a', old: 'c', model: 'd' };
const CREATE = /^POST .*\/git\/commits$/;
const MOVE = /^PATCH .*\/git\/refs\/heads\/main$/;

/** Pushes once, right before a request of a kind arrives. */
function pushBefore(forge: FakeForge, on: RegExp, push: () => void, times = 1): void {
  let left = times;
  const when = (): boolean => {
    if (left-- > 0) push();
    return false;
  };
  forge.strike({ on, when, fault: 'reset' });
}

describe('commitMoves', () => {
  it('commits the lock and nothing else, on top of the branch', async () => {
    const { forge, opened } = openRefresh(PINS);
    const first = forge.git.refs.get('heads/main');
    const commit = await commitMoves(ORDER, opened);
    expect(forge.git.refs.get('heads/main')).toBe(commit);
    expect(forge.git.commits.get(commit ?? '')).toMatchObject({
      message: expect.stringMatching(/^Refresh tools\n\nDarkroom-Refresh: v1 [0-9a-f]{64}\n$/),
      parents: [first],
      files: { 'README.md': 'read', [LOCK]: lockText({ tools: 'b', model: 'd' }) },
    });
    expect(await readOwnHead('main', opened)).toMatchObject({ commit });
    expect(forge.broken).toEqual([]);
  });

  it.each([
    ['has it already', { ...PINS, tools: 'b' }],
    ['was moved elsewhere meanwhile', { ...PINS, tools: 'e' }],
    ['lacks only what is no longer needed', { ...PINS, tools: 'b', old: 'c' }],
  ])('writes nothing where the branch %s', async (_, pins) => {
    const { forge, opened } = openRefresh(pins);
    expect(await commitMoves(ORDER, opened)).toBeNull();
    expect(forge.seen.filter(({ method }) => method !== 'GET')).toEqual([]);
    expect(await readOwnHead('main', opened)).toBeNull();
  });

  it('makes the first lock', async () => {
    const { forge, opened } = openRefresh(null);
    await commitMoves({ ...ORDER, changes: [moved('tools', null, 'b')] }, opened);
    expect(forge.git.read('main', LOCK)).toBe(lockText({ tools: 'b' }));
  });

  it.each([
    ['before the commit', CREATE],
    ['before the branch moves', MOVE],
  ])('loses no push that comes %s', async (_, on) => {
    const { forge, opened } = openRefresh(PINS);
    pushBefore(forge, on, () =>
      forge.git.push('main', { 'README.md': 'theirs', [LOCK]: lockText({ ...PINS, model: 'e' }) }),
    );
    await commitMoves(ORDER, opened);
    expect(forge.git.read('main', 'README.md')).toBe('theirs');
    expect(forge.git.read('main', LOCK)).toBe(lockText({ tools: 'b', model: 'e' }));
  });

  it('leaves it to a push that moved the same', async () => {
    const { forge, opened } = openRefresh(PINS);
    pushBefore(forge, MOVE, () => forge.git.push('main', { [LOCK]: lockText({ ...PINS, tools: 'b' }) }));
    expect(await commitMoves(ORDER, opened)).toBeNull();
    expect(forge.git.read('main', LOCK)).toBe(lockText({ ...PINS, tools: 'b' }));
  });

  it('gives up, and breaks nothing, where pushes never end', async () => {
    const { forge, opened } = openRefresh(PINS);
    pushBefore(forge, MOVE, () => forge.git.push('main', { 'README.md': String(forge.seen.length) }), 99);
    await expect(commitMoves(ORDER, opened)).rejects.toMatchObject({
      problems: [{ code: 'refresh/outrun' }],
    });
    expect(forge.git.read('main', LOCK)).toBe(lockText(PINS));
  });

  it('says at once that a branch is protected, and what to do', async () => {
    const { forge, opened } = openRefresh(PINS);
    forge.git.protected.add('heads/main');
    await expect(commitMoves(ORDER, opened)).rejects.toMatchObject({
      problems: [
        {
          code: 'refresh/refused',
          message: expect.stringContaining('Changes must be made through a pull request'),
          hint: expect.stringContaining('"app-id"'),
        },
      ],
    });
    expect(forge.seen.filter(({ method }) => method === 'PATCH')).toHaveLength(1);
  });

  it.each<[string, Omit<ForgeStrike, 'times'>]>([
    ['a lost answer to the move', { on: MOVE, fault: 'lost' }],
    ['a 502 after the move', { on: MOVE, fault: 'done-502' }],
    ['a move that never arrived', { on: MOVE, fault: 'reset' }],
    ['a lost answer to the commit', { on: CREATE, fault: 'lost' }],
    ['a 409', { on: MOVE, fault: { status: 409 } }],
    ['a secondary limit', { on: MOVE, fault: { status: 403, headers: { 'retry-after': '60' } } }],
    ['429', { on: CREATE, fault: { status: 429 } }],
    ['500', { on: /GET .*\/contents\//, fault: { status: 500 } }],
  ])('survives %s', async (name, strike) => {
    const { forge, opened } = openRefresh(PINS);
    forge.strike({ ...strike, times: 1 });
    const run = commitMoves(ORDER, opened);
    // Nobody pushed: a 409 is a no.
    if (name === 'a 409')
      await expect(run).rejects.toMatchObject({ problems: [{ code: 'refresh/refused' }] });
    else {
      const commit = await run;
      expect(forge.git.refs.get('heads/main')).toBe(commit);
      expect(forge.git.read('main', LOCK)).toBe(lockText({ tools: 'b', model: 'd' }));
      // One commit on the branch, however often it was asked.
      expect(forge.git.commits.get(forge.git.commits.get(commit ?? '')?.parents[0] ?? '')?.message).toBe(
        'first',
      );
    }
    expect(forge.broken).toEqual([]);
  });
});
