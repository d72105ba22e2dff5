import { describe, expect, it } from '@jest/globals';
import { aptKeyRemoved as rule } from '../../../../../actions/lib/lint/rules/apt-key-removed.ts';
import { findings } from '../../../../support/lint-rule.ts';

describe('apt-key-removed', () => {
  it.each<[string, string, readonly string[]]>([
    ['debian:13', 'curl https://x/k | apt-key add -', ['error']],
    ['python:3.11-slim-trixie', 'apt-key adv --fetch-keys https://x/k', ['error']],
    ['ubuntu:24.10', 'apt-key --keyring /x add k', ['error']],
    ['ubuntu:24.04', 'apt-key add k', ['info']],
    ['nvidia/cuda:11.8.0-base-ubuntu20.04', 'apt-key add k && apt-key adv --recv-keys a', ['info', 'info']],
    ['example.com/x', 'apt-key add k', ['info']],
    ['debian:13', 'apt-key del 7fa2af80', []],
    ['debian:13', 'echo apt-key add', []],
    ['debian:13', 'apt-get update', []],
  ])('on %s: %s', async (base, command, severities) => {
    const found = await findings(rule, `FROM ${base}\nRUN ${command}\n`);
    expect(found.map(({ severity }) => severity)).toEqual(severities);
  });

  it('names the release', async () => {
    const [found] = await findings(rule, 'FROM debian:13\nRUN apt-key add k\n');
    expect(found?.message).toContain('"apt-key" is not there any more in Debian 13');
  });
});
