/** Says in a few words where a running build stands. */
import type { BuildProgress, VertexProgress } from './progress.ts';

/** What the builder is busy with; of several things at once the first in this list that applies. */
export type BuildPhase = 'run' | 'pull' | 'context' | 'push' | 'export' | 'cache';

/** A Dockerfile step, taken apart from the name BuildKit gives its vertex. */
export interface StepName {
  /** Empty for a Dockerfile with a single stage. */
  readonly stage: string;
  readonly index: number;
  readonly of: number;
  /** The instruction on one line, for example `RUN make`. */
  readonly instruction: string;
}

/** Where a build stands. */
export interface BuildSummary {
  /** `null` while the builder has nothing under way. */
  readonly phase: BuildPhase | null;
  /**
   * `3/7 RUN make`, when a step of the Dockerfile is under way: its place among all steps of the build, of every stage
   * (BuildKit's own numbers start anew in each stage and count `FROM`).
   */
  readonly step: string | null;
  /** Of the phase shown; `total` is `null` when BuildKit does not know it. */
  readonly bytes: { readonly done: number; readonly total: number | null } | null;
  /** Steps of the Dockerfile but `FROM`, as far as they are known. */
  readonly steps: { readonly cached: number; readonly done: number; readonly total: number };
}

const PHASES: readonly BuildPhase[] = ['run', 'pull', 'context', 'push', 'export', 'cache'];
const STEP = /^\[(?:(?<head>[^\]]*) )? *(?<index>\d+)\/(?<of>\d+)\] (?<instruction>.*)$/s;

/** Takes apart `[linux/amd64 stage-1 3/7] RUN make`; `null` for a vertex that is no step of the Dockerfile. */
export function stepName(vertexName: string): StepName | null {
  const groups = STEP.exec(vertexName)?.groups;
  if (groups === undefined) return null;
  return {
    stage: groups.head?.trim().split(' ').at(-1) ?? '',
    index: Number(groups.index),
    of: Number(groups.of),
    // The second half of a `COPY --link`.
    instruction: (groups.instruction ?? '').replace(/^LINK (?=COPY |ADD )/, ''),
  };
}

/** Sums up a build for one line of a display. */
export function summariseBuild(state: BuildProgress): BuildSummary {
  const active = [...state.vertices.values()].filter((vertex) => vertex.started && !vertex.completed);
  const phases = active.map(phaseOf);
  const phase = PHASES.find((candidate) => phases.includes(candidate)) ?? null;
  const shown = active.filter((_, index) => phases[index] === phase);
  const steps = countSteps(state);
  const instruction = phase === 'run' ? stepName(shown[0]?.name ?? '')?.instruction : undefined;
  return {
    phase,
    step:
      instruction === undefined
        ? null
        : `${Math.min(steps.done + 1, steps.total)}/${steps.total} ${instruction}`,
    bytes: bytesOf(shown),
    steps,
  };
}

function phaseOf(vertex: VertexProgress): BuildPhase {
  const { name } = vertex;
  const step = stepName(name);
  if (step !== null) return step.instruction.startsWith('FROM ') ? 'pull' : 'run';
  if (/^(?:im|ex)porting cache|^loading cache/.test(name)) return 'cache';
  if (/^(?:\[internal\] load (?!metadata)|\[context [^\]]*\] load (?:from client|\.dockerignore))/.test(name))
    return 'context';
  if (/^(?:\[(?:auth|internal|context [^\]]*)\] |resolve image config|docker-image:)/.test(name))
    return 'pull';
  const pushes = [...vertex.transfers.keys()].some((id) => id.startsWith('pushing '));
  return pushes || name.startsWith('resolving provenance') ? 'push' : 'export';
}

/** Only downloads and context transfers are counted in bytes by BuildKit; a push has no numbers. */
function bytesOf(vertices: readonly VertexProgress[]): BuildSummary['bytes'] {
  const moved = vertices
    .flatMap(({ transfers }) => [...transfers.values()])
    .filter(({ current }) => current > 0);
  if (moved.length === 0) return null;
  const done = moved.reduce((sum, { current }) => sum + current, 0);
  const total = moved.reduce((sum, { total: size }) => sum + size, 0);
  return { done, total: total < done ? null : total };
}

function countSteps(state: BuildProgress): BuildSummary['steps'] {
  // One instruction can be several vertices: `COPY --link` is a copy and a merge.
  const steps = new Map<string, { cached: boolean; done: boolean }>();
  for (const { name, cached, completed, error } of state.vertices.values()) {
    const step = stepName(name);
    if (step === null || step.instruction.startsWith('FROM ')) continue;
    const key = `${step.stage} ${step.index}/${step.of}`;
    const known = steps.get(key) ?? { cached: true, done: true };
    steps.set(key, {
      cached: known.cached && cached,
      done: known.done && (cached || completed) && error === '',
    });
  }
  const all = [...steps.values()];
  return {
    cached: all.filter(({ cached }) => cached).length,
    done: all.filter(({ done }) => done).length,
    total: all.length,
  };
}
