import { DarkroomError } from '../errors/darkroom-error.ts';
import { createPatience, type Patience } from '../registry/polite-retry.ts';
import { appTokens, readAppKey } from './app-tokens.ts';
import { type Clock, systemClock } from './clock.ts';
import type { Forge } from './forge.ts';
import { createForgeExchange } from './forge-exchange.ts';
import { GITHUB } from './forge-flavour.ts';
import { openForgeSession } from './forge-session.ts';
import { createGitHubForge } from './github-forge.ts';
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

/** Opens a repository of a forge; nothing is asked yet. @throws DarkroomError `input/…`, `forge/bad-address` */
export function openForge(
  { api, repository, login }: ForgeAddress,
  options: {
    readonly mask: (secret: string) => void;
    readonly say: (line: string) => void;
    readonly clock?: Clock;
    readonly fetch?: typeof fetch;
    readonly timeoutMs?: number;
  },
): OpenedForge {
  const { mask, say, clock = systemClock } = options;
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
      : appTokens({ ...shared, app: readAppKey(login.id, login.key), repository, patience, mask });
  return {
    forge: createGitHubForge(openForgeSession({ ...shared, tokens }), repository, GITHUB),
    patience,
    clock,
  };
}

/** A token goes over plain HTTP to this machine alone. */
function readBase(api: string): URL {
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
