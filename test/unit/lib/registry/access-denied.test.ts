import { expect, it, test } from '@jest/globals';
import { DarkroomError } from '../../../../actions/lib/errors/darkroom-error.ts';
import { accessDenied, loginRefused } from '../../../../actions/lib/registry/access-denied.ts';
import type { Login } from '../../../../actions/lib/registry/credentials.ts';

const ECR = '123456789012.dkr.ecr.eu-north-1.amazonaws.com';
const TOKEN: Login = { username: 'octocat', password: 's3cret', from: "the workflow's token" };

function answer(status: number, body = '') {
  return { status, headers: new Headers(), url: new URL('https://host.example/'), body: Buffer.from(body) };
}

function hintFor(registry: string, actions: string, login: Login | null, isWorkflow: boolean): string {
  const scope = { registry, repository: 'acme/tools', actions };
  const { problems } = accessDenied('try', answer(403), scope, { login, isWorkflow });
  return problems[0]?.hint ?? '';
}

test.each<[string, string, Login | null, boolean, string]>([
  [
    'ghcr.io',
    'pull',
    TOKEN,
    true,
    'Give the job "permissions: { packages: read }"; a package that exists must also list this repository with the role Read in its settings under "Manage Actions access".',
  ],
  [
    'ghcr.io',
    'pull,push',
    TOKEN,
    true,
    'Give the job "permissions: { packages: write }"; a package that exists must also list this repository with the role Write in its settings under "Manage Actions access".',
  ],
  [
    'ghcr.io',
    'pull,push',
    null,
    false,
    'Log in with "docker login ghcr.io" and a token that has the scope write:packages.',
  ],
  ['docker.io', 'pull', null, false, 'Log in with "docker login".'],
  [
    'docker.io',
    'pull',
    null,
    true,
    'Give the action the inputs "username" and "password" if that is where the images live, else log in with docker/login-action in a step before it.',
  ],
  ['r.example', 'pull,push', TOKEN, true, 'Give that account the right to push there.'],
  [
    ECR,
    'pull',
    TOKEN,
    true,
    'The AWS role or user needs ecr:BatchGetImage and ecr:GetDownloadUrlForLayer on this repository.',
  ],
  [
    ECR,
    'pull,delete',
    TOKEN,
    false,
    'The AWS role or user needs ecr:BatchGetImage and ecr:BatchDeleteImage on this repository.',
  ],
  [
    ECR,
    'pull',
    null,
    true,
    'Give the action the input "aws-role" and the job "permissions: { id-token: write }", or AWS credentials in the environment.',
  ],
  [ECR, 'pull', null, false, 'Give AWS credentials, such as a profile in AWS_PROFILE.'],
])('%s, asked to %s, tells what is missing', (registry, actions, login, isWorkflow, advice) => {
  expect(hintFor(registry, actions, login, isWorkflow)).toBe(`Check the name of the repository. ${advice}`);
});

it('names who asked for what, and what the registry said', () => {
  const scope = { registry: 'ghcr.io', repository: 'acme/tools', actions: 'pull,push' };
  const said = answer(403, '{"errors":[{"code":"DENIED","message":"permission_denied: write_package"}]}');
  const asker = { login: TOKEN, isWorkflow: true };
  expect(accessDenied('store it', said, scope, asker).problems[0]).toMatchObject({
    code: 'registry/denied',
    message:
      'Cannot store it: host.example answered 403: DENIED permission_denied: write_package. With the login "octocat" for ghcr.io (the workflow\'s token), pushing to "ghcr.io/acme/tools" is not allowed.',
  });
  expect(loginRefused('store it', answer(401), scope, TOKEN, asker).problems[0]).toMatchObject({
    code: 'registry/login-refused',
    message:
      'Cannot store it: host.example answered 401. The login "octocat" for ghcr.io (the workflow\'s token) is not accepted.',
  });
});

test.each<[string, boolean, string]>([
  [
    'ghcr.io',
    true,
    'Give the job "permissions: { packages: read }"; a package that exists must also list this repository with the role Read in its settings under "Manage Actions access".',
  ],
  ['docker.io', true, 'Renew the secret it comes from.'],
  ['docker.io', false, 'Log in again with "docker login".'],
  ['r.example', false, 'Log in again with "docker login r.example".'],
  [ECR, true, 'Check the AWS credentials.'],
])('a login that %s refuses is renewed (in a workflow: %s)', (registry, isWorkflow, advice) => {
  const scope = { registry, repository: 'acme/tools', actions: 'pull' };
  const refused = loginRefused('try', answer(401), scope, TOKEN, { login: TOKEN, isWorkflow });
  expect(refused.problems[0]?.hint).toBe(`It may be wrong, expired or withdrawn. ${advice}`);
});

it('tells first what kept us from logging in', () => {
  const trouble = new DarkroomError({ code: 'registry/aws-login', message: 'The role is not to be had.' });
  const scope = { registry: ECR, repository: 'acme/tools', actions: 'pull' };
  const failure = accessDenied('read it', answer(401), scope, { login: null, trouble, isWorkflow: true });
  expect(failure.problems.map(({ code }) => code)).toEqual(['registry/aws-login', 'registry/denied']);
});
