/** Where the origin of a clone is, and how git logs in there. */
import { DarkroomError } from '../errors/darkroom-error.ts';
import { type GitRepository, tryGit } from './git-command.ts';

/** How the origin is reached. */
export interface OriginLogin {
  /** The workflow's token: sent to the server the workflow runs on and to no other, handed to git through its environment. */
  readonly token: string | null;
}

/** Where is fetched from, and with which variables. */
export interface Origin {
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Finds the origin of a clone. @throws DarkroomError `git/no-origin` */
export async function openOrigin(clone: GitRepository, { token }: OriginLogin): Promise<Origin> {
  const { exitCode, stdout } = await tryGit(clone, ['remote', 'get-url', 'origin']);
  const url = stdout.toString('utf8').trim();
  if (exitCode === 0 && url !== '') return { url, env: token === null ? {} : loginEnvironment(url, token) };
  throw new DarkroomError({
    code: 'git/no-origin',
    message: `"${clone.cwd}" has no remote "origin", and what it does not hold itself cannot be asked for.`,
    hint: 'Check the repository out with actions/checkout, or add the remote.',
  });
}

/**
 * Variables that log git in to one host. They are added to those the process may have; the empty value takes away a header
 * of actions/checkout, as two of them are refused.
 */
function loginEnvironment(url: string, token: string): Readonly<Record<string, string>> {
  const { protocol, origin } = URL.parse(url) ?? { protocol: '', origin: '' };
  const server = process.env.GITHUB_SERVER_URL ?? 'https://github.com';
  if (protocol !== 'https:' || origin !== URL.parse(server)?.origin) return {};
  const first = Number(process.env.GIT_CONFIG_COUNT ?? 0) || 0;
  const login = Buffer.from(`x-access-token:${token}`).toString('base64');
  const values = ['', `Authorization: Basic ${login}`];
  const settings = values.flatMap((value, index) => [
    [`GIT_CONFIG_KEY_${first + index}`, `http.${origin}/.extraheader`],
    [`GIT_CONFIG_VALUE_${first + index}`, value],
  ]);
  return { ...Object.fromEntries(settings), GIT_CONFIG_COUNT: String(first + values.length) };
}
