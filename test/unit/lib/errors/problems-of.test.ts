import { describe, expect, it } from '@jest/globals';
import { DarkroomError } from '../../../../actions/lib/errors/darkroom-error.ts';
import { problemsOf } from '../../../../actions/lib/errors/problems-of.ts';

describe('what is told of something thrown', () => {
  it('is its own problems', () => {
    const problem = { code: 'matrix/odd', message: 'Odd.' } as const;
    expect(problemsOf(new DarkroomError([problem]), 'x: ')).toEqual([problem]);
  });

  it('is a full disk, wherever it shows', () => {
    const error = Object.assign(new Error("ENOSPC: no space left on device, write '/t/x'"), {
      code: 'ENOSPC',
    });
    expect(problemsOf(error, '"base": ')).toEqual([
      {
        code: 'build/disk-full',
        message: '"base": the disk is full: ENOSPC: no space left on device, write \'/t/x\'',
        hint: 'Free space there, or set TMPDIR to a larger disk.',
      },
    ]);
  });

  it.each([[new TypeError('x is undefined')], ['a text'], [undefined], [null], [{ message: 'odd' }]])(
    'is a bug to be reported: %p',
    (thrown) => {
      const [problem] = problemsOf(thrown);
      expect(problem?.code).toBe('darkroom/bug');
      expect(problem?.message).toMatch(/^this is a bug in Darkroom, please report it\.\n./s);
    },
  );
});
