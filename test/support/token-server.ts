/** A token server for a real registry: https://distribution.github.io/distribution/spec/auth/jwt/ */
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** Who asks: nobody, somebody, or a stranger. */
type User = string | null | 'stranger';

/** One request for a token as it was understood. */
export interface TokenRequest {
  readonly method: string;
  readonly user: User;
  readonly scope: string;
}

/** A running token server. */
export interface TokenServer {
  readonly requests: TokenRequest[];
  /** What goes under `auth:` into the settings of a registry that believes it, with the file they name. */
  readonly auth: { readonly token: Readonly<Record<string, unknown>> };
  readonly keys: string;
  /** Makes the next tokens useless although they say otherwise. */
  spoilNext(count: number): void;
  /** The next requests are answered with this status. */
  failNext(status: number, count: number): void;
  close(): Promise<void>;
}

interface Options {
  /** Passwords by name. */
  readonly users: Readonly<Record<string, string>>;
  /** Names by refresh token. */
  readonly refreshTokens: Readonly<Record<string, string>>;
  /** What somebody may do with a repository; nobody is `null`. */
  readonly allowed: (user: string | null, repository: string) => readonly string[];
}

const ISSUER = 'darkroom-test';
/** Longer than the minute a registry is generous with clocks. */
const LONG_AGO_S = 600;

/** Starts one on a free port of 127.0.0.1. `keysFile` is where the registry will find its keys. */
export async function startTokenServer(options: Options, keysFile: string): Promise<TokenServer> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const kid = randomUUID();
  const requests: TokenRequest[] = [];
  let spoilt = 0;
  let failing = { status: 0, left: 0 };

  function makeToken(user: string | null, scope: string): string {
    const [, name = '', actions = ''] = /^repository:(.+):([a-z,]+)$/.exec(scope) ?? [];
    const granted = actions.split(',').filter((action) => options.allowed(user, name).includes(action));
    const now = Math.floor(Date.now() / 1000) - (spoilt-- > 0 ? LONG_AGO_S : 0);
    const claims = {
      ...{
        iss: ISSUER,
        sub: user ?? '',
        aud: ISSUER,
        exp: now + 300,
        nbf: now - 10,
        iat: now,
        jti: randomUUID(),
      },
      access: [{ type: 'repository', name, actions: granted }],
    };
    const signed = [{ typ: 'JWT', alg: 'ES256', kid }, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
    return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
  }

  const server = createServer(async (request, response) => {
    const asked = await understand(request, options);
    requests.push(asked);
    response.setHeader('content-type', 'application/json');
    if (failing.left-- > 0) {
      response.writeHead(failing.status).end('{}');
    } else if (asked.user === 'stranger') {
      // Some servers repeat what they were sent.
      const message = `no such login: ${request.headers.authorization ?? 'form'}`;
      response.writeHead(401).end(JSON.stringify({ errors: [{ code: 'UNAUTHORIZED', message }] }));
    } else {
      const token = makeToken(asked.user, asked.scope);
      const field = request.method === 'POST' ? 'access_token' : 'token';
      response.end(JSON.stringify({ [field]: token, expires_in: 300 }));
    }
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const realm = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
  const key = { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'ES256' };
  return {
    requests,
    auth: { token: { realm, service: ISSUER, issuer: ISSUER, jwks: keysFile } },
    keys: JSON.stringify({ keys: [key] }),
    spoilNext(count) {
      spoilt = count;
    },
    failNext(status, count) {
      failing = { status, left: count };
    },
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

async function understand(request: IncomingMessage, options: Options): Promise<TokenRequest> {
  const { method = '' } = request;
  if (method === 'POST') {
    const form = new URLSearchParams((await buffer(request)).toString());
    const isRefresh = form.get('grant_type') === 'refresh_token' && form.get('client_id') !== null;
    const name = isRefresh ? options.refreshTokens[form.get('refresh_token') ?? ''] : undefined;
    return { method, user: name ?? 'stranger', scope: form.get('scope') ?? '' };
  }
  const scope = new URL(request.url ?? '', 'http://x').searchParams.get('scope') ?? '';
  const basic = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (basic === undefined) return { method, user: null, scope };
  const [name = '', password = ''] = Buffer.from(basic, 'base64').toString('utf8').split(':');
  return { method, user: options.users[name] === password ? name : 'stranger', scope };
}
