import { describe, expect, it, test } from '@jest/globals';
import { stepName, summariseBuild } from '../../../../actions/lib/buildkit/build-summary.ts';
import { applyLine, type BuildProgress, EMPTY_PROGRESS } from '../../../../actions/lib/buildkit/progress.ts';
import { recordedBuild, recordedLines } from './recording.ts';

/** Every phase a recorded build went through, without repeats in a row. */
function phasesOf(name: string): readonly string[] {
  let state: BuildProgress = EMPTY_PROGRESS;
  const phases: string[] = [];
  for (const line of recordedLines(name)) {
    state = applyLine(state, line);
    const { phase, step } = summariseBuild(state);
    const label = step ?? phase;
    if (label !== null && label !== phases.at(-1)) phases.push(label);
  }
  return phases;
}

describe('stepName', () => {
  test.each([
    ['[1/3] RUN true', { stage: '', index: 1, of: 3, instruction: 'RUN true' }],
    ['[ 9/12] COPY a b', { stage: '', index: 9, of: 12, instruction: 'COPY a b' }],
    ['[stage-1  2/10] RUN x', { stage: 'stage-1', index: 2, of: 10, instruction: 'RUN x' }],
    ['[linux/arm64 builder 3/4] FROM base', { stage: 'builder', index: 3, of: 4, instruction: 'FROM base' }],
    ['[internal] load build context', null],
    ['[context base] load metadata for r/x@sha256:ab', null],
    ['exporting to image', null],
  ])('takes apart %j', (name, expected) => {
    expect(stepName(name)).toEqual(expected);
  });
});

describe('summariseBuild', () => {
  it('names what a build is busy with, steps of all stages counted through', () => {
    expect(phasesOf('success')).toEqual([
      'context',
      'pull',
      'context',
      'cache',
      'pull',
      'context',
      '1/6 WORKDIR /w',
      '2/6 COPY hello.txt .',
      '3/6 RUN for i in 1 2 3; do echo line $i; done; dd if=/dev/urandom of=/big bs=1M count=20',
      '4/6 COPY --link --from=builder /big /big',
      '5/6 COPY hello.txt /h',
      '6/6 RUN cat /h',
      'export',
      'push',
      'cache',
      'push',
    ]);
  });

  it('counts a linked copy, which BuildKit does in two, as one step', () => {
    expect(summariseBuild(recordedBuild('success')).steps).toEqual({ cached: 0, done: 6, total: 6 });
  });

  it('counts what came from the cache, and not the step that failed', () => {
    expect(summariseBuild(recordedBuild('missing-file')).steps).toEqual({ cached: 1, done: 1, total: 2 });
  });

  it('adds up the bytes of a pull and of a context', () => {
    let state: BuildProgress = EMPTY_PROGRESS;
    const seen = new Map<string, { done: number; total: number | null }>();
    for (const line of recordedLines('pull')) {
      state = applyLine(state, line);
      const { phase, bytes } = summariseBuild(state);
      if (phase !== null && bytes !== null) seen.set(phase, bytes);
    }
    expect(seen.get('pull')).toEqual({ done: 22_064_970, total: 22_064_970 });
    expect(seen.get('context')).toEqual({ done: 83_901_470, total: null });
  });

  it('knows nothing of a build that has said nothing', () => {
    expect(summariseBuild(EMPTY_PROGRESS)).toEqual({
      phase: null,
      step: null,
      bytes: null,
      steps: { cached: 0, done: 0, total: 0 },
    });
  });
});
