import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runStep } from '../support/action-step.ts';
import { startTestEngine, type TestEngine } from '../support/engine.ts';
import { createRepo, type TestRepo } from '../support/git-repo.ts';
import { type RegistryProgram, startRegistryProgram } from '../support/registry-program.ts';
import { runLine, runnerDocker } from '../support/workflow-line.ts';

const MINUTES = 60_000;
/** Of the password below, by bcrypt. */
const HASH = '$2a$04$oLDsqXdVC0jhFJ/Vg9kjxuE78B9ordjOlzI9MYo8po0qwCtX8g8H.';
const LOGIN = { username: 'ann', password: 'correct horse' };

describe('a registry that wants a login', () => {
  let test: TestEngine;
  let registry: RegistryProgram;
  let repo: TestRepo;
  let env: Record<string, string>;

  beforeAll(async () => {
    test = await startTestEngine();
    env = runnerDocker(test);
    registry = await startRegistryProgram({
      files: { htpasswd: `ann:${HASH}\n` },
      settings: (folder) => ({ auth: { htpasswd: { realm: 'test', path: `${folder}/htpasswd` } } }),
    });
    repo = await createRepo();
    repo.write(
      'action-matrix.yml',
      `registry: ${registry.host}/acme/vision\nimages: { base: {}, app: {} }\n`,
    );
    repo.write('containers/base/Dockerfile', 'FROM scratch\nCOPY a /\n');
    repo.write('containers/base/a', 'a');
    repo.write('containers/app/Dockerfile', 'FROM base\nCOPY b /\n');
    repo.write('containers/app/b', 'b');
    repo.commit();
  }, 10 * MINUTES);

  afterAll(async () => {
    await registry.stop();
    repo.remove();
  });

  it(
    'is planned, built and published with username and password, which no log shows',
    async () => {
      const { plan, builds, publish } = await runLine({ cwd: repo.dir, env, inputs: LOGIN });
      const steps = [plan, ...builds.values(), ...(publish === null ? [] : [publish])];
      expect(steps.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
      expect(Object.keys(JSON.parse(publish?.outputs.published ?? '{}')).sort()).toEqual(['app', 'base']);
      for (const { log, masked, summary } of steps) {
        expect(masked).toContain(LOGIN.password);
        const shown = log.replaceAll(/^::add-mask::.*$/gm, '') + summary;
        expect(shown).not.toContain(LOGIN.password);
        expect(shown).not.toContain(Buffer.from(`ann:${LOGIN.password}`).toString('base64'));
      }
    },
    5 * MINUTES,
  );

  it(
    'fails the plan without one, and says what to do',
    async () => {
      const { exitCode, annotations, outputs } = await runStep({ action: 'plan', cwd: repo.dir, env });
      expect({ exitCode, outputs }).toEqual({ exitCode: 1, outputs: {} });
      expect(annotations[0]).toMatchObject({
        properties: { title: 'registry/denied' },
        text: expect.stringMatching(/is not allowed\.\n.*"username" and "password"/s),
      });
    },
    5 * MINUTES,
  );
});
