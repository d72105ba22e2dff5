import { badInput } from '../lib/action/common-inputs.ts';
import { type DispatchRequest, readDispatchRequest } from '../lib/dispatch/dispatch-request.ts';
import type { ForgeAddress, ForgeLogin } from '../lib/forge/open-forge.ts';

/** The inputs of the action `dispatch`. */
export interface DispatchInputs {
  readonly request: DispatchRequest;
  readonly address: ForgeAddress;
  /** `null`: the default branch. */
  readonly ref: string | null;
  readonly waits: boolean;
}

/** Reads them; `read` gives an input's text, empty where there is none. @throws DarkroomError `input/…` */
export function readDispatchInputs(
  read: (name: string) => string,
  env: Readonly<Record<string, string | undefined>>,
): DispatchInputs {
  const repository = read('repository') || (env.GITHUB_REPOSITORY ?? '');
  const [wait, ref] = [read('wait') || 'true', read('ref')];
  if (wait !== 'true' && wait !== 'false') {
    throw badInput('wait', `The input "wait" is ${JSON.stringify(wait)}; expected "true" or "false".`);
  }
  const request = readDispatchRequest({
    ...{ workflow: read('workflow'), repository, inputs: read('inputs') },
    ...{ timeoutMinutes: read('timeout-minutes'), maxParallel: read('max-parallel') },
  });
  const api = env.GITHUB_API_URL ?? 'https://api.github.com';
  const own = repository === env.GITHUB_REPOSITORY ? ownRef(env.GITHUB_REF ?? '') : null;
  return {
    request,
    address: { api, repository, login: readLogin(read) },
    ref: ref === '' ? own : ref,
    waits: wait === 'true',
  };
}

/** The ref of a pull request cannot be dispatched. */
function ownRef(ref: string): string | null {
  return /^refs\/(heads|tags)\//.test(ref) ? ref : null;
}

function readLogin(read: (name: string) => string): ForgeLogin {
  const [token, id, key] = [read('token'), read('app-id'), read('private-key')];
  if ((id === '') !== (key === '')) {
    throw badInput(
      id === '' ? 'app-id' : 'private-key',
      '"app-id" and "private-key" belong together: give both, or neither.',
    );
  }
  if (id !== '') return { kind: 'app', id, key };
  if (token !== '') return { kind: 'token', token };
  throw badInput('token', 'There is no token; expected "token", or "app-id" with "private-key".');
}
