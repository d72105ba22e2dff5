/** Logs in to Amazon's registries, and makes repositories there: a push to ECR makes none by itself. */
import { DarkroomError } from '../errors/darkroom-error.ts';
import type { CredentialSource, Login } from './credentials.ts';
import { connectEcr, type EcrApi } from './ecr-api.ts';
import { parseEcrHost } from './ecr-host.ts';
import type { RepositoryReference } from './registry.ts';
import { tame } from './registry-failure.ts';

/** Logins for ECR. */
export interface Ecr extends CredentialSource {
  /**
   * Makes the repository unless it is there; does nothing for other registries, and nothing where there are no AWS
   * credentials. Asks AWS once per repository.
   *
   * @throws DarkroomError `registry/no-repository` when it is missing and may not be made
   */
  ensureRepository(ref: RepositoryReference): Promise<void>;
}

interface EcrOptions {
  /** The registry host the images live at: Amazon's public registry is logged in to only there, anybody may read it. */
  readonly home: string;
  /** ARN of the role that is assumed with the OIDC token of the workflow's job; without one the SDK finds credentials. */
  readonly role?: string;
  /** Told every secret before it is first used. */
  readonly mask: (secret: string) => void;
}

/** A password about to expire is fetched anew; ECR's live twelve hours. */
const MARGIN_MS = 10 * 60 * 1000;

/** Makes a source that keeps what it fetched until it expires or is refused. */
export function createEcr(options: EcrOptions): Ecr {
  const { home, role, mask } = options;
  const apis = new Map<string, Promise<EcrApi>>();
  const kept = new Map<string, { readonly login: Login; readonly expiresAt: number }>();
  const ensured = new Map<string, Promise<void>>();

  /** Nothing for a registry that is not Amazon's, or that is read without a login. */
  function apiOf(registry: string): Promise<EcrApi> | undefined {
    const host = parseEcrHost(registry);
    if (host === undefined || (host.kind === 'public' && registry !== home)) return undefined;
    const known = apis.get(registry) ?? connectEcr(host, role, mask);
    apis.set(registry, known);
    return known;
  }

  async function find(registry: string, refused?: Login): Promise<Login | null> {
    const api = await apiOf(registry);
    if (api === undefined) return null;
    const known = kept.get(registry);
    const isGood = known !== undefined && known.expiresAt - MARGIN_MS > Date.now();
    if (isGood && known.login !== refused) return known.login;
    try {
      const { value, expiresAt } = await api.fetchAuthorization();
      const login = readAuthorization(value, role);
      mask(login.password);
      kept.set(registry, { login, expiresAt: expiresAt?.getTime() ?? 0 });
      return login;
    } catch (error) {
      if (isNamed(error, 'CredentialsProviderError')) return null;
      throw loginFailed(registry, role, error);
    }
  }

  async function ensureRepository(ref: RepositoryReference): Promise<void> {
    const api = await apiOf(ref.registry);
    if (api === undefined) return;
    const name = `${ref.registry}/${ref.repository}`;
    const underway = ensured.get(name) ?? makeRepository(api, ref, name);
    ensured.set(name, underway);
    underway.catch(() => ensured.delete(name));
    return underway;
  }

  return { find, ensureRepository };
}

async function makeRepository(api: EcrApi, { repository }: RepositoryReference, name: string): Promise<void> {
  try {
    await api.createRepository(repository);
  } catch (error) {
    if (isNamed(error, 'RepositoryAlreadyExistsException', 'CredentialsProviderError')) return;
    // Whoever may not make repositories may still push to those that are there.
    const isThere = await hasRepository(api, repository);
    if (isThere || (isThere === undefined && isNamed(error, 'AccessDeniedException'))) return;
    throw new DarkroomError({
      code: 'registry/no-repository',
      message: `Repository "${name}" ${isThere === false ? 'does not exist and ' : ''}could not be made: ${awsWords(error)}.`,
      hint: 'Make it in the AWS console, or give the AWS role or user the right ecr:CreateRepository.',
    });
  }
}

/** Nothing where this cannot be found out. */
async function hasRepository(api: EcrApi, repository: string): Promise<boolean | undefined> {
  try {
    await api.describeRepository(repository);
    return true;
  } catch (error) {
    return isNamed(error, 'RepositoryNotFoundException') ? false : undefined;
  }
}

function readAuthorization(value: string | undefined, role: string | undefined) {
  const [username = '', ...rest] = Buffer.from(value ?? '', 'base64')
    .toString('utf8')
    .split(':');
  const password = rest.join(':');
  if (username === '' || password === '') throw new Error('the answer holds no password');
  return { username, password, from: role === undefined ? 'AWS credentials' : `the AWS role ${role}` };
}

function loginFailed(registry: string, role: string | undefined, error: unknown): DarkroomError {
  return new DarkroomError({
    code: 'registry/aws-login',
    message: `Cannot log in to "${registry}"${role === undefined ? '' : ` as ${JSON.stringify(role)}`}: ${awsWords(error)}.`,
    hint: loginAdvice(role, error),
  });
}

function loginAdvice(role: string | undefined, error: unknown): string {
  if (error instanceof Error && error.message.includes('ACTIONS_ID_TOKEN_REQUEST'))
    return 'Give the job "permissions: { id-token: write }": without it a workflow gets no identity token.';
  if (role !== undefined && isNamed(error, 'AccessDenied', 'InvalidIdentityToken'))
    return 'The role must trust this repository: an identity provider for token.actions.githubusercontent.com with the audience sts.amazonaws.com, and a condition on the subject that this branch meets.';
  if (isNamed(error, 'AccessDeniedException'))
    return 'The AWS role or user needs the right ecr:GetAuthorizationToken.';
  return 'Check the AWS credentials, the region in the name of the registry, and the network.';
}

function isNamed(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}

function awsWords(error: unknown): string {
  if (!(error instanceof Error)) return tame(String(error));
  const name = error.name === 'Error' ? '' : `${error.name} `;
  return tame(`${name}${error.message}`).replace(/[.\s]+$/, '');
}
