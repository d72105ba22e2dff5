import { describe, expect, it } from '@jest/globals';
import { WAVES } from '../../actions/lib/plan/job-limits.ts';
import { readOwnAction, readWorkflows } from '../support/workflow-files.ts';

/** GitHub cannot make waves at run time, so they are written out; here they are held together. */
describe('the waves of images.yml', () => {
  const jobs = readWorkflows().find(({ path }) => path.endsWith('/images.yml'))?.data.jobs ?? {};
  const waves = Array.from({ length: WAVES }, (_, index) => index + 1);

  it('are as many as a plan is cut into', () => {
    const outputs = Object.keys(readOwnAction('$/actions/plan')?.outputs ?? {});
    const names = waves.map((wave) => `wave-${wave}`);
    expect(Object.keys(jobs)).toEqual(['plan', 'lint', ...names, 'images']);
    expect(outputs.filter((name) => name.startsWith('wave-'))).toEqual(names);
  });

  it.each(waves.slice(1))('wave %i is the first but for its number', (wave) => {
    const [first, second] = [jobs['wave-1'], jobs[`wave-${wave}`]];
    const numbered = JSON.stringify(first).replaceAll(/\b([Ww]ave[ -])1\b/g, `$1${wave}`);
    expect(second).toEqual({ ...JSON.parse(numbered), needs: ['plan', `wave-${wave - 1}`] });
  });

  it('all stand before the gate, which asks every one of them for its result', () => {
    expect(jobs.images?.needs).toEqual(['plan', 'lint', ...waves.map((wave) => `wave-${wave}`)]);
    const asked = JSON.stringify(jobs.images?.steps?.[0]).matchAll(/needs\.([\w-]+)\.result/g);
    expect([...asked].map(([, name]) => name)).toEqual(['plan', ...waves.map((wave) => `wave-${wave}`)]);
  });

  it('wait for no lint', () => {
    const waiting = Object.entries(jobs).filter(([, { needs }]) => [needs].flat().includes('lint'));
    expect(waiting.map(([name]) => name)).toEqual(['images']);
  });

  it('are handed on by the job that plans', () => {
    expect(jobs.plan?.outputs).toEqual(
      Object.fromEntries(
        ['plan', 'mode', ...waves.map((wave) => `wave-${wave}`)].map((name) => [
          name,
          `\${{ steps.plan.outputs.${name} }}`,
        ]),
      ),
    );
  });
});
