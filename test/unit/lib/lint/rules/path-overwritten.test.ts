import { describe, expect, it } from '@jest/globals';
import { pathOverwritten as rule } from '../../../../../actions/lib/lint/rules/path-overwritten.ts';
import { findings, marked, mended } from '../../../../support/lint-rule.ts';

describe('path-overwritten', () => {
  it.each<[string, readonly string[]]>([
    ['ENV PATH=/opt/bin\nRUN ls', ['PATH=/opt/bin']],
    ['ENV A=b PATH="/opt/bin:/usr/local/bin"\nRUN cd /x && make', ['PATH="/opt/bin:/usr/local/bin"']],
    ['ENV PATH /opt/bin\nRUN apt-get update', ['PATH /opt/bin']],
  ])('catches %j', async (text, places) => {
    expect(await marked(rule, `FROM debian:12\n${text}\n`)).toEqual(places);
  });

  it.each([
    'ENV PATH=/opt/bin:$PATH\nRUN ls',
    `ENV PATH="\${PATH}:/opt/bin"\nRUN ls`,
    'ENV PATH=/opt/bin:/usr/bin\nRUN ls',
    'ENV PATH=/opt/bin',
    'ENV PATH=/opt/bin\nRUN /bin/ls && echo done',
    'ARG PATH=/opt/bin\nRUN ls',
    'ENV MANPATH=/opt/man\nRUN ls',
  ])('passes %j', async (text) => {
    expect(await marked(rule, `FROM debian:12\n${text}\n`)).toEqual([]);
  });

  it('knows nothing of other images', async () => {
    for (const image of ['scratch', 'example.com/x:1'])
      expect(await marked(rule, `FROM ${image}\nENV PATH=/opt/bin\nRUN ls\n`)).toEqual([]);
  });

  it('keeps what was there', async () => {
    const text = (value: string) => `FROM debian:12\nENV PATH=${value}\nRUN ls\n`;
    expect(await mended(rule, text('/opt/bin'))).toBe(text('/opt/bin:$PATH'));
    expect(await mended(rule, text('"/opt/bin"'))).toBe(text('"/opt/bin:$PATH"'));
    expect((await findings(rule, text("'/opt/bin'")))[0]?.fix).toBeUndefined();
  });
});
