import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { strToU8, zipSync } from 'fflate';
import type { RunOutcome } from '../../../../actions/lib/dispatch/dispatch-runs.ts';
import { cancelLeft } from '../../../../actions/lib/dispatch/left-runs.ts';
import { dispatchIn, dispatchWith, FORM, openFake, PLAIN } from '../../../support/dispatch-in.ts';
import { createFakeClock } from '../../../support/fake-clock.ts';
import { createFakeForge, type FakeForge } from '../../../support/fake-forge.ts';
import type { RunPlan } from '../../../support/fake-run.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;
/** Three hours of training. */
const LONG: RunPlan = {
  jobs: [
    {
      name: 'train',
      steps: [
        ['Fetch', 30],
        ['Train', 3 * 3600 - 32],
        ['Keep', 2],
      ],
    },
  ],
};
const RUN = /^GET .*\/runs\/\d+(\/jobs)?$/;
const SEND = /^POST .*\/dispatches$/;

const codes = (outcomes: readonly RunOutcome[]) =>
  outcomes.flatMap(({ problems }) => problems.map(({ code }) => code));
const sends = ({ seen }: FakeForge) =>
  seen.filter(({ method, path }) => SEND.test(`${method} ${path}`)).length;

describe('a dispatched run', () => {
  it('is started once, followed by what its jobs do, and judged by its conclusion', async () => {
    const { outcomes, lines, forge, left } = await dispatchIn(
      {},
      { inputs: '{"scene": "street", "steps": 7}' },
    );
    expect(outcomes).toMatchObject([
      { conclusion: 'success', problems: [], inputs: { scene: 'street', steps: '7' } },
    ]);
    expect(lines).toEqual([
      ...['The run is queued.', 'The run is in progress.', 'build: started'],
      ...['build: ✓ Build (10s)', 'build: success in 10s'],
    ]);
    expect(forge.runs).toMatchObject([{ branch: 'main', inputs: { scene: 'street', steps: '7' } }]);
    expect(outcomes[0]?.run?.url).toBe(
      `https://ghe.example.com/acme/vision/actions/runs/${forge.runs[0]?.id}`,
    );
    expect(left).toEqual({ runs: [], marks: [] });
  });

  it.each([
    'failure',
    'cancelled',
    'timed_out',
    'startup_failure',
    'action_required',
    'stale',
    'skipped',
    'neutral',
    'new_word',
  ])('fails with the conclusion "%s"', async (conclusion) => {
    const { outcomes } = await dispatchIn({ plan: () => ({ conclusion, jobs: [] }) });
    expect(outcomes).toMatchObject([{ conclusion, problems: [{ code: 'dispatch/run-failed' }] }]);
    expect(outcomes[0]?.problems[0]?.message).toContain(`ended with "${conclusion}"`);
  });

  it('is waited for until it is completed, whatever it is called before', async () => {
    const before = ['requested', 'pending', 'waiting', 'queued', 'a_new_word'].map(
      (status) => [status, 100] as const,
    );
    const { outcomes, lines, tookMs } = await dispatchIn({
      plan: () => ({ before, jobs: [{ name: 'a', steps: [['b', 5]] }] }),
    });
    expect(outcomes).toMatchObject([{ conclusion: 'success' }]);
    expect(lines.slice(0, 5)).toEqual(
      ['requested', 'pending', 'waiting', 'queued', 'a new word'].map((word) => `The run is ${word}.`),
    );
    expect(tookMs).toBeGreaterThan(500_000);
    expect(tookMs).toBeLessThan(560_000);
  });

  it('says which jobs and steps failed, with the last lines before the error', async () => {
    const log = [
      '2026-11-02T08:00:01.1234567Z ##[group]Run make',
      ...Array.from({ length: 50 }, (_, line) => `2026-11-02T08:00:02.0000000Z line ${line}`),
      '2026-11-02T08:00:03.0000000Z ##[error]Process completed with exit code 2.',
      '2026-11-02T08:00:04.0000000Z Cleaning up',
    ].join('\n');
    const jobs = [
      {
        name: 'train',
        steps: [
          ['Fetch', 3],
          ['Train', 60, 'failure'],
          ['Keep', 1],
        ],
        log,
      },
    ] as const;
    const { outcomes, lines, logs } = await dispatchIn({ plan: () => ({ jobs }) });
    expect(codes(outcomes)).toEqual(['dispatch/run-failed']);
    expect(outcomes[0]?.problems[0]?.message).toContain(
      'ended with "failure": "train" (failure in "Train").',
    );
    expect(lines).toContain('train: ✗ Train (failure, 1m 00s)');
    expect(lines.join()).not.toContain('Keep');
    expect(logs[0]).toHaveLength(30);
    expect(logs[0]?.slice(-2)).toEqual(['line 49', 'error: Process completed with exit code 2.']);
  });

  it('hands back its outputs with their types', async () => {
    const artifact = zipSync({
      'outputs.json': strToU8('{"psnr": 17.2, "url": "https://x/y", "pass": true}'),
    });
    const { outcomes } = await dispatchIn({ plan: () => ({ artifact }) });
    expect(outcomes).toMatchObject([
      { outputs: { psnr: 17.2, url: 'https://x/y', pass: true }, problems: [] },
    ]);
  });

  it('fails where its outputs cannot be used', async () => {
    const artifact = zipSync({ 'outputs.json': strToU8('{"psnr": [1]}') });
    const { outcomes } = await dispatchIn({ plan: () => ({ artifact }) });
    expect(outcomes).toMatchObject([
      { conclusion: 'success', outputs: {}, problems: [{ code: 'dispatch/bad-outputs' }] },
    ]);
  });

  it('keeps its conclusion where outputs and logs cannot be read', async () => {
    const plan = (): RunPlan => ({ jobs: [{ name: 'a', steps: [['b', 5, 'failure']], log: 'x' }] });
    const { outcomes, lines } = await dispatchIn({ plan }, {}, (forge) => {
      forge.strike({ on: /(artifacts|logs)$/, fault: { status: 403, body: { message: 'no' } } });
    });
    expect(outcomes).toMatchObject([{ conclusion: 'failure', outputs: {} }]);
    expect(codes(outcomes)).toEqual(['dispatch/run-failed', 'forge/denied']);
    expect(lines.join()).toContain('The log of a is not shown');
  });

  it('is left running after the time that was given, and is not cancelled', async () => {
    const { outcomes, forge, tookMs, left } = await dispatchIn(
      { plan: () => LONG },
      { timeoutMinutes: '90' },
    );
    expect(codes(outcomes)).toEqual(['dispatch/timeout']);
    expect(tookMs).toBe(90 * MINUTE);
    expect(forge.runs[0]?.cancelledAt).toBeNull();
    expect(left).toEqual({ runs: [], marks: [] });
  });

  it('is not waited for where nobody wants to', async () => {
    const { outcomes, forge, left } = await dispatchIn({}, { waits: false });
    expect(outcomes).toMatchObject([{ conclusion: null, problems: [], run: { id: forge.runs[0]?.id } }]);
    expect(forge.seen.filter(({ path }) => path.includes('/runs/'))).toEqual([]);
    expect(left).toEqual({ runs: [], marks: [] });
  });
});

