import { describe, expect, it } from '@jest/globals';
import { dispatchIn } from '../support/dispatch-in.ts';
import { readOwnAction, readWorkflows } from '../support/workflow-files.ts';

const WORKFLOW = readWorkflows().find(({ path }) => path.endsWith('/reconstruct.yml'));
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
