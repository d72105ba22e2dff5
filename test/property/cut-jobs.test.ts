import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cutJobs, type Job } from '../../actions/lib/plan/cut-jobs.ts';
import { JOBS_PER_WAVE, MAX_OUTPUT_BYTES, WAVES } from '../../actions/lib/plan/job-limits.ts';
import { idOf, type MadeNode, workToCut } from '../support/work-to-cut.ts';

const RUNNERS = [[], [], [], ['ubuntu-24.04'], ['self-hosted', 'big'], ['big', 'self-hosted']];
const OTHER_PLATFORMS = ['linux/arm64', 'linux/arm/v7'];

/** A failure on thousands of nodes is shrunk for this long, not for minutes. */
const LIMITS = { interruptAfterTimeLimit: 8000 };

interface Drawn {
  readonly edges: readonly number[];
  readonly runner: number;
  readonly other: number;
  readonly several: boolean;
  readonly isThere: boolean;
}

/**
 * A graph laid side by side with copies of itself: wide ones overfill waves, those with near parents are deep. More than
 * eleven copies of the largest would be more than a job can put out.
 */
const drawnNodes = fc
  .record({
    drawn: fc.array(
      fc.record<Drawn>({
        edges: fc.array(fc.nat(999), { maxLength: 3 }),
        runner: fc.nat(RUNNERS.length - 1),
        other: fc.nat(OTHER_PLATFORMS.length - 1),
        several: fc.boolean(),
        isThere: fc.integer({ min: 0, max: 9 }).map((drawn) => drawn === 0),
      }),
      { maxLength: 200, size: 'max' },
    ),
    reach: fc.constantFrom(2, 10, 1000),
    density: fc.constantFrom(50, 400, 1000),
    copies: fc.constantFrom(1, 1, 1, 4, 11),
  })
  .map(({ drawn, reach, density, copies }) =>
    Array.from({ length: copies }, (_, copy) => {
      const ids: string[] = [];
      return drawn.map((one, index): MadeNode => {
        const near = one.edges.filter((edge) => edge < density).map((edge) => index - 1 - (edge % reach));
        const node = {
          name: `c${copy}-${one.several ? index >> 1 : `single${index}`}`,
          platform: one.several && index % 2 === 1 ? (OTHER_PLATFORMS[one.other] ?? '') : 'linux/amd64',
          severalPlatforms: one.several,
          runner: RUNNERS[one.runner] ?? [],
          parents: [...new Set(near.flatMap((parent) => ids[parent] ?? []))],
          isThere: one.isThere,
        };
        ids.push(idOf(node));
        return node;
      });
    }).flat(),
  );

/** What a cut is compared with, worked out from the graph alone. */
function factsOf(nodes: readonly MadeNode[]) {
  const built = nodes.filter(({ isThere }) => isThere !== true);
  const ids = new Set(built.map(idOf));
  const parents = new Map(
    built.map((node) => [idOf(node), (node.parents ?? []).filter((id) => ids.has(id))]),
  );
  const children = Map.groupBy(
    [...parents].flatMap(([child, own]) => own.map((parent) => ({ parent, child }))),
    ({ parent }) => parent,
  );
  const heights = new Map<string, number>();
  for (const id of [...ids].reverse()) {
    heights.set(id, 1 + Math.max(0, ...(children.get(id) ?? []).map(({ child }) => heights.get(child) ?? 0)));
  }
  const runners = new Map(built.map((node) => [idOf(node), labels(runnerOf(node))]));
  const isLink = (parent: string, child: string) =>
    parents.get(child)?.length === 1 &&
    parents.get(child)?.[0] === parent &&
    children.get(parent)?.length === 1 &&
    runners.get(parent) === runners.get(child);
  return { ids, parents, heights, runners, isLink };
}

function runnerOf({ runner = [], platform }: MadeNode): readonly string[] {
  if (runner.length > 0) return runner;
  return [platform === 'linux/arm64' ? 'ubuntu-24.04-arm' : 'ubuntu-24.04'];
}

function labels(runner: readonly string[]): string {
  return runner.toSorted().join(' ');
}

/** Ids in a cut, as the names of nodes and platforms give them. */
function placesOf(waves: readonly (readonly Job[])[], nodes: readonly MadeNode[]) {
  const known = new Map(nodes.map((node) => [`${node.name} ${node.platform}`, idOf(node)]));
  return waves.flatMap((jobs, wave) =>
    jobs.flatMap((job) =>
      job.nodes.map(({ name, platform }, index) => ({
        id: known.get(`${name} ${platform}`) ?? '',
        wave,
        job,
        index,
      })),
    ),
  );
}

/** Holds for every cut that has jobs; `cut` is worth looking at only with what it was made of. */
function checkCuts(check: (nodes: readonly MadeNode[], waves: readonly (readonly Job[])[]) => void): void {
  fc.assert(
    fc.property(drawnNodes, (nodes) => {
      const { mode, waves } = cutJobs(workToCut(nodes));
      if (mode === 'waves') check(nodes, waves);
    }),
    LIMITS,
  );
}

test('every built node is in exactly one job', () => {
  checkCuts((nodes, waves) => {
    const placed = placesOf(waves, nodes).map(({ id }) => id);
    expect(placed.sort()).toEqual([...factsOf(nodes).ids].sort());
  });
});

