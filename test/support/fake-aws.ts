/** ECR, STS and a workflow's identity tokens on loopback, as far as the AWS SDK needs them for a login. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** One call as it arrived. */
export interface AwsCall {
  /** `GetAuthorizationToken`, `AssumeRoleWithWebIdentity`, `IdentityToken`, … */
  readonly name: string;
  readonly body: string;
  /** The access key it was signed with, if any. */
  readonly accessKey: string | undefined;
}

/** A running fake. */
export interface FakeAws {
  readonly calls: AwsCall[];
  /** What points the SDK and the toolkit here, with credentials in the environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Answers calls of a name with an error of AWS from now on. */
  refuse(name: string, error: string, message: string): void;
  /** Repositories there are. */
  readonly repositories: Set<string>;
  /** Seconds from now to the end of the next passwords. */
  lifetime: number;
  close(): Promise<void>;
}

/** Starts a fake on a free port of 127.0.0.1. Passwords are `password-1`, `password-2`, … */
export async function startFakeAws(): Promise<FakeAws> {
  const refusals = new Map<string, { error: string; message: string }>();
  let passwords = 0;

  const server = createServer(async (request, response) => {
    const body = (await buffer(request)).toString();
    const accessKey = /Credential=([^/]+)/.exec(request.headers.authorization ?? '')?.[1];
    const name =
      request.method === 'GET'
        ? 'IdentityToken'
        : (String(request.headers['x-amz-target'] ?? '').split('.')[1] ??
          new URLSearchParams(body).get('Action') ??
          '');
    aws.calls.push({ name, body: request.method === 'GET' ? (request.url ?? '') : body, accessKey });
    const refused = refusals.get(name);
    const isQuery = name === 'AssumeRoleWithWebIdentity';
    const isPublic = String(request.headers['x-amz-target']).startsWith('Spencer');
    response.setHeader('content-type', isQuery ? 'text/xml' : 'application/x-amz-json-1.1');
    if (refused !== undefined) response.writeHead(400).end(refusalOf(isQuery, refused));
    else
      answer(name, isPublic, JSON.parse(isQuery || body === '' ? '{}' : body), (status, text) =>
        response.writeHead(status).end(text),
      );
  });

  function answer(
    name: string,
    isPublic: boolean,
    input: { repositoryName?: string; repositoryNames?: string[] },
    end: (status: number, text: string) => void,
  ): void {
    const asked = input.repositoryName ?? input.repositoryNames?.[0] ?? '';
    if (name === 'IdentityToken') end(200, JSON.stringify({ value: 'identity-token' }));
    else if (name === 'AssumeRoleWithWebIdentity') end(200, ASSUMED);
    else if (name === 'GetAuthorizationToken')
      end(200, JSON.stringify(authorization(++passwords, aws.lifetime, isPublic)));
    else if (name === 'CreateRepository' && aws.repositories.has(asked))
      end(400, refusalOf(false, { error: 'RepositoryAlreadyExistsException', message: 'it is there' }));
    else if (name === 'DescribeRepositories' && !aws.repositories.has(asked))
      end(400, refusalOf(false, { error: 'RepositoryNotFoundException', message: 'it is not there' }));
    else {
      aws.repositories.add(asked);
      end(200, '{}');
    }
  }

  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const aws: FakeAws = {
    calls: [],
    repositories: new Set(),
    lifetime: 12 * 3600,
    environment: {
      AWS_ENDPOINT_URL_ECR: url,
      AWS_ENDPOINT_URL_ECR_PUBLIC: url,
      AWS_ENDPOINT_URL_STS: url,
      AWS_ACCESS_KEY_ID: 'AKIDENVIRONMENT',
      AWS_SECRET_ACCESS_KEY: 'secret-of-the-environment',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      ACTIONS_ID_TOKEN_REQUEST_URL: `${url}/token?api=1`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-token',
    },
    refuse: (name, error, message) => refusals.set(name, { error, message }),
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
  return aws;
}

function authorization(count: number, lifetime: number, isPublic: boolean): object {
  const expiresAt = Date.now() / 1000 + lifetime;
  const authorizationToken = Buffer.from(`AWS:password-${count}`).toString('base64');
  const data = { authorizationToken, expiresAt, proxyEndpoint: 'https://x' };
  return { authorizationData: isPublic ? data : [data] };
}

function refusalOf(isQuery: boolean, { error, message }: { error: string; message: string }): string {
  return isQuery
    ? `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${error}</Code><Message>${message}</Message></Error></ErrorResponse>`
    : JSON.stringify({ __type: error, message });
}

const ASSUMED = `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>
<Credentials><AccessKeyId>AKIDROLE</AccessKeyId><SecretAccessKey>secret-of-the-role</SecretAccessKey><SessionToken>session-of-the-role</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration></Credentials>
<AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/darkroom/darkroom</Arn><AssumedRoleId>A:darkroom</AssumedRoleId></AssumedRoleUser>
</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`;
