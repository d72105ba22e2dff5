import { type BuildProgress, outputTail, type VertexProgress } from './progress.ts';

/**
 * The output of a build as a log keeps it: every step with the last lines it wrote, in the order in which they began.
 * Steps that BuildKit makes for itself are left out unless they failed.
 */
export function buildOutput({ vertices, plainTail }: BuildProgress): readonly string[] {
  const steps = [...vertices.values()].filter(
    ({ name, started, cached, error }) =>
      name !== '' && (started || cached) && (error !== '' || !name.startsWith('[internal]')),
  );
  const lines = steps.sort(byStart).flatMap((step) => {
    const end = step.error !== '' ? failed(step.name) : step.cached ? ' CACHED' : '';
    return [`${step.name.split('\n', 1)[0]}${end}`, ...outputTail(step).map((line) => `  ${line}`)];
  });
  return [...lines, ...plainTail];
}

/** BuildKit names steps last first. */
function byStart(one: VertexProgress, other: VertexProgress): number {
  return one.startedAt < other.startedAt ? -1 : Number(one.startedAt > other.startedAt);
}

/** A first build has no cache to read, and none that fails to be read fails a build. */
function failed(name: string): string {
  return name.startsWith('importing cache manifest') ? ' (no cache there)' : ' FAILED';
}
