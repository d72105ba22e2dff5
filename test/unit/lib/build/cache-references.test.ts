import { describe, expect, it } from '@jest/globals';
import { type CachePlace, cacheReferences } from '../../../../actions/lib/build/cache-references.ts';

const HOME = 'ghcr.io/acme/vision';
const LOOPBACK = '127.0.0.1:5077/vision';

function caches(place: Partial<CachePlace>) {
  const whole = {
    home: HOME,
    target: HOME,
    branch: 'main',
    defaultBranch: 'main',
    inWorkflow: false,
    ...place,
  };
  return cacheReferences(whole)('colmap', 'linux/amd64');
}

describe('cacheReferences', () => {
  it('of the default branch reads and writes its own in home', () => {
    const main = `${HOME}/colmap:cache-main-linux-amd64`;
    expect(caches({ inWorkflow: true })).toEqual({ from: [main], to: main });
  });

  it('of another branch that may write home reads its own before the default branch’s', () => {
    expect(caches({ branch: 'fix/lens' })).toEqual({
      from: [`${HOME}/colmap:cache-fix-lens-linux-amd64`, `${HOME}/colmap:cache-main-linux-amd64`],
      to: `${HOME}/colmap:cache-fix-lens-linux-amd64`,
    });
  });

  it('of a tag reads the default branch’s and writes none', () => {
    expect(caches({ branch: null, inWorkflow: true })).toEqual({
      from: [`${HOME}/colmap:cache-main-linux-amd64`],
      to: null,
    });
  });

  it('of a pull request reads the default branch’s in home and writes none', () => {
    expect(caches({ target: LOOPBACK, branch: 'fix', inWorkflow: true })).toEqual({
      from: [`${HOME}/colmap:cache-main-linux-amd64`],
      to: null,
    });
  });

  it('of a laptop reads the target before home and writes the target only', () => {
    expect(caches({ target: LOOPBACK, branch: 'fix' })).toEqual({
      from: [
        `${LOOPBACK}/colmap:cache-fix-linux-amd64`,
        `${LOOPBACK}/colmap:cache-main-linux-amd64`,
        `${HOME}/colmap:cache-main-linux-amd64`,
      ],
      to: `${LOOPBACK}/colmap:cache-fix-linux-amd64`,
    });
  });

  it('leaves out a home that is not there', () => {
    expect(caches({ home: null, target: LOOPBACK }).from).toEqual([
      `${LOOPBACK}/colmap:cache-main-linux-amd64`,
    ]);
    expect(caches({ home: null, target: LOOPBACK, inWorkflow: true })).toEqual({ from: [], to: null });
  });

  it('makes a tag of any branch name and keeps it short enough', () => {
    const { to } = caches({ branch: `feature/Ω ${'x'.repeat(200)}` });
    expect(to).toMatch(/:cache-feature-[\w.-]+$/);
    expect(to?.split(':').at(-1)).toHaveLength(128);
  });
});
