import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { makeTemporaryFolder } from '../../../../actions/lib/process/temporary-folder.ts';
import { withLock } from '../../../../actions/lib/process/with-lock.ts';

describe('withLock', () => {
  it('lets one after the other work, also after a failure', async () => {
    const { path: folder } = makeTemporaryFolder();
    const seen: string[] = [];
    const work = (name: string) => async () => {
      seen.push(`${name} begins`);
      await sleep(30);
      seen.push(`${name} ends`);
      if (name === 'a') throw new Error('a fails');
      return name;
    };
    const all = await Promise.allSettled(['a', 'b', 'c'].map((name) => withLock(folder, work(name))));
    expect(all.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    for (const at of [0, 2, 4]) expect(seen[at + 1]).toBe(seen[at]?.replace('begins', 'ends'));
  });

  it('gives what was done although the lock was lost meanwhile', async () => {
    const { path: folder } = makeTemporaryFolder();
    const work = async () => {
      await rm(path.join(folder, 'x.lock'), { recursive: true });
      // It is refreshed twice in the time after which it is stale, and found lost then.
      await sleep(1500);
      return 'done';
    };
    expect(await withLock(folder, work, 'x', 2000)).toBe('done');
  });
});
