/** What a person reads who may not do what was asked: which right is missing where, and how to get it. */
import { DarkroomError, type Problem } from '../errors/darkroom-error.ts';
import type { Scope } from './bearer-token.ts';
import type { Login } from './credentials.ts';
import { parseEcrHost } from './ecr-host.ts';
import { type Answer, describeAnswer } from './registry-failure.ts';

/** Who asked, and where. */
export interface Asker {
  readonly login: Login | null;
  /** Why there is no login although there should be one. */
  readonly trouble?: DarkroomError | undefined;
  readonly isWorkflow: boolean;
}

type Action = 'pull' | 'push' | 'delete';

const WORDS = { pull: 'pulling from', push: 'pushing to', delete: 'deleting from' } as const;

/** The error for an answer 401 or 403 that stands although the best login there is was sent. */
export function accessDenied(doing: string, answer: Answer, scope: Scope, asker: Asker): DarkroomError {
  const { login, isWorkflow } = asker;
  const repository = `"${scope.registry}/${scope.repository}"`;
  const action = actionOf(scope);
  const who = login === null ? 'Without a login' : `With the login ${describeLogin(login, scope.registry)}`;
  return failed(asker, {
    code: 'registry/denied',
    message: `Cannot ${doing}: ${describeAnswer(answer)} ${who}, ${WORDS[action]} ${repository} is not allowed.`,
    hint: `Check the name of the repository. ${permissionAdvice(scope.registry, action, login, isWorkflow)}`,
  });
}

/** The error for a login that a registry, or its token server, does not take. */
export function loginRefused(
  doing: string,
  answer: Answer,
  scope: Scope,
  login: Login,
  asker: Asker,
): DarkroomError {
  return failed(asker, {
    code: 'registry/login-refused',
    message: `Cannot ${doing}: ${describeAnswer(answer)} The login ${describeLogin(login, scope.registry)} is not accepted.`,
    hint: `It may be wrong, expired or withdrawn. ${refusalAdvice(scope, asker.isWorkflow)}`,
  });
}

function failed({ trouble }: Asker, problem: Problem): DarkroomError {
  // What kept us from logging in is what has to be mended, so it comes first.
  return new DarkroomError([...(trouble?.problems ?? []), problem]);
}

/** `"octocat" for ghcr.io (the workflow's token)` */
function describeLogin(login: Login, registry: string): string {
  const name = 'username' in login && login.username !== '' ? `${JSON.stringify(login.username)} ` : '';
  return `${name}for ${registry} (${login.from})`;
}

function actionOf({ actions }: Scope): Action {
  if (actions.includes('delete')) return 'delete';
  return actions.includes('push') ? 'push' : 'pull';
}

function permissionAdvice(
  registry: string,
  action: Action,
  login: Login | null,
  isWorkflow: boolean,
): string {
  if (parseEcrHost(registry) !== undefined) return ecrAdvice(action, login, isWorkflow);
  if (registry === 'ghcr.io') return ghcrAdvice(action, isWorkflow);
  if (login !== null) return `Give that account the right to ${action} there.`;
  if (!isWorkflow) return `Log in with "${loginCommand(registry)}".`;
  return 'Give the action the inputs "username" and "password" if that is where the images live, else log in with docker/login-action in a step before it.';
}

function refusalAdvice(scope: Scope, isWorkflow: boolean): string {
  const { registry } = scope;
  if (parseEcrHost(registry) !== undefined) return 'Check the AWS credentials.';
  if (!isWorkflow) return `Log in again with "${loginCommand(registry)}".`;
  return registry === 'ghcr.io' ? ghcrAdvice(actionOf(scope), true) : 'Renew the secret it comes from.';
}

function loginCommand(registry: string): string {
  return registry === 'docker.io' ? 'docker login' : `docker login ${registry}`;
}

/** https://docs.github.com/en/packages/learn-github-packages/about-permissions-for-github-packages */
function ghcrAdvice(action: Action, isWorkflow: boolean): string {
  const right = action === 'pull' ? 'read' : action === 'push' ? 'write' : 'delete';
  if (!isWorkflow)
    return `Log in with "docker login ghcr.io" and a token that has the scope ${right}:packages.`;
  const level = action === 'pull' ? 'read' : 'write';
  const role = action === 'delete' ? 'Admin' : action === 'push' ? 'Write' : 'Read';
  return `Give the job "permissions: { packages: ${level} }"; a package that exists must also list this repository with the role ${role} in its settings under "Manage Actions access".`;
}

/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html */
function ecrAdvice(action: Action, login: Login | null, isWorkflow: boolean): string {
  if (login === null) {
    return isWorkflow
      ? 'Give the action the input "aws-role" and the job "permissions: { id-token: write }", or AWS credentials in the environment.'
      : 'Give AWS credentials, such as a profile in AWS_PROFILE.';
  }
  const rights = {
    pull: 'ecr:BatchGetImage and ecr:GetDownloadUrlForLayer',
    push: 'ecr:BatchGetImage, ecr:BatchCheckLayerAvailability, ecr:InitiateLayerUpload, ecr:UploadLayerPart, ecr:CompleteLayerUpload and ecr:PutImage',
    delete: 'ecr:BatchGetImage and ecr:BatchDeleteImage',
  } as const;
  return `The AWS role or user needs ${rights[action]} on this repository.`;
}
