import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { emptyLock } from '../../../../actions/lib/matrix/lock.ts';
import { applyMoves, compareLocks } from '../../../../actions/lib/refresh/apply-moves.ts';
import { decideMoves, type MoveQuestion } from '../../../../actions/lib/refresh/decide-moves.ts';
import { changeId, pinId } from '../../../../actions/lib/refresh/sightings.ts';
import type { LockChange } from '../../../../actions/lib/upstream/resolve-upstreams.ts';

const HOUR = 3_600_000;
const NOW = Date.parse('2026-11-02T08:00:00Z');
const PYTHON: LockChange = {
  ...{ kind: 'image', what: 'docker.io/library/python:3.11 linux/amd64', from: 'sha256:a', to: 'sha256:b' },
};
const TOOLS: LockChange = { kind: 'http', what: 'https://example.com/tools.zip', from: 'a', to: 'b' };

function ask(question: Partial<MoveQuestion>) {
  return decideMoves({
    ...{ changes: [], unseen: new Set(), dates: new Map(), sightings: {}, proposed: [], declined: new Set() },
    ...{ now: NOW, soakMs: 24 * HOUR },
    ...question,
  });
}

const dated = (change: LockChange, age: number) => new Map([[changeId(change), NOW - age]]);

describe('decideMoves', () => {
  it.each([
    ['a day and a minute old', 24 * HOUR + 60_000, 24 * HOUR, true],
    ['a day old to the millisecond', 24 * HOUR, 24 * HOUR, true],
    ['a minute too young', 24 * HOUR - 60_000, 24 * HOUR, false],
    ['made now, without a soak time', 0, 0, true],
    ['from the future', -HOUR, 0, false],
  ])('%s', (_, age, soakMs, moves) => {
    const { moves: moved, held } = ask({ changes: [PYTHON], dates: dated(PYTHON, age), soakMs });
    expect({ moved: moved.length, held: held.length }).toEqual({
      moved: Number(moves),
      held: Number(!moves),
    });
    if (!moves) expect(held[0]?.until).toBe(NOW - age + soakMs);
  });

  it('waits for what has no date from when it was seen first', () => {
    const first = ask({ changes: [TOOLS] });
    expect(first.held).toMatchObject([{ basis: 'seen', since: NOW, until: NOW + 24 * HOUR }]);
    const later = { changes: [TOOLS], sightings: first.sightings };
    expect(ask({ ...later, now: NOW + 23 * HOUR }).moves).toEqual([]);
    const { moves } = ask({ ...later, now: NOW + 24 * HOUR });
    expect(moves).toMatchObject([{ to: 'b', reason: { kind: 'soaked', basis: 'seen', since: NOW } }]);
  });

  it('begins anew where something else stands there by then', () => {
    const { sightings } = ask({ changes: [TOOLS] });
    const next = ask({ changes: [{ ...TOOLS, to: 'c' }], sightings, now: NOW + 48 * HOUR });
    expect(next.moves).toEqual([]);
    expect(next.sightings).toEqual({ [changeId(TOOLS)]: { pin: 'c', at: NOW + 48 * HOUR } });
  });

  it('forgets what has a date, is gone, or was seen by a clock ahead', () => {
    const sightings = {
      'http https://example.com/gone': { pin: 'x', at: NOW },
      [changeId(PYTHON)]: { pin: 'sha256:b', at: NOW - 100 * HOUR },
      [changeId(TOOLS)]: { pin: 'b', at: NOW + 1000 * HOUR },
    };
    const { held, sightings: kept } = ask({ changes: [PYTHON, TOOLS], dates: dated(PYTHON, 0), sightings });
    expect(kept).toEqual({ [changeId(TOOLS)]: { pin: 'b', at: NOW } });
    expect(held).toHaveLength(2);
  });

  it('adds what the lock lacks at once, and leaves alone what it no longer needs', () => {
    const missing = { ...PYTHON, from: null };
    const { moves, held } = ask({ changes: [missing, { ...TOOLS, to: null }], dates: dated(PYTHON, 0) });
    expect(moves).toEqual([{ ...missing, reason: { kind: 'missing' } }]);
    expect(held).toEqual([]);
  });

  it('never moves what a person declined, and moves what came after it', () => {
    const declined = new Set([pinId(PYTHON, 'sha256:b')]);
    const old = { dates: dated(PYTHON, 100 * HOUR), declined };
    expect(ask({ changes: [PYTHON], ...old })).toMatchObject({ moves: [], held: [{ until: null }] });
    expect(ask({ changes: [{ ...PYTHON, to: 'sha256:c' }], ...old }).moves).toHaveLength(1);
  });

  it.each<[string, Partial<MoveQuestion>, string | undefined]>([
    ['keeps it while something younger waits', { changes: [{ ...PYTHON, to: 'sha256:c' }] }, 'sha256:b'],
    ['keeps it while nobody answers', { unseen: new Set([PYTHON.what]) }, 'sha256:b'],
    ['drops it where what is locked stands there again', {}, undefined],
    [
      'drops it for what soaked after it',
      { changes: [{ ...PYTHON, to: 'sha256:c' }], soakMs: 0 },
      'sha256:c',
    ],
    [
      'drops it where a person declined it',
      { unseen: new Set([PYTHON.what]), declined: new Set([pinId(PYTHON, 'sha256:b')]) },
      undefined,
    ],
    ['does not hurry what waits itself', { changes: [PYTHON] }, undefined],
  ])('of what a pull request proposes: %s', (_, question, to) => {
    const { moves } = ask({ proposed: [PYTHON], ...question });
    expect(moves.map((move) => move.to)).toEqual(to === undefined ? [] : [to]);
  });

  it('puts every change in one list, whatever order it comes in, and moves nothing younger than the soak time', () => {
    const change = fc.record({
      ...{ kind: fc.constantFrom('image', 'git', 'http'), what: fc.constantFrom('a p', 'b p', 'c p', 'd p') },
      ...{ from: fc.constantFrom(null, '1', '2'), to: fc.constantFrom(null, '3', '4') },
    }) as fc.Arbitrary<LockChange>;
    const changes = fc.uniqueArray(change, { selector: changeId });
    fc.assert(
      fc.property(
        changes,
        fc.array(fc.option(fc.integer({ min: -5, max: 100 }))),
        fc.nat(60),
        (list, ages, soak) => {
          const dates = new Map(
            list.map((one, index) => [changeId(one), ages[index] == null ? null : NOW - ages[index] * HOUR]),
          );
          const question = { changes: list, dates, soakMs: soak * HOUR };
          const decision = ask(question);
          expect(ask({ ...question, changes: list.toReversed() }).moves).toEqual(decision.moves);
          const told = [...decision.moves, ...decision.held].map(changeId).sort();
          expect(told).toEqual(
            list
              .filter(({ to }) => to !== null)
              .map(changeId)
              .sort(),
          );
          for (const { reason } of decision.moves) {
            if (reason.kind === 'soaked') expect(NOW - reason.since).toBeGreaterThanOrEqual(soak * HOUR);
          }
          // The lock gets exactly what moves.
          const before = applyMoves(
            emptyLock(),
            list.filter(({ from }) => from !== null).map((one) => ({ ...one, to: one.from, from: null })),
          );
          const after = applyMoves(before.lock, decision.moves);
          expect(compareLocks(before.lock, after.lock).map(changeId).sort()).toEqual(
            decision.moves.map(changeId).sort(),
          );
        },
      ),
    );
  });
});

