import { describe, expect, it } from '@jest/globals';
import {
  type ProposedMoves,
  proposeMoves,
  readProposal,
} from '../../../../actions/lib/refresh/propose-moves.ts';
import { pinId } from '../../../../actions/lib/refresh/sightings.ts';
import type { FakeForge, ForgeStrike } from '../../../support/fake-forge.ts';
import { LOCK, lockText, moved, openRefresh } from '../../../support/refresh-in.ts';

const PLACE = { base: 'main', branch: 'darkroom/refresh', lockPath: LOCK };
const PINS = { tools: 'a', model: 'd' };
const TOOLS = moved('tools', 'a', 'b');
const OPEN = /^POST .*\/pulls$/;
const MAKE = /^POST .*\/git\/refs$/;
const WRITE = /^POST .*\/git\/commits$/;
const BRANCH = 'heads/darkroom/refresh';

function moves(...changes: ProposedMoves['changes']): ProposedMoves {
  const names = changes.map(({ what }) => what.replace(/^.*\//, '')).join(' and ');
  return { changes, title: `Refresh ${names}`, body: `| ${names} |`, message: `Refresh ${names}` };
}

async function propose(opened: ReturnType<typeof openRefresh>['opened'], wanted: ProposedMoves) {
  return proposeMoves(PLACE, wanted, await readProposal(PLACE, opened), opened);
}

/** `git commit --amend --no-edit` and a push by force: the message stays as it was. */
function amend(forge: FakeForge, files: Readonly<Record<string, string>>, parent?: string): string {
  const { git } = forge;
  const { message = '', parents = [] } = git.commits.get(branchOf(forge) ?? '') ?? {};
  const lock = { [LOCK]: git.read('darkroom/refresh', LOCK) ?? '' };
  git.refs.set(BRANCH, parent ?? parents[0] ?? '');
  return git.push('darkroom/refresh', { ...lock, ...files }, message);
}

/** Does something once, right before a request arrives. */
function meanwhile(forge: FakeForge, on: RegExp, act: () => void): void {
  let isDone = false;
  const when = (): boolean => {
    if (!isDone) act();
    isDone = true;
    return false;
  };
  forge.strike({ on, when, fault: 'reset' });
}

const branchOf = (forge: FakeForge) => forge.git.refs.get('heads/darkroom/refresh');

describe('proposeMoves', () => {
  it('opens one pull request with the lock alone', async () => {
    const { forge, opened } = openRefresh(PINS);
    expect(await propose(opened, moves(TOOLS))).toMatchObject({ kind: 'opened', pull: { number: 1 } });
    expect(forge.git.pulls).toMatchObject([{ title: 'Refresh tools', base: 'main', state: 'open' }]);
    expect(forge.git.read('darkroom/refresh', LOCK)).toBe(lockText({ ...PINS, tools: 'b' }));
    expect(forge.git.read('darkroom/refresh', 'README.md')).toBe('read');
    expect(forge.git.read('main', LOCK)).toBe(lockText(PINS));
    expect(forge.broken).toEqual([]);
  });

  it('asks for nothing where nothing moves', async () => {
    const { forge, opened } = openRefresh(PINS);
    expect(await propose(opened, moves())).toEqual({ kind: 'none' });
    expect(forge.seen.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  it('leaves alone what has not changed, though the base went on', async () => {
    const { forge, opened } = openRefresh(PINS);
    await propose(opened, moves(TOOLS));
    forge.git.push('main', { 'README.md': 'more' });
    const before = forge.seen.length;
    expect(await propose(opened, moves(TOOLS))).toMatchObject({ kind: 'unchanged' });
    expect(forge.seen.slice(before).filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  it('renews it: still one, one commit on top of the base as it is now', async () => {
    const { forge, opened } = openRefresh(PINS);
    await propose(opened, moves(TOOLS));
    const head = forge.git.push('main', { 'README.md': 'more' });
    const both = moves(TOOLS, moved('model', 'd', 'e'));
    expect(await propose(opened, both)).toMatchObject({ kind: 'renewed' });
    expect(forge.git.pulls).toMatchObject([{ title: 'Refresh tools and model', state: 'open' }]);
    expect(forge.git.commits.get(branchOf(forge) ?? '')?.parents).toEqual([head]);
    expect(forge.git.read('darkroom/refresh', LOCK)).toBe(lockText({ tools: 'b', model: 'e' }));
  });

  it('closes it when nothing is left, deletes the branch, and may open another one later', async () => {
    const { forge, opened } = openRefresh(PINS);
    await propose(opened, moves(TOOLS));
    expect(await propose(opened, moves())).toMatchObject({ kind: 'closed' });
    expect(forge.git.pulls).toMatchObject([{ state: 'closed', body: expect.stringContaining('Nothing') }]);
    expect(branchOf(forge)).toBeUndefined();
    expect([...(await readProposal(PLACE, opened)).declined]).toEqual([]);
    expect(await propose(opened, moves(TOOLS))).toMatchObject({ kind: 'opened', pull: { number: 2 } });
  });

  it('closes it when it was taken over by other means', async () => {
    const { forge, opened } = openRefresh(PINS);
    await propose(opened, moves(TOOLS));
    forge.git.push('main', { [LOCK]: lockText({ ...PINS, tools: 'b' }) });
    expect(await propose(opened, moves(TOOLS))).toMatchObject({ kind: 'closed' });
  });

  it('knows what a person declined by closing it, and not what was merged', async () => {
    const { forge, opened } = openRefresh(PINS);
    await propose(opened, moves(TOOLS));
    const [pull] = forge.git.pulls;
    if (pull !== undefined) pull.state = 'closed';
    const closed = await readProposal(PLACE, opened);
    expect([...closed.declined]).toEqual([pinId(TOOLS, 'b'.repeat(64))]);
    expect(closed).toMatchObject({ open: null, proposed: [], isTouched: false });
    if (pull !== undefined) pull.mergedAt = '2026-11-02T08:00:00Z';
    expect([...(await readProposal(PLACE, opened)).declined]).toEqual([]);
  });

  it('says what an open one changes, whatever came into the base since', async () => {
    const { forge, opened } = openRefresh(PINS);
    await propose(opened, moves(TOOLS));
    forge.git.push('main', { [LOCK]: lockText({ ...PINS, model: 'f', more: 'c' }) });
    expect((await readProposal(PLACE, opened)).proposed).toEqual([TOOLS]);
  });

  it.each([
    ['opened', moves(TOOLS, moved('model', 'd', 'e'))],
    ['closed', moves()],
  ])('never overwrites what a person committed to the branch, were it %s', async (_, wanted) => {
    const { forge, opened } = openRefresh(PINS);
    await propose(opened, moves(TOOLS));
    const theirs = forge.git.push(
      'darkroom/refresh',
      { 'README.md': 'fix' },
      'Mend what the new base breaks',
    );
    expect(await propose(opened, wanted)).toMatchObject({ kind: 'touched', pull: { number: 1 } });
    expect(branchOf(forge)).toBe(theirs);
    expect(forge.git.pulls).toMatchObject([{ state: 'open' }]);
  });

  it('sees a commit that came while it was looking things up', async () => {
    const { forge, opened } = openRefresh(PINS);
    await propose(opened, moves(TOOLS));
    const before = await readProposal(PLACE, opened);
    const theirs = forge.git.push('darkroom/refresh', { 'README.md': 'fix' });
    const outcome = await proposeMoves(PLACE, moves(TOOLS, moved('model', 'd', 'e')), before, opened);
    expect(outcome.kind).toBe('touched');
    expect(branchOf(forge)).toBe(theirs);
  });

  it.each<[string, (forge: FakeForge) => string]>([
    ['with another file', (forge) => amend(forge, { 'README.md': 'fix' })],
    ['with another lock', (forge) => amend(forge, { [LOCK]: lockText({ ...PINS, tools: 'c' }) })],
    [
      'on top of a commit that changes the lock too',
      (forge) => amend(forge, {}, forge.git.push('other', { [LOCK]: lockText({ ...PINS, model: 'c' }) })),
    ],
    [
      'on top of a commit that changes nothing in the end',
      (forge) => {
        forge.git.push('other', { 'README.md': 'tried' });
        return amend(forge, {}, forge.git.push('other', { 'README.md': 'read' }));
      },
    ],
  ])('never overwrites its own commit that a person amended %s', async (_, change) => {
    const { forge, opened } = openRefresh(PINS);
    await propose(opened, moves(TOOLS));
    const theirs = change(forge);
    const wanted = moves(TOOLS, moved('model', 'd', 'e'));
    expect(await propose(opened, wanted)).toMatchObject({ kind: 'touched' });
    expect(await propose(opened, moves())).toMatchObject({ kind: 'touched' });
    expect(branchOf(forge)).toBe(theirs);
    expect(forge.broken).toEqual([]);
  });

  it.each([
    ['while its commit is made', WRITE, moves(TOOLS, moved('model', 'd', 'e'))],
    ['while the pull request is emptied', /^PATCH .*\/pulls\/1$/, moves()],
  ])('overwrites no commit that comes %s', async (_, on, wanted) => {
    const { forge, opened } = openRefresh(PINS);
    await propose(opened, moves(TOOLS));
    let theirs = '';
    meanwhile(forge, on, () => {
      theirs = forge.git.push('darkroom/refresh', { 'README.md': 'fix' });
    });
    expect(await propose(opened, wanted)).toMatchObject({ kind: 'touched', pull: { number: 1 } });
    expect(branchOf(forge)).toBe(theirs);
    expect(forge.git.pulls).toMatchObject([{ state: 'open' }]);
  });

  it('goes on with a branch that was merged or squashed and not deleted', async () => {
    const { forge, opened } = openRefresh(PINS);
    await propose(opened, moves(TOOLS));
    const [pull] = forge.git.pulls;
    if (pull !== undefined) Object.assign(pull, { state: 'closed', mergedAt: '2026-11-02T08:00:00Z' });
    forge.git.push('main', { [LOCK]: lockText({ ...PINS, tools: 'b' }) }, 'Refresh tools (#1)');
    expect(await propose(opened, moves(moved('model', 'd', 'e')))).toMatchObject({ kind: 'opened' });
    forge.git.refs.set('heads/main', branchOf(forge) ?? '');
    expect(await readProposal(PLACE, opened)).toMatchObject({ isTouched: false });
  });

  it('goes on after the base was merged into the branch, as a button does', async () => {
    const { forge, opened } = openRefresh(PINS);
    await propose(opened, moves(TOOLS));
    const main = forge.git.push('main', { 'README.md': 'more' });
    forge.git.push('darkroom/refresh', { 'README.md': 'more' }, "Merge branch 'main'", [main]);
    expect(await readProposal(PLACE, opened)).toMatchObject({ isTouched: false, proposed: [TOOLS] });
    expect(await propose(opened, moves(moved('model', 'd', 'e')))).toMatchObject({ kind: 'renewed' });
  });

  it("leaves a branch alone that was somebody else's all along", async () => {
    const { forge, opened } = openRefresh(PINS);
    const theirs = forge.git.push('darkroom/refresh', { 'README.md': 'mine' });
    await expect(propose(opened, moves(TOOLS))).rejects.toMatchObject({
      problems: [{ code: 'refresh/branch-taken' }],
    });
    expect(branchOf(forge)).toBe(theirs);
    expect(await propose(opened, moves())).toEqual({ kind: 'none' });
  });

  it.each<[string, Omit<ForgeStrike, 'times'>]>([
    ['a lost answer to opening it', { on: OPEN, fault: 'lost' }],
    ['a 502 after opening it', { on: OPEN, fault: 'done-502' }],
    ['a lost answer to making the branch', { on: MAKE, fault: 'lost' }],
    ['a secondary limit', { on: OPEN, fault: { status: 403, headers: { 'retry-after': '30' } } }],
    ['a break before opening it', { on: OPEN, fault: 'reset' }],
    ['500 for the list', { on: /^GET .*\/pulls$/, fault: { status: 500 } }],
  ])('opens exactly one in spite of %s', async (_, strike) => {
    const { forge, opened } = openRefresh(PINS);
    forge.strike({ ...strike, times: 1 });
    expect(await propose(opened, moves(TOOLS))).toMatchObject({ kind: 'opened' });
    expect(forge.git.pulls).toMatchObject([{ title: 'Refresh tools', state: 'open' }]);
    expect(forge.git.read('darkroom/refresh', LOCK)).toBe(lockText({ ...PINS, tools: 'b' }));
    expect(forge.broken).toEqual([]);
  });

  it('leaves a branch alone that was made between the look and the request', async () => {
    const { forge, opened } = openRefresh(PINS);
    let theirs = '';
    meanwhile(forge, MAKE, () => {
      theirs = forge.git.push('darkroom/refresh', { 'README.md': 'mine' });
    });
    await expect(propose(opened, moves(TOOLS))).rejects.toMatchObject({
      problems: [{ code: 'refresh/branch-taken' }],
    });
    expect(branchOf(forge)).toBe(theirs);
  });

  it('renews and closes in spite of lost answers', async () => {
    const { forge, opened } = openRefresh(PINS);
    await propose(opened, moves(TOOLS));
    forge.strike({ on: /^PATCH /, fault: 'lost', times: 2 });
    expect(await propose(opened, moves(moved('model', 'd', 'e')))).toMatchObject({ kind: 'renewed' });
    forge.strike({ on: /^(PATCH|DELETE) /, fault: 'lost', times: 2 });
    expect(await propose(opened, moves())).toMatchObject({ kind: 'closed' });
    expect(forge.git.pulls).toHaveLength(1);
    expect(branchOf(forge)).toBeUndefined();
  });

  it('names the permissions that a token lacks', async () => {
    const { forge, opened } = openRefresh(PINS);
    forge.strike({
      on: OPEN,
      fault: { status: 403, body: { message: 'Resource not accessible by integration' } },
    });
    await expect(propose(opened, moves(TOOLS))).rejects.toMatchObject({
      problems: [{ code: 'forge/denied', hint: expect.stringContaining('"pull-requests: write"') }],
    });
  });
});
