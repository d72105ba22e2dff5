import { describe, expect, it } from '@jest/globals';
import { commitLog, imageLog, type LoggedMove, NO_LOG } from '../../../../actions/lib/refresh/change-log.ts';
import {
  refreshBody,
  refreshMarkdown,
  refreshMessage,
  refreshSentence,
  refreshText,
  refreshTitle,
  type ShownRefresh,
} from '../../../../actions/lib/report/render-refresh.ts';

const NOW = Date.parse('2026-11-02T08:00:00Z');
const [A, B] = ['a', 'b'].map((sign) => `sha256:${sign.repeat(64)}`) as [string, string];

function move(more: Partial<LoggedMove> = {}): LoggedMove {
  return {
    ...{ kind: 'image', what: 'docker.io/library/python:3.11 linux/amd64', from: A, to: B },
    ...{
      reason: { kind: 'soaked', basis: 'dated', since: NOW },
      images: ['base-python', 'colmap'],
      log: NO_LOG,
    },
    ...more,
  };
}

function show(more: Partial<ShownRefresh> = {}): ShownRefresh {
  return { upstreams: 4, moves: [], held: [], dropped: [], unresolved: [], ...more };
}

const HOSTILE =
  'Fixes #12 and acme/app#3, GH-4, thanks @octocat [skip ci] <img src=x> | ![](x) https://github.com/a/b/pull/5';

describe('what is said of a refresh', () => {
  it.each<[Partial<ShownRefresh>, string]>([
    [{}, 'Nothing moves: 4 upstreams looked up.'],
    [{ moves: [move()] }, '1 of 4 upstreams moves.'],
    [{ moves: [move(), move({ what: 'other linux/amd64' })] }, '2 of 4 upstreams move.'],
    [{ unresolved: [{ what: 'x' }] }, 'Nothing moves: 4 upstreams looked up; 1 could not be looked up.'],
  ])('is one sentence', (shown, sentence) => {
    expect(refreshSentence(show(shown))).toBe(sentence);
    expect(refreshText(show(shown)).split('\n').at(-1)).toBe(sentence);
  });

  it('keeps words of strangers from being obeyed, linked or noted elsewhere', () => {
    const log = { ...NO_LOG, toVersion: HOSTILE, commits: [HOSTILE] };
    const hostile = show({ moves: [move({ log })] });
    for (const page of [refreshBody(hostile), refreshMarkdown(hostile)]) {
      expect(page).not.toMatch(/(?<!&)#\d|@octocat|GH-4|<img|https:\/\/|!\[\]\(/);
      // One row for the move: the bar in it ends no cell.
      expect(
        page
          .split('\n')
          .filter((line) => line.startsWith('| docker.io'))[0]
          ?.split(/(?<!\\)\|/),
      ).toHaveLength(8);
    }
    const message = refreshMessage(hostile);
    expect(message).not.toMatch(/octocat|skip ci|#12/);
    expect(message.split('\n')[0]).toBe('Refresh python:3.11');
  });

  it('names one upstream, or how many', () => {
    const git = move({ kind: 'git', what: 'https://github.com/acme/tools.git#main', from: 'a', to: 'b' });
    expect(refreshTitle([git])).toBe('Refresh tools-main');
    expect(refreshTitle([move(), move({ what: 'docker.io/library/python:3.11 linux/arm64' })])).toBe(
      'Refresh python:3.11',
    );
    expect(refreshTitle([move(), git])).toBe('Refresh 2 upstreams');
  });

  it('shows no password of an address', () => {
    const git = move({
      kind: 'git',
      what: 'https://user:hunter2@example.com/a.git#main',
      from: 'a',
      to: 'b',
    });
    const shown = show({ moves: [git] });
    for (const text of [refreshText(shown), refreshBody(shown), refreshMessage(shown)]) {
      expect(text).not.toContain('hunter2');
    }
  });

  it('fits on the page of a pull request', () => {
    const commits = Array.from({ length: 200 }, (_, n) => `${n} ${'word '.repeat(60)}`);
    const moves = Array.from({ length: 400 }, (_, n) =>
      move({ what: `image-${n} p`, log: { ...NO_LOG, commits } }),
    );
    expect(refreshBody(show({ moves })).length).toBeLessThan(45_000);
  });
});

describe('the page that shows a difference', () => {
  const [from, to] = ['1'.repeat(40), '2'.repeat(40)];

  it.each([
    ['https://github.com/acme/tools.git', `https://github.com/acme/tools/compare/${from}...${to}`],
    ['git@github.com:acme/tools.git', `https://github.com/acme/tools/compare/${from}...${to}`],
    ['https://gitlab.com/a/b/c', `https://gitlab.com/a/b/c/-/compare/${from}...${to}`],
    ['https://codeberg.org/a/b', `https://codeberg.org/a/b/compare/${from}...${to}`],
    ['https://github.com/acme/tools/tree/main', null],
    ['https://evilgithub.com/a/b', null],
    ['https://github.com.evil.example/a/b', null],
    ['file:///srv/git/tools.git', null],
    ['javascript:alert(1)', null],
  ])('of %s', (address, url) => {
    expect(commitLog(address, { from, to }, null).url).toBe(url);
  });

  it('is there for an image that says where it comes from, before and after', () => {
    const facts = { dates: [NOW], version: '1', revision: from, source: 'https://github.com/acme/tools' };
    const date = () => NOW;
    expect(imageLog(facts, { ...facts, revision: to }, date).url).toContain('/compare/');
    expect(imageLog(facts, facts, date).url).toBeNull();
    expect(
      imageLog({ ...facts, source: 'https://github.com/x/y' }, { ...facts, revision: to }, date).url,
    ).toBeNull();
    expect(imageLog(null, facts, date)).toMatchObject({ fromVersion: null, toVersion: '1', url: null });
    expect(imageLog(facts, { ...facts, revision: '--upload-pack' }, date).url).toBeNull();
  });
});