describe('a wait of three hours', () => {
  it('takes at most 250 requests an hour, and ends within half a minute of the run', async () => {
    const { outcomes, forge, tookMs } = await dispatchIn({ plan: () => LONG, limit: 1000 });
    expect(outcomes).toMatchObject([{ conclusion: 'success' }]);
    for (const hour of [0, 1, 2]) {
      const began = forge.seen[0]?.at ?? 0;
      const inHour = forge.seen.filter(({ at }) => Math.floor((at - began) / HOUR) === hour);
      expect(inHour.length).toBeLessThanOrEqual(250);
    }
    expect(forge.seen.filter(({ status }) => status === 304).length).toBeGreaterThan(0.8 * forge.seen.length);
    expect(tookMs - 3 * HOUR).toBeLessThan(35_000);
  });

  it('keeps to 250 requests an hour where something happens all the time', async () => {
    const steps = Array.from({ length: 500 }, (_, step) => [`step ${step}`, 15] as const);
    const { forge, outcomes } = await dispatchIn({
      plan: () => ({ jobs: [{ name: 'busy', steps }] }),
      limit: 1000,
    });
    expect(outcomes).toMatchObject([{ conclusion: 'success' }]);
    const began = forge.seen[0]?.at ?? 0;
    for (const hour of [0, 1]) {
      expect(
        forge.seen.filter(({ at }) => Math.floor((at - began) / HOUR) === hour).length,
      ).toBeLessThanOrEqual(250);
    }
  });

  it('outlives the tokens of an App, which are minted anew before they expire, and are masked', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const app = { id: '12345', key: publicKey, livesMs: HOUR };
    const key = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
    const login = { kind: 'app', id: '12345', key } as const;
    const { outcomes, forge, masked } = await dispatchIn({ plan: () => LONG, app, tokens: {} }, { login });
    expect(outcomes).toMatchObject([{ conclusion: 'success' }]);
    expect(masked).toEqual(['ghs_minted1', 'ghs_minted2', 'ghs_minted3', 'ghs_minted4']);
    expect(forge.seen.filter(({ status }) => status === 401)).toEqual([]);
  });

  it('mints a token too where one is refused before its time, and where the clocks differ by an hour', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const app = { id: 'Iv1.x', key: publicKey, livesMs: HOUR };
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString().replaceAll('\n', '\\n');
    const login = { kind: 'app', id: 'Iv1.x', key } as const;
    const { outcomes, masked, forge } = await dispatchIn(
      { plan: () => LONG, app, tokens: {}, skewMs: -HOUR },
      { login },
      (forge, clock) => {
        void clock.sleep(30 * MINUTE).then(() => forge.revoke());
      },
    );
    expect(outcomes).toMatchObject([{ conclusion: 'success' }]);
    expect(forge.seen.filter(({ status }) => status === 401)).toHaveLength(2);
    expect(masked).toHaveLength(4);
  });

  it('ends where a token that was given has expired, and says what to do', async () => {
    const { outcomes, tookMs, left } = await dispatchIn({
      plan: () => LONG,
      tokens: { secret: Date.parse('2026-11-02T09:00:00Z') },
    });
    expect(outcomes).toMatchObject([{ conclusion: null, problems: [{ code: 'forge/unauthorized' }] }]);
    expect(outcomes[0]?.problems[0]?.hint).toContain('"app-id"');
    expect(outcomes[0]?.problems[0]?.message).toContain(`The run goes on: ${outcomes[0]?.run?.url}`);
    expect(left.runs).toEqual([]);
    expect(tookMs).toBeLessThan(61 * MINUTE);
  });

  it('makes do with what others leave of the limit', async () => {
    const { outcomes, forge } = await dispatchIn({ plan: () => LONG, limit: 60 }, {}, (forge) => {
      // What did not change costs nothing; here everything does.
      forge.strike({ on: /^GET .*\/jobs$/, fault: { status: 500 }, times: 400 });
    });
    expect(outcomes).toMatchObject([{ conclusion: null, problems: [{ code: 'forge/unavailable' }] }]);
    expect(forge.seen.filter(({ status }) => status === 403)).toEqual([]);
  });
});

