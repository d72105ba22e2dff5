import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type BakePlanOptions, bakePlan } from '../../../../actions/lib/bake/bake-plan.ts';
import { createRepo, type TestRepo } from '../../../support/git-repo.ts';
import { makeTestPlan } from '../../../support/make-test-plan.ts';

const OPTIONS: BakePlanOptions = {
  parents: new Map(),
  cache: (image) => ({ from: [`r.io/x/${image}:cache-main`], to: null }),
  sourceUrl: 'https://example.com/x',
  sourceDateEpoch: 7,
};

describe('a plan for Bake', () => {
  let repo: TestRepo;
  beforeEach(async () => {
    repo = await createRepo();
    const dockerfiles = {
      base: 'FROM debian:13\n',
      'app.gpu':
        '# syntax=docker/dockerfile:1\nFROM os\nARG V\nCOPY --from=src /x /x\nCOPY --from=shared / /s\nRUN --mount=type=secret,id=tok true\n',
      web: 'FROM base\nCOPY --from=weights w /\n',
    };
    for (const [name, text] of Object.entries(dockerfiles)) repo.write(`containers/${name}/Dockerfile`, text);
    repo.write('shared/x', '');
    repo.commit();
  });
  afterEach(() => repo.remove());

  const matrix = `upstreams:
  source: { git: https://example.com/a.git }
  weights: { http: https://example.com/w.bin }
images:
  base: { tags: [] }
  app.gpu:
    args: { V: "%{x}", UNUSED: "1" }
    contexts: { os: image:base, src: upstream:source, shared: shared }
    secrets: { tok: { env: TOKEN }, other: {} }
    labels: { t: x }
  web: {}
`;

  it('binds parents as targets, and everything else as it is pinned', async () => {
    const work = await makeTestPlan({ dir: repo.dir, matrix, pins: PINS });
    const { document } = bakePlan(work, OPTIONS);
    const app = work.plan.images.find(({ name }) => name === 'app.gpu');
    expect(document.target['app-gpu']).toEqual({
      context: 'containers/app.gpu',
      dockerfile: 'Dockerfile',
      args: { SOURCE_DATE_EPOCH: '7', V: '%%{x}' },
      labels: { 'org.opencontainers.image.source': 'https://example.com/x', t: 'x' },
      contexts: {
        os: 'target:base',
        src: 'https://example.com/a.git#c0ffee',
        shared: 'shared',
        'docker/dockerfile:1': expect.stringMatching(/^docker-image:\/\/.*@sha256:/),
      },
      tags: [app?.ref],
      platforms: ['linux/amd64'],
      secret: ['id=tok,env=TOKEN'],
      'cache-from': ['type=registry,ref=r.io/x/app.gpu:cache-main'],
      'cache-to': [],
      output: ['type=image,compression=zstd,oci-mediatypes=true'],
      attest: ['type=provenance,mode=max'],
    });
    expect(document.group).toEqual({ default: { targets: ['app-gpu', 'web'] } });
  });

  it('says what Bake cannot have as it was planned', async () => {
    const pins = {
      ...PINS,
      'docker.io/library/debian:13': { state: 'missing', reason: 'x', isFault: false },
    } as const;
    const { document, notes } = bakePlan(await makeTestPlan({ dir: repo.dir, matrix, pins }), OPTIONS);
    expect(notes).toEqual([
      '"base": "docker.io/library/debian:13" has no pin, so there is no key, and Bake takes what the name means then.',
      expect.stringMatching(
        /^"web": Bake has no context that is a downloaded file; "weights" is left out\.$/,
      ),
    ]);
    expect(document.target.base).toMatchObject({ tags: [], contexts: {} });
  });
});

const PINS = {
  'https://example.com/a.git#HEAD': { state: 'pinned', pin: 'c0ffee', ref: null },
} as const;
