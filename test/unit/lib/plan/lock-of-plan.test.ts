import { describe, expect, it } from '@jest/globals';
import { parseLock, printLock } from '../../../../actions/lib/matrix/parse-lock.ts';
import { lockOfPlan } from '../../../../actions/lib/plan/lock-of-plan.ts';

const DIGESTS = ['a', 'b'].map((digit) => `sha256:${digit.repeat(64)}`) as [string, string];
const COMMIT = 'c'.repeat(40);

describe('lockOfPlan', () => {
  it('is a lock that pins what the plan pinned', () => {
    const image = { kind: 'image', name: 'docker.io/library/python:3.11-slim' } as const;
    const lock = lockOfPlan({
      upstreams: [
        { ...image, platform: 'linux/amd64', pin: DIGESTS[0] },
        { ...image, platform: 'linux/arm64', pin: DIGESTS[1] },
        { kind: 'image', name: 'docker.io/library/gone:1', platform: 'linux/amd64', pin: null },
        { kind: 'git', name: 'https://example.com/x.git#main', platform: null, pin: COMMIT },
        { kind: 'http', name: 'https://example.com/w.bin', platform: null, pin: 'd'.repeat(64) },
        { kind: 'local', name: 'models/smpl', platform: null, pin: 'e'.repeat(64) },
      ],
    });
    expect(lock.images['docker.io/library/python:3.11-slim']).toEqual({
      'linux/amd64': DIGESTS[0],
      'linux/arm64': DIGESTS[1],
    });
    expect(parseLock(printLock(lock), 'action-matrix.lock')).toEqual(lock);
    expect(Object.keys(lock.images)).toEqual(['docker.io/library/python:3.11-slim']);
    expect(lock.git).toEqual({ 'https://example.com/x.git#main': COMMIT });
  });
});