describe('a forge that misbehaves', () => {
  it.each([
    ['a 401 that it does not mean', { status: 401 }, 1],
    [
      'a secondary limit',
      {
        status: 403,
        headers: { 'retry-after': '60' },
        body: { message: 'You have exceeded a secondary rate limit.' },
      },
      3,
    ],
    [
      'a secondary limit without a time',
      { status: 403, body: { message: 'You have exceeded a secondary rate limit.' } },
      2,
    ],
    ['429', { status: 429, headers: { 'retry-after': '30' } }, 5],
    ['500', { status: 500 }, 20],
    ['503 with a page', { status: 503, body: '<html>' }, 3],
    ['a reset', 'reset', 10],
  ] as const)('is waited for: %s', async (_, fault, times) => {
    const { outcomes, forge } = await dispatchIn({ plan: () => LONG }, {}, (forge) =>
      forge.strike({ on: RUN, fault, times }),
    );
    expect(outcomes).toMatchObject([{ conclusion: 'success', problems: [] }]);
    expect(forge.runs).toHaveLength(1);
  });

  it('is waited for until its limit is filled again', async () => {
    const start = Date.parse('2026-11-02T08:00:00Z');
    const reset = String((start + 45 * MINUTE) / 1000);
    const fault = { status: 403, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset } };
    const { outcomes, forge } = await dispatchIn({ plan: () => LONG }, {}, (forge) =>
      forge.strike({ on: RUN, fault, times: 1 }),
    );
    expect(outcomes).toMatchObject([{ conclusion: 'success' }]);
    const looks = forge.seen.filter(({ path }) => path.includes('/runs/'));
    expect((looks[1]?.at ?? 0) - start).toBeGreaterThanOrEqual(45 * MINUTE);
  });

  it('is left alone for as long as it asks, however often', async () => {
    const fault = { status: 429, headers: { 'retry-after': '600' } };
    const { outcomes, forge } = await dispatchIn({ plan: () => LONG }, {}, (forge) => {
      forge.strike({ on: RUN, fault, times: 4 });
    });
    expect(outcomes).toMatchObject([{ conclusion: 'success' }]);
    const looks = forge.seen.filter(({ path }) => path.includes('/runs/')).map(({ at }) => at);
    const gaps = [1, 2, 3, 4].map((look) => (looks[look] ?? 0) - (looks[look - 1] ?? 0));
    expect(gaps).toEqual([600_000, 600_000, 600_000, 600_000]);
  });

  it('may be away for a while more than once', async () => {
    const { outcomes } = await dispatchIn({ plan: () => LONG }, {}, (forge, { now }) => {
      const start = now();
      const minutes = () => (now() - start) / MINUTE;
      const isAway = () => (minutes() > 10 && minutes() < 25) || (minutes() > 30 && minutes() < 45);
      forge.strike({ on: RUN, fault: 'reset', when: isAway });
    });
    expect(outcomes).toMatchObject([{ conclusion: 'success' }]);
  });

  it('is not asked for jobs before there can be any', async () => {
    const before = [['waiting', 3600]] as const;
    const { forge } = await dispatchIn({
      plan: () => ({ before, jobs: [{ name: 'a', steps: [['b', 5]] }] }),
    });
    const early = forge.seen.filter(
      ({ path, at }) => path.endsWith('/jobs') && at < (forge.seen[0]?.at ?? 0) + HOUR,
    );
    expect(early).toEqual([]);
  });

  it('is given up after twenty minutes of nothing but errors', async () => {
    const { outcomes, tookMs } = await dispatchIn({ plan: () => LONG }, {}, (forge) =>
      forge.strike({ on: RUN, fault: 'reset' }),
    );
    expect(codes(outcomes)).toEqual(['forge/unreachable']);
    expect(tookMs).toBeGreaterThan(20 * MINUTE);
    expect(tookMs).toBeLessThan(22 * MINUTE);
  });

  it('may not know its own run for a minute', async () => {
    const { outcomes } = await dispatchIn({ plan: () => LONG }, {}, (forge, { now }) => {
      const start = now();
      forge.strike({ on: RUN, fault: { status: 404 }, when: () => now() < start + MINUTE });
    });
    expect(outcomes).toMatchObject([{ conclusion: 'success' }]);
  });

  it('says when the run was deleted', async () => {
    const { outcomes } = await dispatchIn({ plan: () => LONG }, {}, (forge, clock) => {
      void clock.sleep(10 * MINUTE).then(() => {
        for (const run of forge.runs) run.isDeleted = true;
      });
    });
    expect(codes(outcomes)).toEqual(['dispatch/run-gone']);
  });

  it.each([-2 * HOUR, 2 * HOUR])('may have another time by %d ms', async (skewMs) => {
    const { outcomes, forge } = await dispatchIn({ skewMs, isOld: true }, {});
    expect(outcomes).toMatchObject([{ conclusion: 'success' }]);
    expect(forge.runs).toHaveLength(1);
  });

  it.each([
    ['no JSON', { status: 200, body: undefined }],
    ['another shape', { status: 200, body: { status: 7 } }],
    ['a list', { status: 200, body: [] }],
  ])('is not believed where it answers with %s', async (_, fault) => {
    const { outcomes } = await dispatchIn({}, {}, (forge) =>
      forge.strike({ on: /^GET .*\/runs\/\d+$/, fault, times: 1 }),
    );
    expect(codes(outcomes)).toEqual(['forge/bad-answer']);
  });
});

