import { access, constants } from 'node:fs/promises';
import { DarkroomError, type Problem } from '../errors/darkroom-error.ts';
import type { BuildSecret } from './build-args.ts';

/**
 * Makes sure every secret has a value: Buildx itself builds with an empty one when an environment variable is not set.
 *
 * @param dockerfile the one that asks for them, for the place of a problem
 * @throws DarkroomError `build/missing-secret`, once for each.
 */
export async function checkSecrets(
  secrets: readonly BuildSecret[],
  env: Readonly<Record<string, string>>,
  dockerfile: string,
): Promise<void> {
  const found = await Promise.all(secrets.map((secret) => missingSecret(secret, env)));
  const problems = found.flatMap((problem) =>
    problem === null ? [] : [{ ...problem, place: { file: dockerfile } }],
  );
  if (problems.length > 0) throw new DarkroomError(problems, { kind: 'use' });
}

async function missingSecret(
  secret: BuildSecret,
  env: Readonly<Record<string, string>>,
): Promise<Problem | null> {
  const problem = { code: 'build/missing-secret' } as const;
  if ('env' in secret) {
    if ((env[secret.env] ?? '') !== '') return null;
    return {
      ...problem,
      message: `the secret "${secret.id}" comes from the environment variable "${secret.env}", which is not set`,
      hint: `Set ${secret.env} for this command; in a workflow pass a line "${secret.env}=…" in the secret "build-secrets", or in the input "secrets" of the action "build". Pull requests from forks have no secrets.`,
    };
  }
  try {
    await access(secret.file, constants.R_OK);
    return null;
  } catch {
    return {
      ...problem,
      message: `the secret "${secret.id}" comes from the file "${secret.file}", which cannot be read`,
    };
  }
}
