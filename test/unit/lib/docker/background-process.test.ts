import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  endBackgroundProcess,
  endProcesses,
  findMarked,
  findRunning,
  lastLines,
  startInBackground,
} from '../../../../actions/lib/docker/background-process.ts';

describe('a process in the background', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'background-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const shell = (script: string) => ({
    command: '/bin/sh',
    args: ['-c', script, path.join(folder, 'mark')],
    mark: path.join(folder, 'mark'),
    env: { GREETING: 'hello' },
    pidFile: path.join(folder, 'pid'),
    logFile: path.join(folder, 'log', 'out'),
  });

  it('is found again, writes to its log and is ended', async () => {
    const program = shell('echo $GREETING; while :; do sleep 0.05; done');
    const pid = await startInBackground(program);
    expect(findRunning(program)).toBe(pid);
    await untilLogEnds(program.logFile, 'hello');
    expect(await endBackgroundProcess(program, 2000)).toBe(true);
    expect(readFileSync(program.logFile, 'utf8')).toBe('hello\n');
    expect(findRunning(program)).toBeUndefined();
    expect(existsSync(program.pidFile)).toBe(false);
    expect(await endBackgroundProcess(program, 2000)).toBe(false);
  });

  it('is ended by force when it does not listen', async () => {
    const program = shell('trap "" TERM; echo ready; while :; do sleep 0.05; done');
    await startInBackground(program);
    await untilLogEnds(program.logFile, 'ready');
    const started = Date.now();
    expect(await endBackgroundProcess(program, 300)).toBe(true);
    expect(Date.now() - started).toBeGreaterThanOrEqual(300);
  });

  it('is not mistaken for a stranger that was given its number', async () => {
    const stranger = {
      ...shell('while :; do sleep 0.05; done'),
      args: ['-c', 'while :; do sleep 0.05; done'],
    };
    const pid = await startInBackground(stranger);
    expect(findRunning(stranger)).toBeUndefined();
    expect(await endBackgroundProcess(stranger, 100)).toBe(false);
    expect(existsSync(`/proc/${pid}/exe`)).toBe(true);
    await endProcesses([pid], 1000);
  });

  it.each([
    ['nothing', ''],
    ['no number', 'x'],
    ['the first process', '1'],
    ['a group', '-5'],
  ])('does not run when its file holds %s', (_, text) => {
    const program = shell('');
    writeFileSync(program.pidFile, text);
    expect(findRunning(program)).toBeUndefined();
  });

  it('is found by its program and what an argument begins with', async () => {
    const program = { ...shell(''), command: '/bin/sleep', args: ['--', '1000'], mark: '1000' };
    const pid = await startInBackground(program);
    expect(await findMarked('1000', ['sleep'])).toContain(pid);
    expect(await findMarked('1000', ['cat'])).not.toContain(pid);
    expect(await findMarked('000', ['sleep'])).not.toContain(pid);
    await endProcesses([pid], 1000);
  });

  it('fails to start when the program is not there', async () => {
    await expect(startInBackground({ ...shell(''), command: '/nowhere' })).rejects.toThrow('ENOENT');
  });
});

async function untilLogEnds(file: string, line: string): Promise<void> {
  while ((await lastLines(file, 1)) !== line) await sleep(10);
}
