import { describe, expect, it } from '@jest/globals';
import { buildOutput } from '../../../../actions/lib/buildkit/build-output.ts';
import { recordedBuild } from './recording.ts';

describe('the output of a build', () => {
  it('has the steps in the order in which they began, with what they said', () => {
    const lines = buildOutput(recordedBuild('success'));
    const steps = lines.filter((line) => /^\[(builder|stage)/.test(line)).map((line) => line.slice(0, 30));
    expect(steps).toEqual([
      '[builder 1/4] WORKDIR /w',
      '[builder 2/4] COPY hello.txt .',
      '[builder 3/4] RUN for i in 1 2',
      '[stage-1 1/4] COPY --link --fr',
      '[stage-1 1/4] LINK COPY --link',
      '[stage-1 2/4] COPY hello.txt /',
      '[stage-1 3/4] RUN cat /h',
    ]);
    expect(lines).toContain('  line 3');
    expect(lines.some((line) => line.startsWith('[internal]'))).toBe(false);
  });

  it('says which step failed, and ends with what Buildx said of it', () => {
    const lines = buildOutput(recordedBuild('run-failed'));
    const failed = lines.findIndex((line) => line.endsWith(' FAILED'));
    expect(lines[failed]).toMatch(/^\[1\/2\] RUN echo before/);
    expect(lines.slice(failed + 1, failed + 3)).toEqual(['  before', '  out 1']);
    expect(lines.at(-1)).toMatch(/^ERROR: failed to build/);
  });
});
