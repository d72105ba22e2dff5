import { expect, it } from '@jest/globals';
import type { Engine } from '../../../../actions/lib/docker/engine.ts';
import { withLogins } from '../../../../actions/lib/docker/with-logins.ts';
import { DarkroomError } from '../../../../actions/lib/errors/darkroom-error.ts';
import type { CredentialSource } from '../../../../actions/lib/registry/credentials.ts';
import { createRepo } from '../../../support/git-repo.ts';
import { makeTestPlan } from '../../../support/make-test-plan.ts';

const engine: Engine = { kind: 'docker', docker: 'docker', buildx: ['buildx'], builder: 'one', env: {} };
/** As where Docker's configuration names a program that is not installed. */
const broken: CredentialSource = {
  async find() {
    throw new DarkroomError({ code: 'registry/login-helper', message: 'The helper is broken.' });
  },
};

it.each([
  ['127.0.0.1:5077/acme', 'worked'],
  ['r.example/acme', 'The helper is broken.'],
])('needs a login for what is written, but on loopback: %s', async (target, outcome) => {
  const repo = await createRepo();
  repo.write('containers/a/Dockerfile', 'FROM scratch\n');
  repo.commit();
  const planned = await makeTestPlan({ dir: repo.dir, matrix: 'images: { a: {} }\n', target });
  repo.remove();
  const lent = {
    credentials: broken,
    planned,
    environment: { DOCKER_CONFIG: repo.dir },
    mask: () => undefined,
  };
  const work = withLogins(lent, engine, async () => 'worked');
  expect(await work.catch((error: Error) => error.message)).toBe(outcome);
});
