import { describe, expect, it } from '@jest/globals';
import { DarkroomError } from '../../../../actions/lib/errors/darkroom-error.ts';
import {
  resolveUpstreams,
  type UpstreamResolvers,
  type UpstreamsByKind,
} from '../../../../actions/lib/upstream/resolve-upstreams.ts';

const EMPTY = { version: 1 as const, images: {}, git: {}, http: {}, local: {} };
const NOTHING: UpstreamsByKind = { images: [], git: [], http: [], local: [] };
const digest = (letter: string) => `sha256:${letter.repeat(64)}`;

function resolvers(more: Partial<UpstreamResolvers> = {}): UpstreamResolvers {
  return {
    image: async () => digest('a'),
    git: async () => 'c'.repeat(40),
    http: async () => 'd'.repeat(64),
    local: async () => 'e'.repeat(64),
    ...more,
  };
}

const WANTED: UpstreamsByKind = {
  images: [
    { reference: 'python:3.11', platform: 'linux/arm64' },
    { reference: 'python:3.11', platform: 'linux/amd64' },
    { reference: 'docker.io/library/python:3.11', platform: 'linux/amd64' },
    { reference: 'ghcr.io/acme/base', platform: 'linux/amd64' },
  ],
  git: [{ url: 'https://git.example/a.git', ref: 'main' }],
  http: [{ url: 'https://files.example/b' }],
  local: [{ path: 'models/c' }],
};

const FULL = {
  version: 1,
  images: {
    'docker.io/library/python:3.11': { 'linux/amd64': digest('a'), 'linux/arm64': digest('a') },
    'ghcr.io/acme/base:latest': { 'linux/amd64': digest('a') },
  },
  git: { 'https://git.example/a.git#main': 'c'.repeat(40) },
  http: { 'https://files.example/b': 'd'.repeat(64) },
  local: { 'models/c': 'e'.repeat(64) },
} as const;

describe('resolveUpstreams', () => {
  it('writes what is missing, each thing once, in an order of its own', async () => {
    const asked: string[] = [];
    const image: UpstreamResolvers['image'] = async (reference, platform) => {
      asked.push(`${reference} ${platform}`);
      return digest('a');
    };
    const { lock, changes, unresolved } = await resolveUpstreams(WANTED, EMPTY, resolvers({ image }), {
      update: false,
    });
    expect(JSON.stringify(lock)).toBe(JSON.stringify(FULL));
    expect(asked).toHaveLength(3);
    expect(unresolved).toEqual([]);
    expect(changes.map(({ kind, what, from }) => [kind, what, from])).toEqual([
      ['image', 'docker.io/library/python:3.11 linux/amd64', null],
      ['image', 'docker.io/library/python:3.11 linux/arm64', null],
      ['image', 'ghcr.io/acme/base:latest linux/amd64', null],
      ['git', 'https://git.example/a.git#main', null],
      ['http', 'https://files.example/b', null],
      ['local', 'models/c', null],
    ]);
  });

  it('neither asks for nor moves what stands, and keeps what nobody wants', async () => {
    const fail = async (): Promise<never> => {
      throw new Error('asked');
    };
    const none = { image: fail, git: fail, http: fail, local: fail };
    const existing = { ...FULL, http: { ...FULL.http, 'https://files.example/old': 'f'.repeat(64) } };
    await expect(resolveUpstreams(WANTED, existing, none, { update: false })).resolves.toEqual({
      lock: existing,
      changes: [],
      unresolved: [],
    });
  });

  it('adds a platform to an image without touching the other', async () => {
    const existing = {
      ...EMPTY,
      images: { 'docker.io/library/python:3.11': { 'linux/amd64': digest('b') } },
    };
    const wanted = { ...NOTHING, images: WANTED.images.slice(0, 3) };
    const { lock } = await resolveUpstreams(wanted, existing, resolvers(), { update: false });
    expect(lock.images).toEqual({
      'docker.io/library/python:3.11': { 'linux/amd64': digest('b'), 'linux/arm64': digest('a') },
    });
  });

  it('moves and drops on update', async () => {
    const existing = { ...FULL, git: { 'https://git.example/a.git#main': 'b'.repeat(40) } };
    const wanted = { ...WANTED, http: [] };
    const { lock, changes } = await resolveUpstreams(wanted, existing, resolvers(), { update: true });
    expect(lock).toEqual({ ...FULL, http: {} });
    expect(changes).toEqual([
      { kind: 'git', what: 'https://git.example/a.git#main', from: 'b'.repeat(40), to: 'c'.repeat(40) },
      { kind: 'http', what: 'https://files.example/b', from: 'd'.repeat(64), to: null },
    ]);
  });

  it('reports everything that cannot be looked up and locks the rest', async () => {
    const git = async (url: string): Promise<never> => {
      throw new DarkroomError([
        { code: 'git/unreachable', message: `${url} is silent` },
        { code: 'git/other', message: 'too' },
      ]);
    };
    const image = async (reference: string) => (reference.includes('python') ? null : digest('a'));
    const { lock, unresolved } = await resolveUpstreams(WANTED, EMPTY, resolvers({ git, image }), {
      update: false,
    });
    expect(lock.images).toEqual({ 'ghcr.io/acme/base:latest': { 'linux/amd64': digest('a') } });
    expect(lock.git).toEqual({});
    expect(unresolved.map(({ what, reason }) => [what, reason.code])).toEqual([
      ['docker.io/library/python:3.11 linux/amd64', 'upstream/missing'],
      ['docker.io/library/python:3.11 linux/arm64', 'upstream/missing'],
      ['https://git.example/a.git#main', 'git/unreachable'],
      ['https://git.example/a.git#main', 'git/other'],
    ]);
  });

  it('keeps what it had where an update fails', async () => {
    const image = async () => null;
    const { lock, changes, unresolved } = await resolveUpstreams(WANTED, FULL, resolvers({ image }), {
      update: true,
    });
    expect(lock).toEqual(FULL);
    expect(changes).toEqual([]);
    expect(unresolved).toHaveLength(3);
  });

  it('does not hide a fault of its own', async () => {
    const local = async (): Promise<never> => {
      throw new TypeError('bug');
    };
    await expect(resolveUpstreams(WANTED, EMPTY, resolvers({ local }), { update: false })).rejects.toThrow(
      'bug',
    );
  });

  it('asks for at most sixteen things at once', async () => {
    let now = 0;
    let most = 0;
    const http = async () => {
      most = Math.max(most, ++now);
      await new Promise((done) => setTimeout(done, 2));
      now--;
      return 'd'.repeat(64);
    };
    const urls = Array.from({ length: 50 }, (_, i) => ({ url: `https://files.example/${i}` }));
    await resolveUpstreams({ ...NOTHING, http: urls }, EMPTY, resolvers({ http }), { update: false });
    expect(most).toBe(16);
  });
});
