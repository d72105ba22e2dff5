/** The inputs every action has. */
import { DarkroomError } from '../errors/darkroom-error.ts';

/** Where the work is described, where images lie, and how to log in there. */
export interface CommonInputs {
  /** A checkout below the one the step stands in; absent: that one. */
  readonly directory?: string;
  /** Path of the matrix in the repository; absent: `action-matrix.yml` at its top. */
  readonly matrix?: string;
  /** Home, instead of the one the matrix names. */
  readonly registry?: string;
  readonly logins: LoginInputs;
}

/** What a step was given to log in with. */
export interface LoginInputs {
  /** The workflow's token: for `ghcr.io` and for comments. */
  readonly token?: string;
  /** For home, where it is another registry. */
  readonly user?: { readonly name: string; readonly password: string };
  /** ARN of the role to assume by OIDC for Amazon's registry. */
  readonly awsRole?: string;
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns */
const ROLE = /^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/;

/**
 * Reads the common inputs; `read` gives an input's text, empty where there is none.
 * @throws DarkroomError `input/…`
 */
export function readCommonInputs(read: (name: string) => string): CommonInputs {
  const [matrix, registry] = [read('matrix'), read('registry')];
  return {
    ...(matrix === '' ? {} : { matrix }),
    ...(registry === '' ? {} : { registry }),
    logins: readLogins(read),
  };
}

function readLogins(read: (name: string) => string): LoginInputs {
  const [token, name, password, awsRole] = [
    read('token'),
    read('username'),
    read('password'),
    read('aws-role'),
  ];
  if ((name === '') !== (password === '')) {
    throw badInput(
      name === '' ? 'username' : 'password',
      '"username" and "password" belong together: give both, or neither.',
    );
  }
  if (awsRole !== '' && !ROLE.test(awsRole)) {
    throw badInput(
      'aws-role',
      `The input "aws-role" is ${JSON.stringify(awsRole)}; expected the ARN of a role, "arn:aws:iam::123456789012:role/name".`,
    );
  }
  return {
    ...(token === '' ? {} : { token }),
    ...(name === '' ? {} : { user: { name, password } }),
    ...(awsRole === '' ? {} : { awsRole }),
  };
}

/** The error for an input that cannot be used. */
export function badInput(name: string, message: string): DarkroomError {
  return new DarkroomError({ code: `input/${name}`, message }, { kind: 'use' });
}
