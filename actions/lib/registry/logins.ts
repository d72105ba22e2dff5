import { type CredentialSource, inOrder, loginFor } from './credentials.ts';
import { dockerCredentials } from './docker-credentials.ts';
import { createEcr, type Ecr } from './ecr-login.ts';

/** The logins of a workflow's job or of a machine, and what else the registries behind them need. */
export interface Logins extends CredentialSource, Pick<Ecr, 'ensureRepository'> {}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The logins of a workflow, in this order: `username` and `password` for the registry that is home, ghcr.io with the
 * workflow's token, AWS for ECR, then what `docker login` stored on the runner.
 */
export function workflowLogins(options: {
  /** The registry host the images live at. */
  readonly home: string;
  readonly token?: string;
  /** Whoever started the workflow: any name will do for GHCR. */
  readonly actor?: string;
  readonly username?: string;
  readonly password?: string;
  /** ARN of the role that is assumed with the job's OIDC token. */
  readonly awsRole?: string;
  readonly environment: Environment;
  /** Told every secret before it is first used. */
  readonly mask: (secret: string) => void;
}): Logins {
  const { home, token, actor, username, password, awsRole, environment, mask } = options;
  const ecr = createEcr({ home, mask, ...(awsRole ? { role: awsRole } : {}) });
  const sources = [
    ...(username && password
      ? [loginFor(home, { username, password, from: 'the inputs username and password' })]
      : []),
    ...(token && isGitHubCom(environment)
      ? [
          loginFor('ghcr.io', {
            username: actor || 'github-actions',
            password: token,
            from: "the workflow's token",
          }),
        ]
      : []),
    ecr,
    dockerCredentials(environment),
  ];
  return { ...inOrder(sources, { isWorkflow: true }), ensureRepository: ecr.ensureRepository };
}

/** The token of another server is nothing ghcr.io knows, and none of its business. */
function isGitHubCom({ GITHUB_SERVER_URL: server }: Environment): boolean {
  return server === undefined || server === 'https://github.com';
}

/** The logins of somebody's machine: what `docker login` stored, and AWS credentials for ECR. */
export function machineLogins(options: {
  readonly environment: Environment;
  readonly home?: string;
  readonly mask?: (secret: string) => void;
}): Logins {
  const { environment, home = '', mask = () => undefined } = options;
  const ecr = createEcr({ home, mask });
  const sources = [dockerCredentials(environment), ecr];
  return { ...inOrder(sources, { isWorkflow: false }), ensureRepository: ecr.ensureRepository };
}
