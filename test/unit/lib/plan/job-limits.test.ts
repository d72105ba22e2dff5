import { describe, expect, it } from '@jest/globals';
import { checkSizes, MAX_OUTPUT_BYTES, MAX_VARIABLE_BYTES } from '../../../../actions/lib/plan/job-limits.ts';

/** A wave whose only job has a name that makes all eight waves take so many bytes in UTF-16. */
function wavesOf(bytes: number) {
  const job = (name: string) => [[{ name, nodes: [] }], ...Array.from({ length: 7 }, () => [])];
  const around = job('')
    .map((wave) => JSON.stringify(wave))
    .join('').length;
  return job('ä'.repeat(bytes / 2 - around));
}

/** A job whose nodes, as a workflow writes them, take so many bytes in a variable. */
function jobOf(bytes: number) {
  const around = 'INPUT_NODES=[\n  {\n    "name": ""\n  }\n]\0'.length;
  return { name: 'a … z', nodes: [{ name: 'n'.repeat(bytes - around) }] };
}

describe('checkSizes', () => {
  it('lets through what just fits', () => {
    expect(() => checkSizes(wavesOf(MAX_OUTPUT_BYTES))).not.toThrow();
    expect(() => checkSizes([[jobOf(MAX_VARIABLE_BYTES), jobOf(MAX_VARIABLE_BYTES)]])).not.toThrow();
  });

  it('refuses waves that the job that plans could not put out', () => {
    expect(() => checkSizes(wavesOf(MAX_OUTPUT_BYTES + 2))).toThrow(
      'The jobs of the 0 images to build take 990002 bytes; expected at most 990000',
    );
  });

  it('refuses every job whose nodes are too long for a variable, all at once', () => {
    const large = { ...jobOf(MAX_VARIABLE_BYTES + 1), name: 'b … y' };
    const umlauts = { name: 'c', nodes: [{ name: 'ä'.repeat(MAX_VARIABLE_BYTES / 2) }] };
    expect(() => checkSizes([[large], [jobOf(100)], [umlauts]])).toThrow(
      expect.objectContaining({
        kind: 'use',
        problems: [
          expect.objectContaining({
            code: 'plan/job-too-large',
            message: expect.stringContaining(
              '"b … y" would build 1 images one after another, the list of which takes 131073 bytes',
            ),
          }),
          expect.objectContaining({ message: expect.stringContaining('The job "c"') }),
        ],
      }),
    );
  });
});