describe('an answer that was lost', () => {
  it.each(['lost', 'done-502'] as const)(
    '%s: the run is found by its mark, and not started again',
    async (fault) => {
      const { outcomes, forge } = await dispatchIn({ listedAfterMs: MINUTE }, {}, (forge) =>
        forge.strike({ on: SEND, fault, times: 1 }),
      );
      expect(outcomes).toMatchObject([{ conclusion: 'success' }]);
      expect(forge.runs).toHaveLength(1);
      expect(sends(forge)).toBe(1);
    },
  );

  it('before anything was done: it is sent again once no run with its mark shows', async () => {
    const { outcomes, forge } = await dispatchIn({}, {}, (forge) =>
      forge.strike({ on: SEND, fault: 'reset', times: 2 }),
    );
    expect(outcomes).toMatchObject([{ conclusion: 'success' }]);
    expect(forge.runs).toHaveLength(1);
  });

  it.each(['lost', 'reset'] as const)(
    '%s, of a workflow that marks nothing: it is said, never sent twice',
    async (fault) => {
      const { outcomes, forge } = await dispatchIn(
        { workflows: { 'plain.yml': PLAIN } },
        { workflow: 'plain.yml' },
        (forge) => {
          forge.addRun({ title: 'of somebody else' });
          forge.strike({ on: SEND, fault, times: 1 });
        },
      );
      expect(codes(outcomes)).toEqual(['dispatch/answer-lost']);
      expect(outcomes[0]?.problems[0]?.hint).toContain('"darkroom-id"');
      expect(forge.runs.length).toBe(fault === 'lost' ? 2 : 1);
    },
  );

  it('of a hundred dispatches at once: exactly one run each, and each follows its own', async () => {
    const clock = createFakeClock();
    const forge = createFakeForge({
      workflows: { 'form.yml': FORM },
      now: clock.now,
      listedAfterMs: 20_000,
      limit: 1e6,
    });
    for (const fault of ['lost', 'done-502', 'reset'] as const) forge.strike({ on: SEND, fault, times: 30 });
    const all = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        dispatchWith(forge, clock, { inputs: JSON.stringify({ scene: `scene-${index}` }) }),
      ),
    );
    expect(forge.broken).toEqual([]);
    expect(forge.runs).toHaveLength(100);
    for (const [index, { outcomes }] of all.entries()) {
      expect(outcomes).toMatchObject([{ conclusion: 'success' }]);
      const run = forge.runs.find(({ id }) => id === outcomes[0]?.run?.id);
      expect(run?.inputs.scene).toBe(`scene-${index}`);
    }
  });

  it('of twenty dispatches at once that nothing marks: at most one run each, and no run is mistaken', async () => {
    const clock = createFakeClock();
    const forge = createFakeForge({ workflows: { 'plain.yml': PLAIN }, now: clock.now });
    forge.strike({ on: SEND, fault: 'lost', times: 10 });
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        dispatchWith(forge, clock, {
          workflow: 'plain.yml',
          inputs: JSON.stringify({ scene: `scene-${index}` }),
        }),
      ),
    );
    expect(forge.runs).toHaveLength(20);
    expect(all.filter(({ outcomes }) => codes(outcomes)[0] === 'dispatch/answer-lost')).toHaveLength(10);
  });
});

