import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { DarkroomError, type Problem } from '../errors/darkroom-error.ts';
import type { ImageNode } from '../graph/image-graph.ts';

/**
 * Keeps a pull request from reading the runner: its matrix may name any file as a secret, `/proc/self/environ` too, and
 * its Dockerfile then shows it. Links are followed.
 * @param root the checkout; files below it are the pull request's own
 * @throws DarkroomError `build/secret-outside` for every secret that is read from elsewhere
 */
export async function checkSecretFiles(nodes: readonly ImageNode[], root: string): Promise<void> {
  const secrets = nodes.flatMap(({ id, image }) =>
    image.secrets.flatMap(({ id: secret, source }) =>
      source.kind === 'file' ? [{ id, secret, place: image.place, file: source.path }] : [],
    ),
  );
  const inside = `${await realpath(root)}${path.sep}`;
  const problems = await Promise.all(
    secrets.map(async ({ id, secret, place, file }): Promise<readonly Problem[]> => {
      // One that is not there is said when it is needed.
      const real = await realpath(path.resolve(root, file)).catch(() => path.resolve(root, file));
      if (real.startsWith(inside)) return [];
      return [
        {
          code: 'build/secret-outside',
          place,
          message: `"${id}" takes its secret "${secret}" from ${JSON.stringify(file)}, outside the repository; where home is not written, as in a pull request, that is not allowed.`,
          hint: `Take it from a variable: secrets: { ${secret}: { env: NAME } }`,
        },
      ];
    }),
  );
  if (problems.flat().length > 0) throw new DarkroomError(problems.flat(), { kind: 'use' });
}
