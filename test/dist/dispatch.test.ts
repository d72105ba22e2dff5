import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { strToU8, zipSync } from 'fflate';
import { runStep, type StepRequest } from '../support/action-step.ts';
import { startCommand } from '../support/darkroom-command.ts';
import { FORM } from '../support/dispatch-in.ts';
import type { RunPlan } from '../support/fake-run.ts';
import { waitUntil } from '../support/processes.ts';
import { type ServedForge, serveForge } from '../support/serve-forge.ts';

jest.setTimeout(120_000);

const OUTPUTS = zipSync({ 'outputs.json': strToU8('{"psnr": 17.25}') });
const LONG: RunPlan = { jobs: [{ name: 'train', steps: [['Train', 600]] }] };

/** By the name of the scene. */
function planOf({ scene = '' }: Readonly<Record<string, string>>): RunPlan {
  if (scene.startsWith('long')) return LONG;
  const isBad = scene.startsWith('bad');
  const steps = [
    ['Fetch', 1],
    ['Train', 1, isBad ? 'failure' : 'success'],
  ] as const;
  const log =
    '2026-11-02T08:00:03.0000000Z ##[error]::add-mask::no\n2026-11-02T08:00:03.0000000Z ##[error]out of memory\n';
  return { before: [['queued', 1]], jobs: [{ name: 'train', steps, log }], artifact: OUTPUTS };
}

