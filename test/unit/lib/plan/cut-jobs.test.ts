import { describe, expect, it } from '@jest/globals';
import { cutJobs, type Job } from '../../../../actions/lib/plan/cut-jobs.ts';
import { JOBS_PER_WAVE, WAVES } from '../../../../actions/lib/plan/job-limits.ts';
import { type MadeNode, madeKey, workToCut } from '../../../support/work-to-cut.ts';

const BIG = ['self-hosted', 'big'];

/** `child:parent parent` lines, parents first; `(hit)` is in the registry, `big*` asks for a runner of its own. */
function nodesOf(text: string): readonly MadeNode[] {
  return text.split(';').map((line) => {
    const [written = '', parents = ''] = line.trim().split(':');
    return {
      name: written.replace(/[()*]/g, ''),
      parents: parents.split(' ').filter(Boolean),
      isThere: written.startsWith('('),
      ...(written.endsWith('*') ? { runner: BIG } : {}),
    };
  });
}

/** The mode, then the names of the jobs of every wave that has some. */
function cut(text: string): string {
  const { mode, waves } = cutJobs(workToCut(nodesOf(text)));
  const filled = waves.filter((wave) => wave.length > 0);
  return [mode, ...filled.map((wave) => wave.map(({ name }) => name).join(', '))].join(' | ');
}

/** Nodes that hang on each other one by one, each with a leaf of its own, so that none is fused. */
function comb(length: number, more: (index: number) => Partial<MadeNode> = () => ({})): readonly MadeNode[] {
  return Array.from({ length }, (_, index) => {
    const parents = index === 0 ? [] : [`n${index}`];
    const spine = { name: `n${index + 1}`, parents, ...more(index) };
    return [spine, { ...spine, name: `leaf${index + 1}` }];
  }).flat();
}

function independent(count: number, runner: (index: number) => readonly string[] = () => []) {
  return Array.from({ length: count }, (_, index) => ({ name: `i${index}`, runner: runner(index) }));
}

function namesIn(jobs: readonly Job[] | undefined): readonly string[] {
  return (jobs ?? []).flatMap(({ nodes }) => nodes.map(({ name }) => name));
}

