import { badInput, type CommonInputs, readCommonInputs } from '../lib/action/common-inputs.ts';
import type { ForgeAddress, ForgeLogin } from '../lib/forge/open-forge.ts';
import { parseSoak } from '../lib/refresh/soak.ts';

/** The inputs of the action `refresh`. */
export interface RefreshInputs extends CommonInputs {
  readonly soakMs: number;
  readonly isDryRun: boolean;
  /** File of the workflow that builds what a commit moved. */
  readonly workflow: string;
  /** A commit to the default branch with the workflow's own token, or a pull request with another login. */
  readonly way: 'commit' | 'pull-request';
  readonly address: ForgeAddress;
}

/** Reads them; `read` gives an input's text, empty where there is none. @throws DarkroomError `input/…` */
export function readRefreshInputs(
  read: (name: string) => string,
  env: Readonly<Record<string, string | undefined>>,
): RefreshInputs {
  const [dryRun, soak, workflow] = [read('dry-run') || 'false', read('soak'), read('workflow')];
  if (dryRun !== 'true' && dryRun !== 'false') {
    throw badInput(
      'dry-run',
      `The input "dry-run" is ${JSON.stringify(dryRun)}; expected "true" or "false".`,
    );
  }
  const common = readCommonInputs(read);
  const other = readOtherLogin(read);
  const login = other ?? ownLogin(common);
  const api = env.GITHUB_API_URL ?? 'https://api.github.com';
  return {
    ...common,
    soakMs: parseSoak(soak || '24h'),
    isDryRun: dryRun === 'true',
    workflow: workflow || 'images.yml',
    way: other === null ? 'commit' : 'pull-request',
    address: { api, repository: env.GITHUB_REPOSITORY ?? '', login },
  };
}

function readOtherLogin(read: (name: string) => string): ForgeLogin | null {
  const [id, key, token] = [read('app-id'), read('private-key'), read('pull-request-token')];
  if ((id === '') !== (key === '')) {
    throw badInput(
      id === '' ? 'app-id' : 'private-key',
      '"app-id" and "private-key" belong together: give both, or neither.',
    );
  }
  if (id !== '' && token !== '') {
    throw badInput(
      'pull-request-token',
      '"pull-request-token" was given with "app-id"; expected one of them.',
    );
  }
  if (id !== '') return { kind: 'app', id, key };
  return token === '' ? null : { kind: 'token', token };
}

function ownLogin({ logins: { token } }: CommonInputs): ForgeLogin {
  if (token !== undefined) return { kind: 'token', token };
  throw badInput(
    'token',
    'There is no token; expected "token", "pull-request-token", or "app-id" with "private-key".',
  );
}