describe('an older server', () => {
  it('that does not say which run it started: it is found by its mark', async () => {
    const { outcomes, forge } = await dispatchIn({ isOld: true, listedAfterMs: 30_000 }, {}, (forge) => {
      forge.addRun({ title: 'of somebody else' });
    });
    expect(outcomes).toMatchObject([{ conclusion: 'success', run: { id: forge.runs[1]?.id } }]);
    expect(forge.runs).toHaveLength(2);
  });

  it.each([
    ['the only one of ours', 'octocat', [{ actor: 'hubot' }, { branch: 'other' }, { createdAt: 0 }], null],
    ['one of two', 'octocat', [{ actor: 'octocat' }], 'dispatch/ambiguous'],
    [
      'one of two, the other of which shows later',
      null,
      [{ listedAt: Date.parse('2026-11-02T08:00:05Z') }],
      'dispatch/ambiguous',
    ],
    ['one of two, by nobody knows whom', null, [{ actor: 'hubot' }], 'dispatch/ambiguous'],
  ] as const)('without a mark: %s', async (_, login, others, code) => {
    const { outcomes, forge } = await dispatchIn(
      { isOld: true, login, workflows: { 'plain.yml': PLAIN } },
      { workflow: 'plain.yml' },
      (forge) => {
        for (const other of others) forge.addRun({ title: 'x', ...other });
      },
    );
    expect(codes(outcomes)).toEqual(code === null ? [] : [code]);
    if (code === null) expect(outcomes[0]?.run?.id).toBe(forge.runs.at(-1)?.id);
    expect(forge.runs).toHaveLength(others.length + 1);
  });
});

