import { afterEach, beforeEach, describe, expect, it, test } from '@jest/globals';
import { parseEcrHost } from '../../../../actions/lib/registry/ecr-host.ts';
import { createEcr } from '../../../../actions/lib/registry/ecr-login.ts';
import { type FakeAws, startFakeAws } from '../../../support/fake-aws.ts';

const HOST = '123456789012.dkr.ecr.eu-north-1.amazonaws.com';
const ROLE = 'arn:aws:iam::123456789012:role/darkroom';

let aws: FakeAws;
let before: NodeJS.ProcessEnv;
let masked: string[];

// The SDK and the toolkit read the process's own environment.
beforeEach(async () => {
  aws = await startFakeAws();
  before = { ...process.env };
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  Object.assign(process.env, aws.environment);
  masked = [];
});
afterEach(async () => {
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
  await aws.close();
});

function ecr(options: { readonly role?: string; readonly home?: string } = {}) {
  return createEcr({ home: HOST, mask: (secret) => masked.push(secret), ...options });
}

const names = () => aws.calls.map(({ name }) => name);

test.each([
  [HOST, { kind: 'private', account: '123456789012', region: 'eu-north-1' }],
  [
    '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn',
    { kind: 'private', account: '123456789012', region: 'cn-north-1' },
  ],
  ['public.ecr.aws', { kind: 'public' }],
  ['ghcr.io', undefined],
  ['123456789012.dkr.ecr.eu-north-1.amazonaws.com.evil.example', undefined],
  ['evil.example:443', undefined],
  ['1234.dkr.ecr.eu-north-1.amazonaws.com', undefined],
])('%s is %j', (host, expected) => {
  expect(parseEcrHost(host)).toEqual(expected);
});

describe('a login for ECR', () => {
  it('comes from the credentials in the environment and is kept', async () => {
    const source = ecr();
    const login = { username: 'AWS', password: 'password-1', from: 'AWS credentials' };
    await expect(source.find(HOST)).resolves.toEqual(login);
    await expect(source.find(HOST)).resolves.toEqual(login);
    expect(aws.calls).toEqual([
      expect.objectContaining({ name: 'GetAuthorizationToken', accessKey: 'AKIDENVIRONMENT' }),
    ]);
    expect(masked).toContain('password-1');
  });

  it('comes from the role that is assumed with the identity token of the job', async () => {
    await expect(ecr({ role: ROLE }).find(HOST)).resolves.toMatchObject({
      password: 'password-1',
      from: `the AWS role ${ROLE}`,
    });
    expect(names()).toEqual(['IdentityToken', 'AssumeRoleWithWebIdentity', 'GetAuthorizationToken']);
    expect(aws.calls[0]?.body).toBe('/token?api=1&audience=sts.amazonaws.com');
    const assumed = new URLSearchParams(aws.calls[1]?.body);
    expect([assumed.get('RoleArn'), assumed.get('WebIdentityToken')]).toEqual([ROLE, 'identity-token']);
    expect(aws.calls[2]?.accessKey).toBe('AKIDROLE');
    expect(masked).toEqual(
      expect.arrayContaining(['identity-token', 'secret-of-the-role', 'session-of-the-role', 'password-1']),
    );
  });

  it('is fetched anew when it was refused or is about to expire', async () => {
    const source = ecr();
    const first = await source.find(HOST);
    await expect(source.find(HOST, first ?? undefined)).resolves.toMatchObject({ password: 'password-2' });
    aws.lifetime = 60;
    const short = ecr();
    await short.find(HOST);
    await expect(short.find(HOST)).resolves.toMatchObject({ password: 'password-4' });
  });

  it('is none where there are no AWS credentials, and for other registries', async () => {
    delete process.env.AWS_ACCESS_KEY_ID;
    await expect(ecr().find(HOST)).resolves.toBeNull();
    await expect(ecr().find('ghcr.io')).resolves.toBeNull();
    expect(aws.calls).toEqual([]);
  });

  it('of the public registry is fetched only where it is home', async () => {
    await expect(ecr().find('public.ecr.aws')).resolves.toBeNull();
    expect(aws.calls).toEqual([]);
    const source = ecr({ home: 'public.ecr.aws' });
    await expect(source.find('public.ecr.aws')).resolves.toMatchObject({ password: 'password-1' });
    await source.ensureRepository({ registry: 'public.ecr.aws', repository: 'alias/team/tools' });
    expect([...aws.repositories]).toEqual(['team/tools']);
  });

  test.each([
    [
      'AssumeRoleWithWebIdentity',
      'AccessDenied',
      'Not authorized to perform sts:AssumeRoleWithWebIdentity',
      `Cannot log in to "${HOST}" as "${ROLE}": AccessDenied Not authorized to perform sts:AssumeRoleWithWebIdentity.\n  The role must trust this repository: an identity provider for token.actions.githubusercontent.com with the audience sts.amazonaws.com, and a condition on the subject that this branch meets.`,
    ],
    [
      'GetAuthorizationToken',
      'AccessDeniedException',
      'not allowed.',
      `Cannot log in to "${HOST}" as "${ROLE}": AccessDeniedException not allowed.\n  The AWS role or user needs the right ecr:GetAuthorizationToken.`,
    ],
  ])('that %s refuses is an error that says what to change', async (name, error, message, expected) => {
    aws.refuse(name, error, message);
    await expect(ecr({ role: ROLE }).find(HOST)).rejects.toThrow(new Error(expected));
  });

  it('by a role needs a job that may ask for an identity token', async () => {
    delete process.env.ACTIONS_ID_TOKEN_REQUEST_URL;
    await expect(ecr({ role: ROLE }).find(HOST)).rejects.toThrow(
      'Give the job "permissions: { id-token: write }": without it a workflow gets no identity token.',
    );
  });
});

describe('a repository of ECR', () => {
  const ref = { registry: HOST, repository: 'acme/tools' };

  it('is made once, and found where it is', async () => {
    const source = ecr();
    await Promise.all([source.ensureRepository(ref), source.ensureRepository(ref)]);
    await ecr().ensureRepository(ref);
    expect([...aws.repositories]).toEqual(['acme/tools']);
    expect(names()).toEqual(['CreateRepository', 'CreateRepository']);
  });

  it('that is there need not be makeable', async () => {
    aws.repositories.add('acme/tools');
    aws.refuse('CreateRepository', 'AccessDeniedException', 'no');
    await expect(ecr().ensureRepository(ref)).resolves.toBeUndefined();
  });

  it('that is missing and may not be made is an error that names the right', async () => {
    aws.refuse('CreateRepository', 'AccessDeniedException', 'no');
    await expect(ecr().ensureRepository(ref)).rejects.toThrow(
      `Repository "${HOST}/acme/tools" does not exist and could not be made: AccessDeniedException no.\n  Make it in the AWS console, or give the AWS role or user the right ecr:CreateRepository.`,
    );
  });

  it('of another registry is nobody to ask for', async () => {
    await ecr().ensureRepository({ registry: 'ghcr.io', repository: 'acme/tools' });
    expect(aws.calls).toEqual([]);
  });
});
