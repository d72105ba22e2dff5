import { describe, expect, it } from '@jest/globals';
import { type Comment, writeComment } from '../../../../actions/lib/github/plan-comment.ts';

function fakeComments(there: readonly Comment[]) {
  const done: string[] = [];
  return {
    done,
    list: async () => there,
    create: async (body: string) => void done.push(`create ${body}`),
    update: async (id: number, body: string) => void done.push(`update ${id} ${body}`),
  };
}

const MARK = '<!-- darkroom-plan -->\n';

describe('the comment with the plan', () => {
  it('is left alone when nothing changed', async () => {
    const comments = fakeComments([{ id: 1, body: `${MARK}plan`, isBot: true }]);
    await writeComment(comments, 'plan');
    expect(comments.done).toEqual([]);
  });

  it('is changed when the plan did', async () => {
    const comments = fakeComments([{ id: 1, body: `${MARK}old`, isBot: true }]);
    await writeComment(comments, 'plan');
    expect(comments.done).toEqual([`update 1 ${MARK}plan`]);
  });

  it('is written anew beside what a person forged', async () => {
    const comments = fakeComments([{ id: 1, body: `${MARK}plan`, isBot: false }]);
    await writeComment(comments, 'plan');
    expect(comments.done).toEqual([`create ${MARK}plan`]);
  });

  it('is cut at a line where GitHub would refuse it', async () => {
    const comments = fakeComments([]);
    await writeComment(comments, `${'x'.repeat(99)}\n`.repeat(1000));
    const body = comments.done[0]?.slice('create '.length) ?? '';
    expect(body.length).toBeLessThanOrEqual(65_536);
    expect(body.length).toBeGreaterThan(65_000);
    expect(body).toMatch(/x{99}\n\n… the rest is on the page of the run\.\n$/);
  });
});
