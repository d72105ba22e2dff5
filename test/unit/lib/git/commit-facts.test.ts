import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LOOKS_BACK, readCommitFacts } from '../../../../actions/lib/git/commit-facts.ts';
import { createRepo, type TestRepo } from '../../../support/git-repo.ts';

let repo: TestRepo;
let url: string;

beforeEach(async () => {
  repo = await createRepo();
  url = `file://${repo.dir}`;
});
afterEach(() => repo.remove());

describe('readCommitFacts', () => {
  it('gives the date of a commit, and what came before it since another one', async () => {
    const from = repo.commit('one');
    repo.commit('two: with "quotes" and blanks');
    const to = repo.commit('three');
    const facts = await readCommitFacts(url, 'main', { from, to });
    expect(facts?.between?.map(({ subject }) => subject)).toEqual(['three', 'two: with "quotes" and blanks']);
    const seconds = Number(repo.git('show', '--no-patch', '--format=%ct', to));
    expect(facts?.date).toBe(seconds * 1000);
  });

  it('asks for nothing that a server left out because it was asked to', async () => {
    repo.git('config', 'uploadpack.allowFilter', 'true');
    repo.write('large.bin', 'x'.repeat(100_000));
    const from = repo.commit('one');
    const to = repo.commit('two');
    repo.git('config', 'uploadpack.allowAnySHA1InWant', 'false');
    expect(await readCommitFacts(url, 'main', { from, to })).toMatchObject({ between: [{ commit: to }] });
  });

  it('reads an annotated tag, and a branch that was moved back', async () => {
    const older = repo.commit('one');
    const newer = repo.commit('two');
    repo.git('tag', '--annotate', '--message', 'v1', 'v1');
    expect(await readCommitFacts(url, 'v1', { from: older, to: newer })).toMatchObject({
      between: [{ commit: newer }],
    });
    repo.git('reset', '--quiet', '--hard', older);
    expect(await readCommitFacts(url, 'main', { from: newer, to: older })).toMatchObject({ between: null });
  });

  it.each([
    [LOOKS_BACK - 1, LOOKS_BACK - 1],
    [LOOKS_BACK, undefined],
  ])('looks back over %i commits as far as %s', async (count, found) => {
    const from = repo.commit('one');
    const commits = Array.from({ length: count }, (_, n) => {
      const parent = n === 0 ? `from ${from}\n` : '';
      return `commit refs/heads/main\ncommitter A <a@example.com> ${1_700_000_000 + n} +0000\ndata 1\nc\n${parent}`;
    });
    execFileSync('git', ['fast-import', '--quiet'], { cwd: repo.dir, input: commits.join('\n') });
    const to = repo.git('rev-parse', 'main').trim();
    const facts = await readCommitFacts(url, 'main', { from, to });
    expect({ date: facts?.date, count: facts?.between?.length }).toEqual({
      ...{ date: (1_700_000_000 + count - 1) * 1000, count: found },
    });
  });

  it.each([
    ['a commit the ref does not lead to', { to: 'a'.repeat(40) }],
    ['a commit of the other kind', { to: 'a'.repeat(64) }],
  ])('knows nothing of %s', async (_, { to }) => {
    const from = repo.commit('one');
    expect(await readCommitFacts(url, 'main', { from, to })).toBeNull();
  });

  it('knows nothing where nobody answers', async () => {
    expect(await readCommitFacts('file:///nowhere', 'main', { from: null, to: 'a'.repeat(40) })).toBeNull();
  });
});
