import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { runAction } from '../../../../actions/lib/action/action-run.ts';

describe('runAction', () => {
  const { env, exitCode } = process;
  afterEach(() => {
    process.env = env;
    process.exitCode = exitCode;
    jest.restoreAllMocks();
  });

  it('ends well when the page of the job cannot be written, and says so', async () => {
    process.env = { ...env, GITHUB_STEP_SUMMARY: '/nowhere/summary' };
    const printed: string[] = [];
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
      printed.push(String(text));
      return true;
    });
    await runAction('test', (run) => run.summarise('### done'));
    expect(process.exitCode).toBe(exitCode);
    expect(printed.join('')).toMatch(/^The page of the job was not written: .*\/nowhere\/summary/m);
  });
});
