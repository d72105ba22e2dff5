/** The few calls to AWS that a login to Amazon's registries takes. Loaded only when one is needed: the SDK is large. */
import type { EcrHost } from './ecr-host.ts';

/** What is asked of AWS; failures are the SDK's own. */
export interface EcrApi {
  /** `value` is base64 of `AWS:<password>`. */
  fetchAuthorization(): Promise<{ readonly value: string | undefined; readonly expiresAt: Date | undefined }>;
  createRepository(name: string): Promise<unknown>;
  describeRepository(name: string): Promise<unknown>;
}

/** Credentials as the SDK takes them. */
type AwsCredentials = () => Promise<{ accessKeyId: string; secretAccessKey: string; sessionToken?: string }>;

/** The audience that AWS names for its identity provider: https://github.com/aws-actions/configure-aws-credentials#oidc-audience */
const AUDIENCE = 'sts.amazonaws.com';
/** Amazon's public registry is administered in this region alone. */
const PUBLIC_REGION = 'us-east-1';

/**
 * Speaks for a registry with the credentials of a role, or without one with those the SDK finds: environment, profile,
 * container, instance. Addresses of AWS can be set in `AWS_ENDPOINT_URL_ECR` and `AWS_ENDPOINT_URL_STS`.
 */
export async function connectEcr(
  host: EcrHost,
  role: string | undefined,
  mask: (secret: string) => void,
): Promise<EcrApi> {
  const region = host.kind === 'private' ? host.region : PUBLIC_REGION;
  const settings = {
    region,
    ...(role === undefined ? {} : { credentials: assumeRole(role, region, mask) }),
  };
  return host.kind === 'private' ? connectPrivate(host.account, settings) : connectPublic(settings);
}

interface Settings {
  readonly region: string;
  readonly credentials?: AwsCredentials;
}

async function connectPrivate(registryId: string, settings: Settings): Promise<EcrApi> {
  const { ECR } = await import('@aws-sdk/client-ecr');
  const ecr = new ECR(settings);
  return {
    async fetchAuthorization() {
      const [data] = (await ecr.getAuthorizationToken()).authorizationData ?? [];
      return { value: data?.authorizationToken, expiresAt: data?.expiresAt };
    },
    createRepository: (repositoryName) => ecr.createRepository({ registryId, repositoryName }),
    describeRepository: (name) => ecr.describeRepositories({ registryId, repositoryNames: [name] }),
  };
}

async function connectPublic(settings: Settings): Promise<EcrApi> {
  const { ECRPUBLIC } = await import('@aws-sdk/client-ecr-public');
  const ecr = new ECRPUBLIC(settings);
  // References name a repository with the registry's alias before it, the API without.
  const bare = (name: string) => name.slice(name.indexOf('/') + 1);
  return {
    async fetchAuthorization() {
      const data = (await ecr.getAuthorizationToken()).authorizationData;
      return { value: data?.authorizationToken, expiresAt: data?.expiresAt };
    },
    createRepository: (name) => ecr.createRepository({ repositoryName: bare(name) }),
    describeRepository: (name) => ecr.describeRepositories({ repositoryNames: [bare(name)] }),
  };
}

/** A fresh identity token for every time the credentials run out: it lives minutes, they an hour. */
function assumeRole(roleArn: string, region: string, mask: (secret: string) => void): AwsCredentials {
  return async () => {
    const [{ fromWebToken }, { getIDToken }] = await Promise.all([
      import('@aws-sdk/credential-providers'),
      import('@actions/core'),
    ]);
    const webIdentityToken = await getIDToken(AUDIENCE);
    mask(webIdentityToken);
    const assume = fromWebToken({
      roleArn,
      webIdentityToken,
      roleSessionName: 'darkroom',
      clientConfig: { region },
    });
    const credentials = await assume();
    mask(credentials.secretAccessKey);
    if (credentials.sessionToken !== undefined) mask(credentials.sessionToken);
    return credentials;
  };
}
