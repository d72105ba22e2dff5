import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { dispatchIn } from '../support/dispatch-in.ts';
import { readOwnAction, readWorkflows } from '../support/workflow-files.ts';

const WORKFLOW = readWorkflows().find((one) => one.path.endsWith('/reconstruct.yml'));
const ask = (inputs: string) =>
  dispatchIn(
    { workflows: { 'reconstruct.yml': WORKFLOW?.text ?? '' } },
    { workflow: 'reconstruct.yml', inputs },
  );

describe('reconstruct.yml', () => {
  it('can be dispatched, and is known again by its title', async () => {
    const { outcomes, forge, lines } = await ask('{scene: street, frames: photos, preset: high, lfs: true}');
    expect(outcomes).toMatchObject([{ conclusion: 'success' }]);
    expect(forge.runs).toHaveLength(1);
    expect(forge.runs[0]?.title).toMatch(/^Scene street [0-9a-f]{12}-[0-9a-f]{12}$/);
    expect(lines.join('\n')).not.toContain('darkroom-id');
  });

  it.each([
    ['{frames: photos}', '"scene"'],
    ['{scene: street, frames: photos, preset: best}', '"best"'],
    ['{scene: street, frames: photos, presett: high}', '"preset"'],
  ])('is refused before a run is spent: %s', async (inputs, named) => {
    await expect(ask(inputs)).rejects.toThrow(named);
  });

  it('lets runs of one scene wait, and cancels none of them', () => {
    const group = `darkroom-scene-\${{ inputs.storage || github.run_id }}-\${{ inputs.scene }}`;
    expect(WORKFLOW?.data.concurrency).toEqual({ group, 'cancel-in-progress': false, queue: 'max' });
  });

  it('uploads under the names that others look for, also of a scene that is not good enough', () => {
    const steps = WORKFLOW?.data.jobs.scene?.steps ?? [];
    const uploads = steps.filter(({ uses = '' }) => uses.startsWith('actions/upload-artifact@'));
    expect(uploads.map((step) => step.with?.name)).toEqual([
      `scene-\${{ inputs.scene }}`,
      'darkroom-outputs',
    ]);
    const conditions = uploads.map((step) => String((step as { readonly if?: unknown }).if));
    expect(conditions.filter((condition) => !condition.includes('!cancelled()'))).toEqual([]);
  });

  it('passes everything on that the action can be asked for and a runner has', () => {
    const step = WORKFLOW?.data.jobs.scene?.steps?.find(({ uses = '' }) => uses === '$/actions/reconstruct');
    const inputs = Object.keys(readOwnAction('$/actions/reconstruct')?.inputs ?? {});
    const given = Object.keys(step?.with ?? {});
    // The token is the workflow's, logins and the role are those of the runner.
    const left = inputs.filter((name) => !given.includes(name));
    expect(left).toEqual(['token', 'username', 'password', 'aws-role']);
  });
});

describe('what a pull request of reconstruct.yml is compared with', () => {
  const steps = WORKFLOW?.data.jobs.scene?.steps ?? [];
  const step = (name: string) =>
    steps.find((one) => one.name === name) as { if?: string; run?: string; with?: { key?: string } };
  const BASE = { ref_type: 'branch', ref_name: 'main', event: { repository: { default_branch: 'main' } } };
  const isKept = (github: object, outcome = 'success') =>
    ['Take the report for the next pull request', 'Keep it'].map((name) =>
      runInNewContext(step(name).if ?? '', { github, steps: { artifact: { outcome } } }),
    );

  it.each([
    [true, { event_name: 'push' }],
    [true, { event_name: 'schedule', event: { schedule: '0 0 * * 0' } }],
    [false, { event_name: 'push', ref_name: 'feature' }],
    [false, { event_name: 'push', ref_type: 'tag' }],
    [false, { event_name: 'workflow_dispatch' }],
    [false, { event_name: 'pull_request', ref_name: '5/merge' }],
  ])('is kept, %s, of a run for %j', (kept, run) => {
    expect(isKept({ ...BASE, ...run })).toEqual([kept, kept]);
    expect(isKept({ ...BASE, ...run }, 'skipped')).toEqual([false, false]);
  });

  it('was made of the same photographs, with the same options, on such a runner', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'darkroom-key-'));
    const keyOf = async (changed: Readonly<Record<string, string>>): Promise<string> => {
      const file = path.join(folder, JSON.stringify(changed));
      const given = {
        FRAMES: 'photos',
        PRESET: 'high',
        SET: 'steps=2,3',
        SEED: '0',
        RUNNER: 'gpu',
        MATRIX: '',
      };
      const env = { ...given, GITHUB_OUTPUT: file, ...changed };
      await execa('bash', ['-e', '-c', step('Name what it can be compared with').run ?? ''], { env });
      return readFileSync(file, 'utf8');
    };
    const keys = await Promise.all(
      [
        {},
        ...['FRAMES', 'PRESET', 'SET', 'SEED', 'RUNNER', 'MATRIX'].map((name) => ({ [name]: 'x' })),
        { SET: 'steps=2', SEED: ',30' },
      ].map(keyOf),
    );
    rmSync(folder, { recursive: true });
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys[0]).toMatch(/^options=[0-9a-f]{16}\n$/);
    const used = ['Find the last report of the default branch', 'Keep it'].map(
      (name) => step(name).with?.key,
    );
    const key = `darkroom-report/\${{ inputs.scene }}/\${{ steps.like.outputs.options }}/`;
    expect(used).toEqual([
      `${key}of-the-default-branch`,
      `${key}\${{ github.run_id }}-\${{ github.run_attempt }}`,
    ]);
  });
});
