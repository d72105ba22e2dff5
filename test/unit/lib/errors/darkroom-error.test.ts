import { describe, expect, it } from '@jest/globals';
import { DarkroomError } from '../../../../actions/lib/errors/darkroom-error.ts';

describe('DarkroomError', () => {
  it('says what is wrong where, and once what several images or platforms share', () => {
    const bad = {
      code: 'x/bad' as const,
      place: { file: 'Dockerfile', line: 2 },
      message: 'is "a"',
      hint: 'Write b.',
    };
    const error = new DarkroomError([bad, { ...bad }, { ...bad, place: { file: 'Dockerfile', line: 3 } }]);
    expect(error.problems).toHaveLength(2);
    expect(error.message).toBe('Dockerfile:2: is "a"\n  Write b.\nDockerfile:3: is "a"\n  Write b.');
  });
});
