import { describe, expect, it } from '@jest/globals';
import { runInOrder } from '../../../../actions/lib/graph/run-in-order.ts';

const node = (id: string, ...parents: string[]) => ({ id, parents });
const diamond = [node('a'), node('b', 'a'), node('c', 'a'), node('d', 'b', 'c'), node('e')];

describe('runInOrder', () => {
  it('starts a node only when its parents are done', async () => {
    const log: string[] = [];
    await runInOrder(diamond, 8, async ({ id }) => {
      log.push(`+${id}`);
      await new Promise((resolve) => setTimeout(resolve, id === 'b' ? 20 : 5));
      log.push(`-${id}`);
    });
    expect(log.indexOf('-a')).toBeLessThan(log.indexOf('+b'));
    expect(log.indexOf('-b')).toBeLessThan(log.indexOf('+d'));
    expect(log.indexOf('-c')).toBeLessThan(log.indexOf('+d'));
    expect(log.indexOf('+e')).toBeLessThan(log.indexOf('-a'));
  });

  it('skips what stands below a failure and finishes the rest', async () => {
    const outcomes = await runInOrder(diamond, 8, async ({ id }) => {
      if (id === 'b') throw new Error('no');
      return id;
    });
    expect([...outcomes].map(([id, outcome]) => `${id} ${outcome.status}`)).toEqual([
      'a done',
      'b failed',
      'c done',
      'd skipped',
      'e done',
    ]);
    expect(outcomes.get('d')).toEqual({ status: 'skipped', because: ['b'] });
  });

  it('never runs more than the limit at a time', async () => {
    let now = 0;
    let most = 0;
    await runInOrder(
      Array.from({ length: 20 }, (_, index) => node(`n${index}`)),
      3,
      async () => {
        now += 1;
        most = Math.max(most, now);
        await new Promise((resolve) => setTimeout(resolve, 2));
        now -= 1;
      },
    );
    expect(most).toBe(3);
  });

  it('counts a parent that is not among the nodes as done', async () => {
    const outcomes = await runInOrder([node('child', 'hit')], 1, async () => 1);
    expect(outcomes.get('child')).toEqual({ status: 'done', value: 1 });
  });
});
