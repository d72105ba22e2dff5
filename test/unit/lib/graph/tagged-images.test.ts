import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createRepo, type TestRepo } from '../../../support/git-repo.ts';
import { makeTestPlan } from '../../../support/make-test-plan.ts';

const HOME = 'ghcr.io/acme/vision';

describe('images of the matrix by a tag', () => {
  let repo: TestRepo;
  beforeEach(async () => {
    repo = await createRepo();
    repo.write('containers/base/Dockerfile', 'FROM scratch\n');
  });
  afterEach(() => repo.remove());

  async function warnings(from: string, base = '{}'): Promise<readonly string[]> {
    repo.write('containers/app/Dockerfile', `ARG TAG=main\nFROM ${from}\n`);
    repo.commit();
    const matrix = `registry: ${HOME}\nimages: { base: ${base}, app: {} }`;
    return (await makeTestPlan({ dir: repo.dir, matrix })).warnings.map(({ message }) => message);
  }

  it.each([`${HOME}/base:main`, `${HOME}/base:1.0@sha256:${'a'.repeat(64)}`, `${HOME}/base:\${TAG}`])(
    'are said to be no edge: %s',
    async (from) => {
      const written = from.replace(/\$\{TAG\}/, 'main');
      expect(await warnings(from)).toEqual([
        `"app" takes "${written}" as it was published last, since it names the image "base" by a tag or digest.`,
      ]);
    },
  );

  it.each(['base', `${HOME}/base`, `${HOME}/base:latest`, 'ghcr.io/acme/other/base:main', 'debian:12'])(
    'are told from what is an edge or somebody else’s: %s',
    async (from) => {
      expect(await warnings(from)).toEqual([]);
    },
  );

  it('are an edge with an alias', async () => {
    expect(await warnings(`${HOME}/base:main`, `{ aliases: ["${HOME}/base:main"] }`)).toEqual([]);
  });
});
