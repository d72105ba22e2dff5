/** Tokens of a GitHub App for one repository: minted when they are needed, again before they expire. */
import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { DarkroomError } from '../errors/darkroom-error.ts';
import type { Patience } from '../registry/polite-retry.ts';
import type { Clock } from './clock.ts';
import type { ForgeExchange, ForgeRequest } from './forge-exchange.ts';
import { answerFailure, type ForgeAnswer } from './forge-failure.ts';
import { parseJson } from './forge-session.ts';
import { fields, number, text, time } from './read-answers.ts';
import type { TokenSource } from './token-source.ts';

/** Whom an App is, as its page says. */
export interface AppKey {
  /** Number or client id. */
  readonly id: string;
  readonly key: KeyObject;
}

/** A request that began with a token ends with it. */
const EARLY_MS = 5 * 60_000;
/** https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app */
const JWT_LIVES_S = 9 * 60;
const JWT_DRIFT_S = 60;

/** Reads the private key of an App. @throws DarkroomError `input/private-key` */
export function readAppKey(id: string, pem: string): AppKey {
  try {
    // A secret that was pasted on one line keeps its line breaks as "\n".
    return { id, key: createPrivateKey(pem.replaceAll('\\n', '\n')) };
  } catch {
    // Without the cause: it may hold parts of the key.
    throw new DarkroomError(
      {
        code: 'input/private-key',
        message:
          'The private key of the App cannot be read; expected the PEM file that GitHub gave, with all its lines.',
      },
      { kind: 'use' },
    );
  }
}

/** What tokens may do, as the API names it. */
export type AppPermissions = Readonly<Record<string, 'read' | 'write'>>;

/** Mints tokens for one repository that may do no more than they are needed for. */
export function appTokens(options: {
  readonly app: AppKey;
  readonly repository: string;
  readonly permissions: AppPermissions;
  readonly base: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly exchange: ForgeExchange;
  readonly patience: Patience;
  readonly clock: Clock;
  readonly mask: (secret: string) => void;
}): TokenSource {
  const { app, repository, permissions, base, clock, mask } = options;
  let held: Promise<{ readonly token: string; readonly expiresAt: number }> | null = null;
  let [skewMs, installation] = [0, 0];

  /** The App's own clock may be wrong: the forge says in every answer how late it is. */
  async function ask(
    request: Omit<ForgeRequest, 'url' | 'headers'> & { path: string },
  ): Promise<ForgeAnswer> {
    const { path, ...rest } = request;
    const send = async (): Promise<ForgeAnswer> => {
      const jwt = makeJwt(app, clock.now() + skewMs);
      const headers = { ...options.headers, 'content-type': 'application/json' };
      const answer = await options.exchange({ ...rest, url: new URL(path, base), headers }, `Bearer ${jwt}`);
      const date = Date.parse(answer.headers.get('date') ?? '');
      if (!Number.isNaN(date)) skewMs = date - clock.now();
      return answer;
    };
    return options.patience.politely(async () => {
      const first = await send();
      const answer = first.status === 401 ? await send() : first;
      if (answer.status === 200 || answer.status === 201) return answer;
      const failure = answerFailure(request.doing, answer, clock.now() + skewMs);
      throw answer.status === 429 || answer.status >= 500 ? failure : withAppHint(failure, options);
    });
  }

  async function mint() {
    const [, name = ''] = repository.split('/');
    const finding = `find the installation of the App for ${repository}`;
    if (installation === 0) {
      const found = await ask({ method: 'GET', doing: finding, path: `repos/${repository}/installation` });
      installation = number(fields(parseJson(finding, found), finding), 'id', finding);
    }
    const doing = `mint a token of the App for ${repository}`;
    const body = { repositories: [name], permissions };
    const path = `app/installations/${installation}/access_tokens`;
    const json = fields(parseJson(doing, await ask({ method: 'POST', doing, path, body })), doing);
    const token = text(json, 'token', doing);
    mask(token);
    return { token, expiresAt: time(json, 'expires_at', doing) };
  }

  /** Many requests share one mint; one that failed is not kept. */
  function renewed() {
    const minting = mint();
    held = minting;
    minting.catch(() => {
      if (held === minting) held = null;
    });
    return minting;
  }

  return {
    async token() {
      const current = held === null ? null : await held;
      const isFresh = current !== null && current.expiresAt - EARLY_MS > clock.now() + skewMs;
      if (isFresh) return current.token;
      const next = held === null || (await held) === current ? renewed() : held;
      return (await next).token;
    },
    async renew(refused) {
      const current = await (held ?? renewed());
      return current.token === refused ? (await renewed()).token : current.token;
    },
  };
}

function makeJwt({ id, key }: AppKey, now: number): string {
  const seconds = Math.floor(now / 1000);
  const claims = { iat: seconds - JWT_DRIFT_S, exp: seconds + JWT_LIVES_S, iss: id };
  const signed = [{ typ: 'JWT', alg: 'RS256' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
}

function withAppHint(
  failure: DarkroomError,
  { app, repository, permissions }: Parameters<typeof appTokens>[0],
): DarkroomError {
  const hint = `Check that the App ${JSON.stringify(app.id)} belongs to this key, is installed for ${repository}, and has ${permissionWords(permissions)}.`;
  return new DarkroomError(failure.problems.map((problem) => ({ ...problem, hint })));
}

/** `"contents: write" and "pull-requests: write"` */
export function permissionWords(permissions: AppPermissions): string {
  const words = Object.entries(permissions).map(([name, level]) => `"${name.replace('_', '-')}: ${level}"`);
  return words.join(' and ');
}
