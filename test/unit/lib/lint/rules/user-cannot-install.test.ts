import { describe, expect, it } from '@jest/globals';
import { userCannotInstall as rule } from '../../../../../actions/lib/lint/rules/user-cannot-install.ts';
import { findings, marked } from '../../../../support/lint-rule.ts';

describe('user-cannot-install', () => {
  it.each<[string, string]>([
    ['FROM debian:12\nUSER app\nRUN apt-get update && apt-get install -y a', 'apt-get update'],
    [
      'FROM debian:12\nUSER 1000:1000\nRUN DEBIAN_FRONTEND=noninteractive apt-get -qq install a',
      'DEBIAN_FRONTEND=noninteractive apt-get -qq install a',
    ],
    ['FROM x AS a\nUSER app\nFROM a\nRUN apk add --no-cache b', 'apk add --no-cache b'],
    ['FROM x\nUSER "app"\nRUN a && \\\n  useradd b', 'useradd b'],
    [
      'FROM x\nUSER root\nRUN apt-get update\nUSER app\nRUN <<EOF\nset -e\ndnf install -y b\nEOF',
      'dnf install -y b',
    ],
    ['ARG U=app\nFROM x\nUSER app\nRUN groupadd g', 'groupadd g'],
  ])('catches %s', async (text, place) => {
    expect(await marked(rule, `${text}\n`)).toEqual([place]);
  });

  it.each([
    'FROM x\nRUN apt-get update',
    'FROM x\nUSER root\nRUN apt-get update',
    'FROM x\nUSER 0\nRUN apt-get update',
    'FROM x\nUSER app\nUSER root\nRUN apt-get update',
    'FROM x\nUSER app\nRUN sudo apt-get install -y a',
    'FROM x\nUSER app\nRUN pip install a && apt-cache search b && apt-get download c',
    'FROM x\nUSER app\nRUN apt-get update || true',
    'FROM x\nUSER app\nRUN if [ $(id -u) = 0 ]; then apt-get update; fi',
    'FROM x\nUSER $U\nRUN apt-get update',
    'FROM x AS a\nUSER app\nFROM x\nRUN apt-get update',
  ])('passes %s', async (text) => {
    expect(await marked(rule, `${text}\n`)).toEqual([]);
  });

  it('names the user', async () => {
    const [found] = await findings(rule, 'FROM x\nUSER app:app\nRUN apt-get install a\n');
    expect(found).toMatchObject({ severity: 'error' });
    expect(found?.message).toContain('"USER app:app" holds here');
  });
});
