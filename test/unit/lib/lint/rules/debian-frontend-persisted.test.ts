import { describe, expect, it } from '@jest/globals';
import { debianFrontendPersisted as rule } from '../../../../../actions/lib/lint/rules/debian-frontend-persisted.ts';
import { lintFolder, repoOf } from '../../../../support/lint-folder.ts';
import { findings, marked, mended } from '../../../../support/lint-rule.ts';

describe('debian-frontend-persisted', () => {
  it.each<[string, readonly string[]]>([
    ['FROM debian\nENV DEBIAN_FRONTEND=noninteractive', ['ENV DEBIAN_FRONTEND=noninteractive']],
    ['FROM debian\nENV DEBIAN_FRONTEND noninteractive', ['ENV DEBIAN_FRONTEND noninteractive']],
    [
      'FROM debian AS base\nENV A=1 \\\n    DEBIAN_FRONTEND="noninteractive"\nFROM base AS other\nFROM base',
      ['ENV A=1 \\\n    DEBIAN_FRONTEND="noninteractive"'],
    ],
    [
      'FROM debian AS first\nENV DEBIAN_FRONTEND=noninteractive\nFROM debian AS second',
      ['ENV DEBIAN_FRONTEND=noninteractive'],
    ],
    [
      'FROM debian\nENV DEBIAN_FRONTEND=noninteractive\nRUN x\nENV DEBIAN_FRONTEND=noninteractive',
      ['ENV DEBIAN_FRONTEND=noninteractive', 'ENV DEBIAN_FRONTEND=noninteractive'],
    ],
  ])('catches %s', async (text, places) => {
    expect(await marked(rule, `${text}\n`)).toEqual(places);
  });

  it.each([
    'FROM debian\nARG DEBIAN_FRONTEND=noninteractive',
    'FROM debian\nRUN DEBIAN_FRONTEND=noninteractive apt-get install -y x',
    'FROM debian\nENV DEBIAN_FRONTEND=noninteractive\nRUN x\nENV DEBIAN_FRONTEND=dialog',
    'FROM debian\nENV DEBIAN_FRONTEND=',
    'FROM debian\nENV DEBIAN_FRONTEND=teletype',
    'FROM debian AS build\nENV DEBIAN_FRONTEND=noninteractive\nFROM debian\nCOPY --from=build /a /a',
    'FROM debian AS build\nENV DEBIAN_FRONTEND=noninteractive\nFROM debian\nRUN --mount=from=build,target=/b cp /b/a /a',
    'FROM debian AS build\nENV DEBIAN_FRONTEND=noninteractive\nFROM debian\nCOPY --from=0 /a /a',
  ])('passes %s', async (text) => {
    expect(await marked(rule, `${text}\n`)).toEqual([]);
  });

  it.each([
    ['ENV DEBIAN_FRONTEND=noninteractive', 'ARG DEBIAN_FRONTEND=noninteractive'],
    ['  env DEBIAN_FRONTEND "noninteractive"', '  ARG DEBIAN_FRONTEND="noninteractive"'],
    ['ENV \\\n  DEBIAN_FRONTEND=noninteractive', 'ARG DEBIAN_FRONTEND=noninteractive'],
    ['ENV A=1 DEBIAN_FRONTEND=noninteractive', 'ENV A=1 DEBIAN_FRONTEND=noninteractive'],
  ])('makes %s %s', async (before, after) => {
    expect(await mended(rule, `FROM debian\n${before}\nRUN x\n`)).toBe(`FROM debian\n${after}\nRUN x\n`);
  });

  it.each([
    ['RUN apt-get update && apt-get install -y tzdata', false],
    ['RUN pip install numpy', true],
  ])('mends what another image stands on, unless that one needs it: %s', async (run, isMended) => {
    const build = (name: string) => `  ${name}:\n    build: ./${name}\n    image: acme/${name}\n`;
    const { dir } = await repoOf({
      'compose.yaml': `services:\n${build('base')}${build('web')}`,
      'base/Dockerfile': 'FROM debian:12\nENV DEBIAN_FRONTEND=noninteractive\n',
      'web/Dockerfile': `FROM acme/base\n${run}\n`,
    });
    const found = await lintFolder(dir, [], [rule]);
    expect(found.map(({ finding }) => finding.fix !== undefined)).toEqual([isMended]);
  });

  it('says the value', async () => {
    const [found] = await findings(rule, 'FROM debian\nENV DEBIAN_FRONTEND="noninteractive"\n');
    expect(found?.message).toContain('keeps the value "noninteractive"');
    expect(found?.fix?.safe).toBe(true);
  });
});
