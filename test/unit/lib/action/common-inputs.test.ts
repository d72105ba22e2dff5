import { describe, expect, it } from '@jest/globals';
import { readBuildInputs } from '../../../../actions/build/inputs.ts';
import { readCommonInputs } from '../../../../actions/lib/action/common-inputs.ts';
import { readPublishInputs } from '../../../../actions/publish/inputs.ts';
import { PLATFORM } from '../../../support/darkroom-command.ts';

const KEY = 'a'.repeat(64);

function from(inputs: Readonly<Record<string, string>>) {
  return (name: string): string => inputs[name] ?? '';
}

describe('the inputs', () => {
  it('are absent where they were not given', () => {
    expect(readCommonInputs(from({}))).toEqual({ logins: {} });
  });

  it('are read under their own names', () => {
    const inputs = readCommonInputs(
      from({
        ...{ matrix: 'ci/images.yml', registry: 'ghcr.io/acme', token: 't0ken' },
        ...{ username: 'me', password: 'pw', 'aws-role': 'arn:aws:iam::123456789012:role/ci/push' },
      }),
    );
    expect(inputs).toEqual({
      matrix: 'ci/images.yml',
      registry: 'ghcr.io/acme',
      logins: {
        token: 't0ken',
        user: { name: 'me', password: 'pw' },
        awsRole: 'arn:aws:iam::123456789012:role/ci/push',
      },
    });
  });

  it.each([
    [{ username: 'me' }, '"username" and "password" belong together: give both, or neither.'],
    [{ password: 'pw' }, '"username" and "password" belong together: give both, or neither.'],
    [
      { 'aws-role': 'ci' },
      'The input "aws-role" is "ci"; expected the ARN of a role, "arn:aws:iam::123456789012:role/name".',
    ],
  ])('%j is refused', (inputs, message) => {
    expect(() => readCommonInputs(from(inputs))).toThrow(message);
  });

  it('of build hold the nodes of a job', () => {
    const nodes = [{ name: 'base', platform: 'linux/amd64', key: KEY }];
    expect(readBuildInputs(from({ plan: 'r@sha256:1', nodes: JSON.stringify(nodes) }))).toMatchObject({
      ...{ plan: 'r@sha256:1', nodes },
    });
    expect(readBuildInputs(from({}))).toMatchObject({ plan: null, nodes: null });
  });

  it.each(['[]', '{}', 'null', 'x', '[1]', '[null]', '[{"name":"a","platform":"p","key":"short"}]'])(
    'of build refuse %s for nodes',
    (nodes) => {
      expect(() => readBuildInputs(from({ plan: 'r', nodes }))).toThrow(
        `The input "nodes" is ${JSON.stringify(nodes)}; expected a JSON array of {name, platform, key}`,
      );
    },
  );

  it('of build hold platforms, without them that of the runner', () => {
    const { platforms } = readBuildInputs(from({ platforms: 'linux/arm64, linux/s390x' }));
    expect([...platforms]).toEqual(['linux/arm64', 'linux/s390x']);
    expect([...readBuildInputs(from({})).platforms]).toEqual([PLATFORM]);
  });

  it.each([
    [{ platforms: 'linux/amd64 linux/arm46' }, 'has "linux/arm46"; expected platforms'],
    [{ platforms: 'linux/amd64', plan: 'r@sha256:1' }, 'without the input "plan"'],
  ])('of build refuse the platforms %j', (inputs, text) => {
    expect(() => readBuildInputs(from(inputs))).toThrow(text);
  });

  it('of build hold secrets by the names of their variables', () => {
    const { secrets } = readBuildInputs(from({ secrets: 'HF_TOKEN=hf_a=b \r\n\nOTHER=x' }));
    expect(secrets).toEqual({ HF_TOKEN: 'hf_a=b ', OTHER: 'x' });
  });

  it('of build hold no secret without a value, as a pull request from a fork has none', () => {
    expect(readBuildInputs(from({ secrets: 'HF_TOKEN=\nOTHER=x' })).secrets).toEqual({ OTHER: 'x' });
  });

  it.each(['hidden', 'A B=hidden', '=hidden'])(
    'of build refuse the secrets %j without showing them',
    (line) => {
      const refusal = () => readBuildInputs(from({ secrets: `GOOD=1\n${line}` }));
      expect(refusal).toThrow('Line 2 of the input "secrets" is not "NAME=value".');
      expect(refusal).not.toThrow('hidden');
    },
  );

  it('of publish need a plan', () => {
    expect(() => readPublishInputs(from({}))).toThrow('The input "plan" is empty');
  });
});
