/** The line of images.yml without a forge: the bundles of plan, build and publish as steps, waves and all. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Job } from '../../actions/lib/plan/cut-jobs.ts';
import { runStep, type StepRequest, type StepResult } from './action-step.ts';
import type { TestEngine } from './engine.ts';

/** What one push came to. */
export interface LineResult {
  readonly plan: StepResult;
  /** By name of the job; `everything` in one-job mode. */
  readonly builds: ReadonlyMap<string, StepResult>;
  /** `null` where the gate let it not come to that. */
  readonly publish: StepResult | null;
}

/** Variables that make an action find the tests' engine as the runner's own Docker. */
export function runnerDocker({ engine }: TestEngine): Record<string, string> {
  const { DOCKER_HOST = '', DOCKER_CONFIG = '' } = engine.env;
  return { DOCKER_HOST, DOCKER_CONFIG, PATH: `${path.dirname(engine.docker)}:${process.env.PATH ?? ''}` };
}

/** Runs what images.yml does for a push: every job in a temporary folder of its own, waves one after the other. */
export async function runLine(step: Omit<StepRequest, 'action'>): Promise<LineResult> {
  const inJob = async (requests: readonly Omit<StepRequest, 'cwd'>[]): Promise<StepResult[]> => {
    const temp = await mkdtemp(path.join(tmpdir(), 'darkroom-job-'));
    try {
      const results: StepResult[] = [];
      for (const request of requests) results.push(await runStep({ ...step, ...request, temp }));
      return results;
    } finally {
      await rm(temp, { recursive: true, force: true });
    }
  };
  const builds = new Map<string, StepResult>();
  const [plan] = await inJob([{ action: 'plan', inputs: step.inputs ?? {} }]);
  if (plan === undefined || plan.exitCode !== 0) throw new Error(`the plan failed:\n${plan?.log}`);
  const inputs = { ...step.inputs, plan: plan.outputs.plan ?? '' };
  if (plan.outputs.mode === 'one-job') {
    const [build] = await inJob([{ action: 'build', inputs }]);
    if (build !== undefined) builds.set('everything', build);
  }
  for (let wave = 1; wave <= 8; wave += 1) {
    const jobs = JSON.parse(plan.outputs[`wave-${wave}`] ?? '[]') as Job[];
    const ended = jobs.map(async ({ name, nodes }) => {
      const [build] = await inJob([{ action: 'build', inputs: { ...inputs, nodes: JSON.stringify(nodes) } }]);
      if (build !== undefined) builds.set(name, build);
    });
    await Promise.all(ended);
  }
  const failed = [...builds.values()].some(({ exitCode }) => exitCode !== 0);
  // In one job a failed step ends it; after waves the gate publishes, and publish itself refuses what is not whole.
  if (failed && plan.outputs.mode === 'one-job') return { plan, builds, publish: null };
  const [publish = null] = await inJob([{ action: 'publish', inputs }]);
  return { plan, builds, publish };
}
