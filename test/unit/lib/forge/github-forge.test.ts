import { describe, expect, it } from '@jest/globals';
import { openForge } from '../../../../actions/lib/forge/open-forge.ts';
import { FORM } from '../../../support/dispatch-in.ts';
import { createFakeClock } from '../../../support/fake-clock.ts';
import { createFakeForge, type FakeForgeOptions } from '../../../support/fake-forge.ts';

function setUp(options: Partial<FakeForgeOptions> = {}) {
  const clock = createFakeClock();
  const fake = createFakeForge({ workflows: { 'form.yml': FORM }, now: clock.now, ...options });
  const { forge } = openForge(
    { api: 'https://api.github.com', repository: 'acme/vision', login: { kind: 'token', token: 'secret' } },
    { clock, fetch: fake.fetch, mask() {}, say() {}, timeoutMs: 50 },
  );
  const workflow = { id: 1, name: 'Form', path: '.github/workflows/form.yml', state: 'active' };
  return { clock, fake, forge, workflow, send: () => forge.dispatch(workflow, 'main', { scene: 'a' }) };
}

describe('a repository on GitHub', () => {
  it('says which run it started', async () => {
    const { send, fake } = setUp();
    const url = `https://api.github.com/acme/vision/actions/runs/${30_000_000_000}`;
    expect(await send()).toEqual({ kind: 'started', id: 30_000_000_000, url });
    expect(fake.broken).toEqual([]);
  });

  it('is asked once more, and from then on without what an older server refuses', async () => {
    const { send, fake } = setUp({ isOld: true });
    expect([await send(), await send()]).toEqual([{ kind: 'accepted' }, { kind: 'accepted' }]);
    expect(fake.seen.map(({ status }) => status)).toEqual([400, 204, 204]);
    expect(fake.runs).toHaveLength(2);
  });

  it.each(['lost', 'done-502', 'hang', 'reset'] as const)(
    'may have started a run whose answer is "%s"',
    async (fault) => {
      const { send, fake } = setUp();
      fake.strike({ on: /dispatches$/, fault, times: 1 });
      expect(await send()).toMatchObject({ kind: 'lost' });
      expect(fake.runs).toHaveLength(fault === 'reset' ? 0 : 1);
    },
  );

  it.each([
    ['no JSON', { status: 200, body: '<html>' }],
    ['no number', { status: 200, body: { workflow_run_id: '5', html_url: 'x' } }],
  ])('may have started a run where it answers with %s', async (_, fault) => {
    const { send, fake } = setUp();
    fake.strike({ on: /dispatches$/, fault });
    expect(await send()).toMatchObject({ kind: 'lost' });
  });

  it.each([
    [400, 'Problems parsing JSON', 'forge/refused'],
    [403, 'Resource not accessible by integration', 'forge/denied'],
    [404, 'Not Found', 'forge/not-found'],
    [422, 'No ref found for: nope', 'forge/refused'],
  ])('started no run where it answers %d', async (status, message, code) => {
    const { send, fake } = setUp();
    fake.strike({ on: /dispatches$/, fault: { status, body: { message } } });
    await expect(send()).rejects.toMatchObject({
      problems: [{ code, message: expect.stringContaining(message) }],
    });
  });

  it('is asked again only for what changed', async () => {
    const { send, forge, fake, clock } = setUp();
    await send();
    for (const _ of [1, 2, 3]) await forge.readRun(30_000_000_000);
    await clock.sleep(60_000);
    expect((await forge.readRun(30_000_000_000))?.status).toBe('completed');
    expect(fake.seen.map(({ status }) => status)).toEqual([200, 200, 304, 304, 200]);
    expect(forge.quota()).toMatchObject({ limit: 5000, remaining: 4997 });
  });

  it('has more runs than fit on a page', async () => {
    const { forge, fake, workflow, clock } = setUp();
    for (let run = 0; run < 230; run++) fake.addRun({ title: `run ${run}` });
    const runs = await forge.listRuns(workflow, 'main', clock.now() - 1000);
    expect(runs).toHaveLength(230);
    expect(runs[0]?.title).toBe('run 229');
    expect(fake.broken).toEqual([]);
  });

  it('knows no file, run, log or artifact that is not there', async () => {
    const { forge } = setUp();
    const missing = [
      forge.readWorkflow('x.yml'),
      forge.readFile('.github/workflows/x.yml', 'main'),
      forge.readRun(1),
    ];
    expect(await Promise.all([...missing, forge.readJobs(1), forge.readLogTail(1)])).toEqual([
      null,
      null,
      null,
      null,
      null,
    ]);
    await expect(forge.cancel(1)).resolves.toBeUndefined();
  });

  it('takes a run that is over as it is', async () => {
    const { forge, send, clock } = setUp();
    await send();
    await clock.sleep(60_000);
    await expect(forge.cancel(30_000_000_000)).resolves.toBeUndefined();
  });

  it('gives the end of a log of any length', async () => {
    const log = `${'x'.repeat(1e6)}\nthe end\n`;
    const { forge, send } = setUp({ plan: () => ({ jobs: [{ name: 'a', steps: [], log }] }) });
    await send();
    const tail = await forge.readLogTail(3_000_000_000_000);
    expect(tail).toHaveLength(64 * 1024);
    expect(tail?.endsWith('x\nthe end\n')).toBe(true);
  });

  it('says when a limit that was used up is filled again', async () => {
    const { forge, fake, clock } = setUp();
    const reset = String((clock.now() + 900_000) / 1000);
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset };
    fake.strike({ on: /contents/, fault: { status: 403, headers } });
    const failed = {
      isThrottled: true,
      retryAfterMs: 900_000,
      problems: [{ hint: 'It may be asked again at 08:15 UTC.' }],
    };
    await expect(forge.readFile('x', 'main')).rejects.toMatchObject(failed);
  });

  it('asks for patience with 403 too, which is not taken for a file that may not be read', async () => {
    const { forge, fake } = setUp();
    fake.strike({
      on: /contents/,
      fault: { status: 403, body: { message: 'You have exceeded a secondary rate limit' } },
    });
    await expect(forge.readFile('x', 'main')).rejects.toMatchObject({
      isThrottled: true,
      retryAfterMs: 60_000,
    });
  });
});
