import { describe, expect, it } from '@jest/globals';
import { subcommandUnknown as rule } from '../../../../../actions/lib/lint/rules/subcommand-unknown.ts';
import { findings } from '../../../../support/lint-rule.ts';

const found = async (run: string) =>
  (await findings(rule, `FROM debian:12\nRUN ${run}\n`)).map(({ message }) => message);

describe('subcommand-unknown', () => {
  it.each([
    ['pip3 install.sh a.whl', '"pip" has no command "install.sh"; did you mean "install"?'],
    ['python3 -m pip instal numpy', '"pip" has no command "instal"; did you mean "install"?'],
    [
      'apt-get update && apt-get -y -qq instal git',
      '"apt-get" has no command "instal"; did you mean "install"?',
    ],
    ['apk --no-cache ad git', '"apk" has no command "ad"; did you mean "add"?'],
    ['sudo apt isntall git', '"apt" has no command "isntall"; did you mean "install"?'],
    ['uv pip upgrade numpy', '"uv pip" has no command "upgrade"'],
    ['apt-get git', '"apt-get" has no command "git"'],
  ])('catches %s', async (run, message) => {
    expect(await found(run)).toEqual([message]);
  });

  it.each([
    'apt-get update && apt-get -y --no-install-recommends install git',
    'apt-get -o Acquire::Retries=3 instal git',
    'pip --timeout 100 instal numpy',
    'pip $COMMAND numpy',
    'pip --version',
    'apk -U --virtual .build add gcc',
    'pip lokc || true',
    'if pip lokc; then true; fi',
    'npm instal',
  ])('passes %s', async (run) => {
    expect(await found(run)).toEqual([]);
  });
});
