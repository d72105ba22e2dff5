import { DarkroomError } from '../errors/darkroom-error.ts';
import { createPatience, type Patience } from '../registry/polite-retry.ts';
import { type AppPermissions, appTokens, permissionWords, readAppKey } from './app-tokens.ts';
import { type Clock, systemClock } from './clock.ts';
import type { Forge } from './forge.ts';
import { createForgeExchange } from './forge-exchange.ts';
import { GITHUB } from './forge-flavour.ts';
import type { ForgeRepository } from './forge-repository.ts';
import { type ForgeSession, openForgeSession } from './forge-session.ts';
import { createGitHubForge } from './github-forge.ts';
import { createGitHubRepository } from './github-repository.ts';
import { givenToken } from './token-source.ts';

/** Where a repository lies and how to log in there. */
export interface ForgeAddress {
  /** Address of the API: `https://api.github.com`, `https://ghe.example.com/api/v3`. */
  readonly api: string;
  /** `owner/name` */
  readonly repository: string;
  readonly login: ForgeLogin;
}

/** A token as it is, or an App that mints them. */
export type ForgeLogin =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'app'; readonly id: string; readonly key: string };

/** A repository with what it takes to be patient with it. */
export interface OpenedForge {
  readonly forge: Forge;
  readonly patience: Patience;
  readonly clock: Clock;
}

/** Limit of one request with its whole answer. */
const TIMEOUT_MS = 30_000;

/** How it is reached; tests have a clock and a network of their own. */
export interface ForgeConnection {
  readonly mask: (secret: string) => void;
  readonly say: (line: string) => void;
  readonly clock?: Clock;
  readonly fetch?: typeof fetch;
  readonly timeoutMs?: number;
}

/** A repository that is changed, with what it takes to be patient with it. */
export interface OpenedRepository {
  readonly repository: ForgeRepository;
  readonly patience: Patience;
}

/** Opens a repository of a forge to dispatch there; nothing is asked yet. @throws DarkroomError `input/…`, `forge/bad-address` */
export function openForge(address: ForgeAddress, connection: ForgeConnection): OpenedForge {
  const { session, ...opened } = connect(address, connection, { actions: 'write', contents: 'read' });
  return { ...opened, forge: createGitHubForge(session, address.repository, GITHUB) };
}

/** Opens it to write there. @throws DarkroomError `input/…`, `forge/bad-address` */
export function openForgeRepository(
  address: ForgeAddress,
  connection: ForgeConnection,
  permissions: AppPermissions,
): OpenedRepository {
  const { session, patience } = connect(address, connection, permissions);
  return { patience, repository: createGitHubRepository(session, address.repository) };
}

function connect(
  { api, repository, login }: ForgeAddress,
  { mask, say, clock = systemClock, ...options }: ForgeConnection,
  permissions: AppPermissions,
): { readonly session: ForgeSession; readonly patience: Patience; readonly clock: Clock } {
  const base = readBase(api);
  const exchange = createForgeExchange({
    fetch: options.fetch ?? fetch,
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
  });
  const patience = createPatience({ sleep: (ms) => clock.sleep(ms), onRetry: say });
  const shared = { base, headers: GITHUB.headers, exchange, clock };
  if (login.kind === 'token') mask(login.token);
  const tokens =
    login.kind === 'token'
      ? givenToken(login.token)
      : appTokens({
          ...shared,
          app: readAppKey(login.id, login.key),
          repository,
          permissions,
          patience,
          mask,
        });
  return {
    session: openForgeSession({ ...shared, tokens, needs: permissionWords(permissions) }),
    ...{ patience, clock },
  };
}

/** Reads the address of an API; a token goes over plain HTTP to this machine alone. @throws DarkroomError `forge/bad-address` */
export function readBase(api: string): URL {
  const base = URL.parse(api.endsWith('/') ? api : `${api}/`);
  const isLocal = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(base?.hostname ?? '');
  if (base?.protocol === 'https:' || (base?.protocol === 'http:' && isLocal)) return base;
  throw new DarkroomError(
    {
      code: 'forge/bad-address',
      message: `The address of the API is ${JSON.stringify(api)}; expected one that starts with "https://".`,
      hint: 'It stands in GITHUB_API_URL.',
    },
    { kind: 'use' },
  );
}