describe('a run that was accepted and does not show', () => {
  it.each([
    ['with a mark', FORM],
    ['without one', PLAIN],
  ])('is not asked for again, %s', async (_, text) => {
    const options = { isOld: true, listedAfterMs: HOUR, workflows: { 'any.yml': text } };
    const { outcomes, forge } = await dispatchIn(options, { workflow: 'any.yml' });
    expect(codes(outcomes)).toEqual(['dispatch/not-found']);
    expect(forge.runs).toHaveLength(1);
  });
});

describe('several runs', () => {
  const inputs = JSON.stringify(['a', 'b', 'c', 'd', 'e'].map((scene) => ({ scene })));

  it('are a few at a time, and one that fails leaves the others alone', async () => {
    const plan = (given: Readonly<Record<string, string>>): RunPlan => ({
      jobs: [{ name: 'build', steps: [['Build', 60, given.scene === 'b' ? 'failure' : 'success']] }],
    });
    const { outcomes, forge } = await dispatchIn({ plan }, { inputs, maxParallel: '2' });
    expect(outcomes.map(({ conclusion }) => conclusion)).toEqual([
      'success',
      'failure',
      'success',
      'success',
      'success',
    ]);
    const starts = forge.runs.map(({ createdAt }) => createdAt).sort();
    expect((starts[4] ?? 0) - (starts[0] ?? 0)).toBeGreaterThan(2 * MINUTE);
  });

  it('of a workflow that marks nothing are told apart on an older server by starting one after the other', async () => {
    const { outcomes, forge } = await dispatchIn(
      { isOld: true, workflows: { 'plain.yml': PLAIN } },
      { inputs, workflow: 'plain.yml', maxParallel: '5' },
    );
    const scenes = outcomes.map(({ run }) => forge.runs.find(({ id }) => id === run?.id)?.inputs.scene);
    expect(scenes).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('share the limit of a token', async () => {
    const { forge, tookMs } = await dispatchIn(
      { plan: () => LONG, limit: 1000 },
      { inputs, maxParallel: '5' },
    );
    expect(forge.seen.length / 3).toBeLessThan(400);
    expect(tookMs - 3 * HOUR).toBeLessThan(2 * MINUTE);
  });
});

describe('a stop', () => {
  it('cancels every run that goes on, starts no other, and leaves them to be cancelled again', async () => {
    const stop = new AbortController();
    const inputs = JSON.stringify(['a', 'b', 'c'].map((scene) => ({ scene })));
    let asked = 0;
    const { outcomes, forge, left } = await dispatchIn(
      { plan: () => LONG },
      { inputs, maxParallel: '2', stop: stop.signal },
      (_, clock) => {
        void clock.sleep(20 * MINUTE).then(() => {
          asked = clock.now();
          stop.abort();
        });
      },
    );
    expect(codes(outcomes)).toEqual(['dispatch/stopped', 'dispatch/stopped', 'dispatch/stopped']);
    expect(forge.runs.map(({ cancelledAt }) => (cancelledAt ?? 0) - asked)).toEqual([0, 0]);
    expect(left).toEqual({ runs: forge.runs.map(({ id }) => id), marks: [] });
  });

  it('while the answer to a dispatch is looked for cancels what is found', async () => {
    const stop = new AbortController();
    const { forge, outcomes } = await dispatchIn(
      { plan: () => LONG },
      { stop: stop.signal },
      (forge, clock) => {
        forge.strike({ on: SEND, fault: 'lost', times: 1 });
        void clock.sleep(1000).then(() => stop.abort());
      },
    );
    expect(codes(outcomes)).toEqual(['dispatch/stopped']);
    expect(forge.runs).toHaveLength(1);
    expect(forge.runs[0]?.cancelledAt).not.toBeNull();
  });

  it('while nobody knows whether there is a run leaves its mark, by which it is found and cancelled later', async () => {
    const stop = new AbortController();
    const clock = createFakeClock();
    const forge = createFakeForge({
      ...{ workflows: { 'form.yml': FORM }, now: clock.now, plan: () => LONG, listedAfterMs: 30_000 },
    });
    forge.addRun({ title: 'of somebody else', plan: LONG });
    forge.strike({ on: SEND, fault: 'lost', times: 1 });
    void clock.sleep(1000).then(() => stop.abort());
    const { outcomes, left } = await dispatchWith(forge, clock, { stop: stop.signal });
    expect(codes(outcomes)).toEqual(['dispatch/answer-lost']);
    expect(left).toEqual({ runs: [], marks: [forge.runs[1]?.inputs['darkroom-id']] });
    await clock.sleep(60_000);
    const said: string[] = [];
    const { opened } = openFake(forge, clock);
    await cancelLeft(left, 'form.yml', opened, (line) => said.push(line));
    expect(forge.runs.map(({ cancelledAt }) => cancelledAt !== null)).toEqual([false, true]);
    expect(said).toEqual([`The run ${forge.runs[1]?.id} was asked to end.`]);
  });

  it('cancels although the forge stumbles, and takes a run that is over as it is', async () => {
    const stop = new AbortController();
    const { forge } = await dispatchIn({ plan: () => LONG }, { stop: stop.signal }, (forge, clock) => {
      forge.strike({ on: /cancel$/, fault: { status: 502 }, times: 2 });
      void clock.sleep(MINUTE).then(() => stop.abort());
    });
    expect(forge.runs[0]?.cancelledAt).not.toBeNull();
  });
});

describe('a job that is run again', () => {
  const cause = { repository: 'acme/vision', runId: '77', job: 'scene', step: '__run_2' };

  it('follows the run that its earlier attempt started', async () => {
    const clock = createFakeClock();
    const forge = createFakeForge({ workflows: { 'form.yml': FORM }, now: clock.now, plan: () => LONG });
    const first = await dispatchWith(forge, clock, { cause, timeoutMinutes: '10' });
    const again = await dispatchWith(forge, clock, { cause, isRepeated: true });
    expect(again.outcomes).toMatchObject([
      { conclusion: 'success', run: { id: first.outcomes[0]?.run?.id } },
    ]);
    expect(again.lines).toContain('An earlier attempt of this job started it; it is followed on.');
    expect(forge.runs).toHaveLength(1);
    await dispatchWith(forge, clock, { cause, isRepeated: true });
    expect(forge.runs).toHaveLength(2);
  });

  it.each([
    ['other inputs', { cause, inputs: 'scene: other' }],
    ['another job', { cause: { ...cause, job: 'other' } }],
    ['another run', { cause: { ...cause, runId: '78' } }],
  ])('starts its own for %s', async (_, asked) => {
    const clock = createFakeClock();
    const forge = createFakeForge({ workflows: { 'form.yml': FORM }, now: clock.now, plan: () => LONG });
    await dispatchWith(forge, clock, { cause, timeoutMinutes: '10' });
    await dispatchWith(forge, clock, { ...asked, isRepeated: true, timeoutMinutes: '10' });
    expect(forge.runs).toHaveLength(2);
  });

  it('guesses nothing where two are left, and says where it cannot know', async () => {
    const clock = createFakeClock();
    const forge = createFakeForge({
      workflows: { 'form.yml': FORM, 'plain.yml': PLAIN },
      now: clock.now,
      plan: () => LONG,
    });
    for (const _ of [1, 2]) await dispatchWith(forge, clock, { cause, timeoutMinutes: '1' });
    const again = await dispatchWith(forge, clock, { cause, isRepeated: true });
    expect(codes(again.outcomes)).toEqual(['dispatch/ambiguous']);
    expect(forge.runs).toHaveLength(2);
    const plain = await dispatchWith(forge, clock, {
      cause,
      isRepeated: true,
      workflow: 'plain.yml',
      timeoutMinutes: '1',
    });
    expect(plain.lines[0]).toContain('An earlier attempt may have left a run');
  });
});