test('every built parent stands earlier in the same job or in an earlier wave', () => {
  checkCuts((nodes, waves) => {
    const { parents } = factsOf(nodes);
    const places = new Map(placesOf(waves, nodes).map((place) => [place.id, place]));
    const wrong = [...parents].flatMap(([child, own]) => {
      const there = places.get(child);
      return own.filter((parent) => {
        const place = places.get(parent);
        if (place === undefined || there === undefined) return true;
        return place.job === there.job ? place.index >= there.index : place.wave >= there.wave;
      });
    });
    expect(wrong).toEqual([]);
  });
});

test('waves keep within the limits, and no job is empty or named twice', () => {
  checkCuts((_, waves) => {
    expect(waves).toHaveLength(WAVES);
    expect(Math.max(...waves.map((wave) => wave.length))).toBeLessThanOrEqual(JOBS_PER_WAVE);
    const jobs = waves.flat();
    expect(jobs.filter(({ nodes, runner }) => nodes.length === 0 || runner.length === 0)).toEqual([]);
    expect(new Set(jobs.map(({ name }) => name)).size).toBe(jobs.length);
    expect(2 * waves.map((wave) => JSON.stringify(wave)).join('').length).toBeLessThanOrEqual(
      MAX_OUTPUT_BYTES,
    );
  });
});

test('before the last wave a job is a linear run for one runner, and no such run is torn', () => {
  checkCuts((nodes, waves) => {
    const { parents, runners, isLink } = factsOf(nodes);
    const places = placesOf(waves, nodes);
    const ids = Map.groupBy(places, ({ job }) => job);
    const torn = places.filter(({ id, wave, job, index }) => {
      const before = ids.get(job)?.[index - 1];
      const fits = runners.get(id) === labels(job.runner) && (before === undefined || isLink(before.id, id));
      return wave < WAVES - 1 && !fits;
    });
    expect(torn).toEqual([]);
    const jobs = new Map(places.map(({ id, job }) => [id, job]));
    const apart = [...parents].filter(
      ([id, [parent = '']]) => isLink(parent, id) && jobs.get(id) !== jobs.get(parent),
    );
    expect(apart).toEqual([]);
  });
});

test('a job of the last wave has a runner that one of its nodes asks for', () => {
  checkCuts((nodes, waves) => {
    const { runners } = factsOf(nodes);
    const places = Map.groupBy(placesOf(waves.slice(-1), nodes), ({ job }) => job);
    const wrong = [...places].filter(([job, own]) =>
      own.every(({ id }) => runners.get(id) !== labels(job.runner)),
    );
    expect(wrong).toEqual([]);
  });
});

test('no job waits for anything but its parents and a full wave', () => {
  checkCuts((nodes, waves) => {
    const { parents } = factsOf(nodes);
    const places = placesOf(waves, nodes);
    const waveOf = new Map(places.map(({ id, wave }) => [id, wave]));
    const early = places.filter(({ id, wave, index }) => {
      if (index > 0 || wave === 0 || waves[wave - 1]?.length === JOBS_PER_WAVE) return false;
      return !(parents.get(id) ?? []).some((parent) => waveOf.get(parent) === wave - 1);
    });
    expect(early).toEqual([]);
  });
});

test('before the last wave the longest chains start first, equals by name', () => {
  checkCuts((nodes, waves) => {
    const { heights } = factsOf(nodes);
    const first = placesOf(waves, nodes).filter(({ index }) => index === 0);
    const height = new Map(first.map(({ job, id }) => [job, heights.get(id) ?? 0]));
    for (const wave of waves.slice(0, -1)) {
      const sorted = wave.toSorted(
        (a, b) => (height.get(b) ?? 0) - (height.get(a) ?? 0) || (a.name < b.name ? -1 : 1),
      );
      expect(wave.map(({ name }) => name)).toEqual(sorted.map(({ name }) => name));
    }
  });
});

test('the order in which the graph gives nodes and parents does not matter', () => {
  fc.assert(
    fc.property(drawnNodes, fc.infiniteStream(fc.nat()), (nodes, salts) => {
      const depths = new Map<string, number>();
      const salted = nodes.map((node) => {
        const parents = node.parents ?? [];
        const depth = 1 + Math.max(0, ...parents.map((parent) => depths.get(parent) ?? 0));
        depths.set(idOf(node), depth);
        return { node: { ...node, parents: parents.toReversed() }, depth, salt: salts.next().value };
      });
      const shuffled = salted.sort((a, b) => a.depth - b.depth || a.salt - b.salt).map(({ node }) => node);
      expect(cutJobs(workToCut(shuffled))).toEqual(cutJobs(workToCut(nodes)));
    }),
    LIMITS,
  );
});

test('one job is taken for few nodes or a single job on the planning runner, and never with jobs in waves', () => {
  fc.assert(
    fc.property(drawnNodes, (nodes) => {
      const { mode, waves } = cutJobs(workToCut(nodes));
      const { ids, runners } = factsOf(nodes);
      expect(mode === 'none').toBe(ids.size === 0);
      expect(mode === 'waves').toBe(waves.some((wave) => wave.length > 0));
      const isPlain = [...runners.values()].every((runner) => runner === 'ubuntu-24.04');
      if (mode === 'one-job') expect(isPlain).toBe(true);
      if (mode === 'waves' && isPlain) expect(ids.size).toBeGreaterThan(3);
      if (mode === 'waves' && waves.flat().length === 1) expect(isPlain).toBe(false);
    }),
    LIMITS,
  );
});