describe('cutJobs', () => {
  it.each([
    ['does nothing when every image is there', '(a); (b):a', 'none'],
    ['builds up to three images in the job that plans', 'a; b:a; c:a', 'one-job'],
    ['builds three images that have nothing to do with each other there too', 'a; b; c', 'one-job'],
    ['cuts four images', 'a; b; c; d', 'waves | a, b, c, d'],
    ['builds a single chain in the job that plans, however long', 'a; b:a; c:b; d:c; e:d', 'one-job'],
    ['does not count what is there', '(a); b:a; c:a; d:a', 'one-job'],
    ['never builds on the planning runner what asks for another', 'a*', 'waves | a'],
    ['nor when only one of several does', 'a; b*:a', 'waves | a | b'],
    ['fuses linear runs', 'a; b:a; c:b; d:b; e:c', 'waves | a … b | c … e, d'],
    ['keeps two children of one parent apart', 'a; b:a; c:a; d:c', 'waves | a | c … d, b'],
    ['keeps a child of two parents apart', 'a; b; c:a b; d:c', 'waves | a, b | c … d'],
    ['fuses with the one parent that is built', '(a); b; c:a b; d; e', 'waves | b … c, d, e'],
    ['fuses past a sibling that is not built', 'a; b:a; (c):a; d; e', 'waves | a … b, d, e'],
    ['keeps runners apart in a linear run', 'a; b*:a; c*:b; d:c', 'waves | a | b … c | d'],
    [
      'starts a child one wave after its last parent',
      'a; b:a; x:a; c:b x; d:a c',
      'waves | a | b, x | c | d',
    ],
    [
      'starts long chains first, equals by name',
      'z; y; a; b:a; e:a; c:b; f:b',
      'waves | a, y, z | b, e | c, f',
    ],
  ])('%s', (_, text, expected) => {
    expect(cut(text)).toBe(expected);
  });

  it('names a job, its runner and its nodes with their keys', () => {
    const { waves } = cutJobs(workToCut(nodesOf('a*; b*:a')));
    expect(waves).toEqual([
      [
        {
          name: 'a … b',
          runner: BIG,
          nodes: [
            { name: 'a', platform: 'linux/amd64', key: madeKey('a') },
            { name: 'b', platform: 'linux/amd64', key: madeKey('b') },
          ],
        },
      ],
      ...Array.from({ length: WAVES - 1 }, () => []),
    ]);
  });

  it('takes the runner of the platform unless the matrix names one', () => {
    const platforms = ['linux/amd64', 'linux/arm64', 'linux/riscv64', 'linux/amd64/v3'];
    const own = { name: 'own', platform: 'linux/arm64', runner: ['my-arm'] };
    const { waves } = cutJobs(
      workToCut([...platforms.map((platform) => ({ name: 'a', platform, severalPlatforms: true })), own]),
    );
    expect(waves[0]?.map(({ name, runner }) => `${name} on ${runner.join(' ')}`)).toEqual([
      'a@linux/amd64 on ubuntu-24.04',
      'a@linux/amd64/v3 on ubuntu-24.04',
      'a@linux/arm64 on ubuntu-24.04-arm',
      'a@linux/riscv64 on ubuntu-24.04',
      'own on my-arm',
    ]);
  });

  it('builds on the runner that plans what asks for no other', () => {
    const own = ['self-hosted', 'builder'];
    const arm = { name: 'arm', platform: 'linux/arm64' };
    const hosted = { name: 'hosted', runner: ['ubuntu-24.04'] };
    const { waves } = cutJobs(workToCut([{ name: 'plain' }, arm, hosted]), own);
    expect(waves[0]?.map(({ name, runner }) => [name, ...runner])).toEqual([
      ['arm', 'ubuntu-24.04-arm'],
      ['hosted', 'ubuntu-24.04'],
      ['plain', ...own],
    ]);
    expect(cutJobs(workToCut(nodesOf('a; b:a')), own).mode).toBe('one-job');
    expect(cutJobs(workToCut([hosted]), own).mode).toBe('waves');
    expect(cutJobs(workToCut([hosted])).mode).toBe('one-job');
    expect(cutJobs(workToCut([{ name: 'a', runner: own.toReversed() }]), own).mode).toBe('one-job');
  });

  it('takes labels in another order for the same runner', () => {
    const swapped = nodesOf('a*; b:a').map((node) =>
      node.name === 'b' ? { ...node, runner: [...BIG].reverse() } : node,
    );
    expect(cutJobs(workToCut(swapped)).waves[0]).toMatchObject([{ name: 'a … b' }]);
  });

  it('lets what a full wave cannot take start a wave later, with what waits for it', () => {
    const leaf = { name: 'leaf', parents: ['i298', 'i299'] };
    const urgent = cutJobs(workToCut([...independent(300), leaf])).waves;
    expect(urgent.map((wave) => wave.length)).toEqual([JOBS_PER_WAVE, 45, 0, 0, 0, 0, 0, 0]);
    expect(urgent[0]?.slice(0, 2).map(({ name }) => name)).toEqual(['i298', 'i299']);
    expect(namesIn(urgent[1])).toContain('leaf');

    const fan = ['p', 'q'].flatMap((child) =>
      independent(300).map(({ name }) => ({ name: `${child}-${name}`, parents: [name] })),
    );
    const late = cutJobs(workToCut([...independent(300), ...fan])).waves;
    expect(late.map((wave) => wave.length)).toEqual([256, 256, 256, 132, 0, 0, 0, 0]);
    expect(namesIn(late[1]).filter((name) => /^i/.test(name))).toHaveLength(44);
  });

  it('makes one job of what hangs together beyond the last wave, and leaves the rest alone', () => {
    const { waves } = cutJobs(workToCut([...comb(10), { name: 'free' }]));
    expect(waves.map((wave) => wave.map(({ name }) => name))).toEqual([
      ['n1', 'free', 'leaf1'],
      ...[2, 3, 4, 5, 6, 7].map((index) => [`n${index}`, `leaf${index}`]),
      ['n8 … n10', 'leaf8'],
    ]);
    expect(namesIn(waves[7])).toEqual(['n8', 'leaf9', 'n9', 'leaf10', 'n10', 'leaf8']);
  });

  it('builds such a job on the last runner that somebody chose, else on that of its last node', () => {
    const runners = new Map([
      [7, ['small']],
      [8, BIG],
    ]);
    const chosen = comb(10, (index) => ({ runner: runners.get(index) ?? [] }));
    expect(cutJobs(workToCut(chosen)).waves[7]?.[0]).toMatchObject({ name: 'n8 … n10', runner: BIG });
    const arm = comb(10, (index) => (index === 9 ? { platform: 'linux/arm64' } : {}));
    expect(cutJobs(workToCut(arm)).waves[7]?.[0]?.runner).toEqual(['ubuntu-24.04-arm']);
  });

  it('joins jobs of one runner when the last wave is too full', () => {
    const { waves } = cutJobs(workToCut(independent(3000, (index) => (index % 3 === 0 ? BIG : []))));
    expect(waves.slice(0, 7).map((wave) => wave.length)).toEqual(Array(7).fill(JOBS_PER_WAVE));
    const last = waves[7] ?? [];
    expect(last.length).toBeGreaterThan(200);
    expect(last.length).toBeLessThanOrEqual(JOBS_PER_WAVE);
    expect(new Set(waves.flatMap(namesIn)).size).toBe(3000);
    const sizes = last.map(({ nodes }) => nodes.length);
    expect(Math.max(...sizes)).toBe(5);
    for (const { nodes, runner } of last) {
      for (const { name } of nodes) expect(Number(name.slice(1)) % 3 === 0).toBe(runner.includes('big'));
    }
  });

  it('starts a job of the last wave earlier the more it builds', () => {
    const star = ['leaf-a', 'leaf-b', 'leaf-c'].map((name) => ({ name, parents: ['root'] }));
    const chain = ['x', 'y', 'z'].map((name, index) => ({ name, parents: [['n7', 'x', 'y'][index] ?? ''] }));
    const { waves } = cutJobs(workToCut([...comb(7), { name: 'root', parents: ['n7'] }, ...star, ...chain]));
    expect(waves[7]?.map(({ name }) => name)).toEqual(['root … leaf-c', 'x … z']);
  });

  it('says so when the last wave needs more runners than it can have jobs', () => {
    const work = workToCut(independent(7 * JOBS_PER_WAVE + 257, (index) => [`label-${index}`]));
    expect(() => cutJobs(work)).toThrow('would need 257 different runners; expected at most 256');
  });

  it('hands on two thousand images', () => {
    const stacks = Array.from({ length: 100 }, (_, stack) =>
      ['linux/amd64', 'linux/arm64'].flatMap((platform) => {
        const node = (part: string, parent?: string): MadeNode => ({
          name: `team-${stack}-${part}`,
          platform,
          severalPlatforms: true,
          parents: parent === undefined ? [] : [`team-${stack}-${parent}@${platform}`],
        });
        const apps = Array.from({ length: 7 }, (_, app) => node(`service-${app}`, 'python-torch'));
        return [node('base'), node('python', 'base'), node('python-torch', 'python'), ...apps];
      }),
    );
    const { mode, waves } = cutJobs(workToCut(stacks.flat()));
    expect(mode).toBe('waves');
    expect(waves.flatMap(namesIn)).toHaveLength(2000);
  });

  it('refuses images whose jobs GitHub would not hand on', () => {
    const named = (count: number) => independent(count).map(({ name }) => ({ name: name.padEnd(128, '-') }));
    expect(cutJobs(workToCut(named(1000))).mode).toBe('waves');
    expect(() => cutJobs(workToCut(named(1500)))).toThrow('The jobs of the 1500 images to build take ');
  });

  it('refuses a chain that is too long for the input of one job', () => {
    const chain = (length: number) =>
      Array.from({ length }, (_, index) => ({
        name: `n${index}`,
        parents: index === 0 ? [] : [`n${index - 1}`],
      }));
    expect(cutJobs(workToCut([...chain(800), { name: 'other' }])).mode).toBe('waves');
    expect(() => cutJobs(workToCut([...chain(1000), { name: 'other' }]))).toThrow(
      'The job "n0 … n999" would build 1000 images one after another, the list of which takes ',
    );
  });

  it('refuses a node without a key, which no workflow plans', () => {
    const work = workToCut([{ name: 'a' }]);
    const nodes = new Map([...work.nodes].map(([id, node]) => [id, { ...node, key: null }]));
    expect(() => cutJobs({ ...work, nodes: nodes as unknown as typeof work.nodes })).toThrow(
      'a is to be built in a workflow and has no key',
    );
  });
});