describe('applyMoves', () => {
  const lock = {
    ...emptyLock(),
    images: { 'docker.io/library/python:3.11': { 'linux/amd64': 'sha256:a', 'linux/arm64': 'sha256:z' } },
  };

  it('leaves alone what stands at something else by now', () => {
    const moved = { ...lock, images: { 'docker.io/library/python:3.11': { 'linux/amd64': 'sha256:c' } } };
    expect(applyMoves(moved, [PYTHON])).toEqual({ lock: moved, applied: [] });
    expect(applyMoves(lock, [PYTHON, TOOLS]).applied).toEqual([PYTHON]);
  });

  it('moves one platform and drops an image with its last', () => {
    const drop = (platform: string, from: string): LockChange => ({
      ...{ kind: 'image', what: `docker.io/library/python:3.11 ${platform}`, from, to: null },
    });
    const { lock: one } = applyMoves(lock, [PYTHON, drop('linux/arm64', 'sha256:z')]);
    expect(one.images).toEqual({ 'docker.io/library/python:3.11': { 'linux/amd64': 'sha256:b' } });
    expect(applyMoves(one, [drop('linux/amd64', 'sha256:b')]).lock.images).toEqual({});
  });

  it('takes any name for a name', () => {
    const odd: LockChange = { kind: 'http', what: '__proto__', from: null, to: 'b' };
    expect(Object.entries(applyMoves(lock, [odd]).lock.http)).toEqual([['__proto__', 'b']]);
  });
});
