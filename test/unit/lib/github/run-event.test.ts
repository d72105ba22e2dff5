import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { readRunEvent } from '../../../../actions/lib/github/run-event.ts';

const [ONE, TWO] = ['1'.repeat(40), '2'.repeat(40)];
const folder = mkdtempSync(path.join(tmpdir(), 'darkroom-event-'));
afterAll(() => rmSync(folder, { recursive: true }));

function read(name: string, text: string) {
  const file = path.join(folder, 'event.json');
  writeFileSync(file, text);
  return readRunEvent({ GITHUB_EVENT_NAME: name, GITHUB_EVENT_PATH: file });
}

describe('the event of a run', () => {
  const pull = { number: 7, base: { sha: ONE }, head: { sha: TWO } };

  it.each([
    ['pull_request', { pull_request: pull }, { number: 7, base: ONE, head: TWO }],
    ['pull_request_target', { pull_request: pull }, { number: 7, base: ONE, head: TWO }],
    ['pull_request', { pull_request: { number: 7 } }, { number: 7, base: null, head: null }],
    [
      'merge_group',
      { merge_group: { base_sha: ONE, head_sha: TWO } },
      { number: null, base: ONE, head: null },
    ],
    ['push', { before: ONE, after: TWO }, { number: null, base: null, head: null }],
    ['push', { pull_request: pull }, { number: null, base: null, head: null }],
    [
      'pull_request',
      { pull_request: { number: '7', base: { sha: '--upload-pack=x' } } },
      { number: null, base: null, head: null },
    ],
    ['pull_request', null, { number: null, base: null, head: null }],
  ])('%s %j', async (name, payload, expected) => {
    expect(await read(name, JSON.stringify(payload))).toEqual(expected);
  });

  it('says nothing where there is no file, or none that can be read', async () => {
    const nothing = { number: null, base: null, head: null };
    expect(await read('pull_request', '{')).toEqual(nothing);
    expect(await readRunEvent({ GITHUB_EVENT_NAME: 'pull_request' })).toEqual(nothing);
  });
});