describe('dispatch, as a runner and as a person start it', () => {
  let forge: ServedForge;
  let cwd: string;

  beforeEach(async () => {
    cwd = mkdtempSync(path.join(tmpdir(), 'darkroom-dispatch-'));
    forge = await serveForge({ workflows: { 'form.yml': FORM }, plan: planOf });
  });

  afterEach(async () => {
    rmSync(cwd, { recursive: true, force: true });
    await forge.close();
  });

  const request = (
    inputs: Readonly<Record<string, string>>,
    more: Partial<StepRequest> = {},
  ): StepRequest => ({
    ...{
      action: 'dispatch',
      cwd,
      inputs: { workflow: 'form.yml', repository: 'acme/vision', token: 'secret', ...inputs },
    },
    ...more,
    env: { GITHUB_API_URL: forge.api, GITHUB_RUN_ID: '7', GITHUB_JOB: 'scene', ...more.env },
  });

  it('hands back number, page, conclusion and outputs, and tells what happens', async () => {
    const { exitCode, outputs, summary, log, annotations, masked } = await runStep(
      request({ inputs: 'scene: street' }),
    );
    expect({ exitCode, log }).toMatchObject({ exitCode: 0 });
    const [run] = forge.runs;
    const url = `${new URL(forge.api).origin}/acme/vision/actions/runs/${run?.id}`;
    expect(outputs).toMatchObject({ 'run-id': String(run?.id), 'run-url': url, conclusion: 'success' });
    expect(JSON.parse(outputs.outputs ?? '')).toEqual({ psnr: 17.25 });
    expect(JSON.parse(outputs.runs ?? '')).toMatchObject([
      { inputs: { scene: 'street' }, id: run?.id, outputs: { psnr: 17.25 } },
    ]);
    expect(annotations).toEqual([]);
    expect(log).toContain(`Started: ${url}`);
    expect(log).toContain('train: ✓ Train (1s)');
    expect(summary).toContain('| scene=street | success |');
    expect(summary).toContain('| psnr | 17.25 |');
    expect(masked).toContain('secret');
    expect(run?.branch).toBe('main');
  });

  it('fails as the run does, with the end of its log, and obeys nothing in it', async () => {
    const { exitCode, outputs, annotations, log, masked } = await runStep(request({ inputs: 'scene: bad' }));
    expect(exitCode).toBe(1);
    expect(outputs).toMatchObject({ conclusion: 'failure', outputs: '{"psnr":17.25}' });
    expect(annotations).toMatchObject([{ level: 'error', properties: { title: 'dispatch/run-failed' } }]);
    expect(annotations[0]?.text).toContain('"train" (failure in "Train")');
    expect(log).toMatch(/::group::Last lines of train\n.*\nerror: out of memory\n/);
    expect(masked).toEqual(['secret']);
  });

  it('runs several, and says of each how it ended', async () => {
    const inputs = JSON.stringify([{ scene: 'a' }, { scene: 'bad' }, { scene: 'c' }]);
    const { exitCode, outputs, summary, annotations } = await runStep(
      request({ inputs, 'max-parallel': '3' }),
    );
    expect(exitCode).toBe(1);
    expect(outputs).toMatchObject({ 'run-id': '', conclusion: 'failure' });
    const runs = JSON.parse(outputs.runs ?? '') as readonly { conclusion: string }[];
    expect(runs.map(({ conclusion }) => conclusion)).toEqual(['success', 'failure', 'success']);
    expect(annotations).toHaveLength(1);
    expect(summary).toContain('3 runs: 2 success, 1 failure');
  });

  it('says everything that is wrong with the inputs before a run is spent', async () => {
    const { exitCode, annotations } = await runStep(
      request({ inputs: '{"scen": "x", "preset": "hihg", "steps": "many", "dry": "no"}' }),
    );
    expect(exitCode).toBe(1);
    expect(annotations.map(({ text }) => text)).toEqual([
      'The workflow has no input "scen"; it declares scene, preset, steps, dry.\n  Did you mean "scene"?',
      'The input "preset" is "hihg"; expected one of preview, standard, high.\n  Did you mean "high"?',
      'The input "steps" is "many"; expected a number.',
      'The input "dry" is "no"; expected "true" or "false".',
      'The workflow requires the input "scene"; it was not given.',
    ]);
    expect(forge.runs).toEqual([]);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('passes a cancel on within seconds of %s', async (signal) => {
    let asked = 0;
    const cancel = async (kill: (signal: NodeJS.Signals) => void): Promise<void> => {
      await waitUntil(() => forge.seen.some(({ path: at }) => at.endsWith('/jobs')));
      asked = Date.now();
      kill(signal);
    };
    const { exitCode, annotations, state } = await runStep(
      request({ inputs: 'scene: long' }, { onStart: (kill) => void cancel(kill) }),
    );
    const took = (forge.runs[0]?.cancelledAt ?? Number.POSITIVE_INFINITY) - asked;
    process.stderr.write(
      `${signal}: cancel reached the run after ${took} ms, the step ended after ${Date.now() - asked} ms\n`,
    );
    expect(took).toBeLessThan(5000);
    expect(Date.now() - asked).toBeLessThan(7500);
    expect(exitCode).toBe(signal === 'SIGINT' ? 130 : 143);
    expect(annotations).toMatchObject([{ properties: { title: 'dispatch/stopped' } }]);
    const post = await runStep(request({ inputs: 'scene: long' }, { env: state }));
    expect(post).toMatchObject({ exitCode: 0, annotations: [] });
    expect(post.log).toContain(`The run ${forge.runs[0]?.id} was asked to end.`);
  });

  it('cancels at the end of the job what a killed step left, and nothing that is over', async () => {
    const kill = async (end: (signal: NodeJS.Signals) => void): Promise<void> => {
      await waitUntil(() => forge.seen.some(({ path: at }) => at.endsWith('/jobs')));
      end('SIGKILL');
    };
    const { state } = await runStep(request({ inputs: 'scene: long' }, { onStart: (end) => void kill(end) }));
    expect(forge.runs[0]?.cancelledAt).toBeNull();
    await runStep(request({ inputs: 'scene: long' }, { env: state }));
    expect(forge.runs[0]?.cancelledAt).not.toBeNull();

    const done = await runStep(request({ inputs: 'scene: a' }));
    const before = forge.seen.length;
    const post = await runStep(request({ inputs: 'scene: a' }, { env: done.state }));
    expect({ exitCode: post.exitCode, asked: forge.seen.length - before, runs: forge.runs.length }).toEqual({
      exitCode: 0,
      asked: 0,
      runs: 2,
    });
  });

  it('follows in a later attempt the run that an earlier one left', async () => {
    const kill = async (end: (signal: NodeJS.Signals) => void): Promise<void> => {
      await waitUntil(
        () => forge.runs.length === 1 && forge.seen.some(({ path: at }) => at.includes('/runs/')),
      );
      end('SIGKILL');
    };
    const first = request({ inputs: 'scene: long' }, { onStart: (end) => void kill(end) });
    await runStep(first);
    const again = await runStep(
      request(
        { inputs: 'scene: long', 'timeout-minutes': '1', wait: 'false' },
        { env: { GITHUB_RUN_ATTEMPT: '2' } },
      ),
    );
    expect(again.outputs['run-id']).toBe(String(forge.runs[0]?.id));
    expect(forge.runs).toHaveLength(1);
  });

  it('mints tokens of an App, and keeps them and its key out of the log', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    await forge.close();
    const app = { id: '9', key: publicKey, livesMs: 3_600_000 };
    forge = await serveForge({ workflows: { 'form.yml': FORM }, plan: planOf, tokens: {}, app });
    const key = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
    const { exitCode, masked, log } = await runStep(
      request({ inputs: 'scene: a', 'app-id': '9', 'private-key': key }),
    );
    expect({ exitCode, log }).toMatchObject({ exitCode: 0 });
    expect(masked).toContain('ghs_minted1');
    expect(log.replace('::add-mask::ghs_minted1', '')).not.toContain('ghs_minted');
    const broken = await runStep(
      request({ inputs: 'scene: a', 'app-id': '9', 'private-key': `${key.slice(0, 60)}\nTOPSECRET` }),
    );
    expect(broken.annotations).toMatchObject([{ properties: { title: 'input/private-key' } }]);
    expect(broken.log).not.toContain('TOPSECRET');
  });

  it.each([
    [{ wait: 'yes' }, 'input/wait'],
    [{ inputs: '[' }, 'yaml/syntax'],
    [{ 'app-id': '5' }, 'input/private-key'],
    [{ workflow: 'frm.yml' }, 'dispatch/unknown-workflow'],
    [{ token: 'wrong' }, 'forge/unauthorized'],
  ])('says what is wrong with %j', async (inputs, title) => {
    const { exitCode, annotations, state } = await runStep(request(inputs));
    expect(exitCode).toBe(1);
    expect(annotations).toMatchObject([{ properties: { title } }]);
    // The end of the job has nothing to add.
    const post = await runStep(request(inputs, { env: state }));
    expect(post).toMatchObject({ exitCode: 0, annotations: [] });
    expect(forge.runs).toEqual([]);
  });

  describe('from a terminal', () => {
    const env = () => ({ GITHUB_API_URL: forge.api, GH_TOKEN: 'secret' });
    const repo = ['--repo', 'acme/vision'];

    it('prints one line, or one document', async () => {
      const plain = await startCommand(cwd, ['dispatch', 'form.yml', ...repo, '--input', 'scene=a=b'], env());
      expect(plain).toMatchObject({ exitCode: 0 });
      expect(plain.stdout).toMatch(/^success {2}2s {2}http:\S+\n$/);
      expect(plain.stderr).toContain('form.yml: train: ✓ Train (1s)');
      expect(forge.runs[0]?.inputs.scene).toBe('a=b');
      const json = await startCommand(
        cwd,
        ['dispatch', 'form.yml', ...repo, '--input', 'scene=bad', '--json'],
        env(),
      );
      expect(json.exitCode).toBe(1);
      const document = JSON.parse(json.stdout) as Record<string, unknown>;
      expect(document).toMatchObject({
        version: 1,
        runs: [{ conclusion: 'failure' }],
        problems: [{ code: 'dispatch/run-failed' }],
      });
    });

    it('takes several from a file, and need not wait', async () => {
      writeFileSync(path.join(cwd, 'scenes.json'), '[{"scene": "a"}, {"scene": "b"}]');
      const ran = await startCommand(
        cwd,
        ['dispatch', 'form.yml', ...repo, '--inputs', 'scenes.json', '--no-wait'],
        env(),
      );
      expect(ran).toMatchObject({ exitCode: 0 });
      expect(ran.stdout).toMatch(/#1 +scene=a +started/);
      expect(forge.runs.map(({ inputs }) => inputs.scene)).toEqual(['a', 'b']);
    });

    it('cancels the run with Ctrl-C', async () => {
      const started = startCommand(cwd, ['dispatch', 'form.yml', ...repo, '--input', 'scene=long'], env());
      await waitUntil(() => forge.seen.some(({ path: at }) => at.endsWith('/jobs')));
      const asked = Date.now();
      started.kill('SIGINT');
      expect((await started).exitCode).toBe(130);
      expect((forge.runs[0]?.cancelledAt ?? Number.POSITIVE_INFINITY) - asked).toBeLessThan(5000);
    });

    it.each([
      [['--input', 'scene'], {}, 'expected key=value'],
      [['--inputs', 'none.json'], {}, 'ENOENT'],
      [['--input', 'scene=a'], { GH_TOKEN: undefined, PATH: '/usr/bin:/bin' }, 'gh auth login'],
    ])('ends with 2 for %j', async (args, more, text) => {
      const ran = await startCommand(cwd, ['dispatch', 'form.yml', ...repo, ...args], { ...env(), ...more });
      expect(ran.stderr).toContain(text);
      expect(ran.exitCode).toBe(2);
      expect(forge.runs).toEqual([]);
    });
  });
});
