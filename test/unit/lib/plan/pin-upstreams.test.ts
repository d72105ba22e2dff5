import { describe, expect, it } from '@jest/globals';
import { DarkroomError } from '../../../../actions/lib/errors/darkroom-error.ts';
import { emptyLock, type Lock } from '../../../../actions/lib/matrix/lock.ts';
import {
  type MadeUpstreams,
  type PinRules,
  pinUpstreams,
} from '../../../../actions/lib/plan/pin-upstreams.ts';
import { upstreamId, type WantedUpstream } from '../../../../actions/lib/plan/wanted-upstreams.ts';

const NAME = 'docker.io/library/python:3.11';
const LOCKED = `sha256:${'1'.repeat(64)}`;
const MADE = `sha256:${'2'.repeat(64)}`;
const FRESH = `sha256:${'3'.repeat(64)}`;
const python: WantedUpstream = { kind: 'image', name: NAME, platform: 'linux/amd64', role: 'content' };
const locked: Lock = { ...emptyLock(), images: { [NAME]: { 'linux/amd64': LOCKED } } };
const maker: MadeUpstreams = { find: () => null, canMake: () => 'from packages' };
const notMaker: MadeUpstreams = { find: () => null, canMake: () => null };
const hasMade: MadeUpstreams = { ...maker, find: () => ({ ref: `here/python@${MADE}`, digest: MADE }) };
const silent = new Set(['docker.io']);

function resolvers(image: () => Promise<string | null>): PinRules['resolvers'] {
  const none = async (): Promise<string> => '0'.repeat(64);
  return { image, git: none, http: none, local: none };
}
const fails = resolvers(async () => {
  throw new DarkroomError({ code: 'registry/unreachable', message: 'nobody answers' });
});

describe('pinUpstreams', () => {
  const pinned = { state: 'pinned', pin: LOCKED, ref: `docker.io/library/python@${LOCKED}` };
  const made = { state: 'pinned', pin: `made:${MADE}`, ref: `here/python@${MADE}` };
  const fresh = { state: 'pinned', pin: FRESH, ref: `docker.io/library/python@${FRESH}` };
  const unmade = { state: 'unmade', how: 'from packages' };

  it.each<[string, Partial<PinRules>, object]>([
    ['takes the lock', { lock: locked }, pinned],
    ['takes what was made here, though the lock has it', { lock: locked, made: hasMade }, made],
    ['takes the lock where making is allowed and not needed', { lock: locked, made: maker }, pinned],
    [
      'makes what is locked when its registry is silent',
      { lock: locked, made: maker, unreachable: silent },
      unmade,
    ],
    [
      'says that it cannot be had when nothing can take its place',
      { lock: locked, made: notMaker, unreachable: silent },
      { ...pinned, unreachable: true },
    ],
    ['looks up what is not locked', { resolvers: resolvers(async () => FRESH) }, fresh],
    ['makes what cannot be looked up', { made: maker, resolvers: fails }, unmade],
    [
      'gives up on what can neither be looked up nor made',
      { made: notMaker, resolvers: fails },
      { state: 'missing', reason: 'nobody answers', isFault: false },
    ],
    [
      'makes nothing for a target elsewhere',
      { resolvers: fails },
      { state: 'missing', reason: 'nobody answers', isFault: false },
    ],
    [
      'asks nobody when told so',
      { made: notMaker },
      { state: 'missing', reason: 'it is in no lock, and no registry was asked', isFault: false },
    ],
  ])('%s', async (_, rules, expected) => {
    const { pins } = await pinUpstreams([python], {
      lock: emptyLock(),
      made: null,
      resolvers: null,
      unreachable: new Set(),
      ...rules,
    });
    expect(pins.get(upstreamId(python))).toEqual(expected);
  });

  it.each([
    ['docker.io/docker/dockerfile:1', true],
    ['docker.io/docker/dockerfile:1.7', true],
    ['docker.io/docker/dockerfile:1-labs', false],
    ['docker.io/docker/dockerfile:2', false],
    ['ghcr.io/acme/frontend:1', false],
  ])('knows whether BuildKit has the frontend %s inside: %s', async (name, isInside) => {
    const syntax: WantedUpstream = { kind: 'image', name, platform: 'linux/amd64', role: 'syntax' };
    const { pins } = await pinUpstreams([syntax], {
      lock: emptyLock(),
      made: notMaker,
      resolvers: fails,
      unreachable: new Set(),
    });
    expect(pins.get(upstreamId(syntax))?.state).toBe(isInside ? 'pinned' : 'missing');
  });

  it('adds to the lock what it looked up, and moves nothing that stands there', async () => {
    const other: WantedUpstream = { ...python, name: 'docker.io/library/node:22' };
    const { lock, changes } = await pinUpstreams([python, other], {
      lock: locked,
      made: null,
      resolvers: resolvers(async () => FRESH),
      unreachable: new Set(),
    });
    expect(lock.images[NAME]?.['linux/amd64']).toBe(LOCKED);
    expect(changes.map(({ what, from, to }) => [what, from, to])).toEqual([
      ['docker.io/library/node:22 linux/amd64', null, FRESH],
    ]);
  });
});
