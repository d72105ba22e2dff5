import { access, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DarkroomError } from '../../actions/lib/errors/darkroom-error.ts';
import { openSource } from '../../actions/lib/git/open-source.ts';
import { initMatrix, isDockerfile } from '../../actions/lib/matrix/init-matrix.ts';
import type { GlobalOptions } from '../../actions/lib/workspace/open-workspace.ts';

/** In Darkroom's own repository and its forks editors find it by path; elsewhere there is no path to name. */
const SCHEMA = 'actions/lib/matrix/action-matrix.schema.json';

/** `darkroom init`: writes a first matrix; never over one that is there. */
export async function init(options: GlobalOptions): Promise<void> {
  const directory = path.resolve(options.directory);
  const source = await openSource(directory, { of: 'work-tree' });
  try {
    const file =
      options.matrix === undefined
        ? path.join(source.root, 'action-matrix.yml')
        : path.resolve(directory, options.matrix);
    const shown = path.relative(directory, file);
    if (await exists(file)) {
      throw new DarkroomError(
        {
          code: 'init/exists',
          place: { file: shown },
          message: 'There is a matrix already; it was left as it is.',
        },
        { kind: 'use' },
      );
    }
    const dockerfiles = source.entries.flatMap(({ path, mode }) =>
      mode !== '160000' && isDockerfile(path) ? [path] : [],
    );
    if (dockerfiles.length === 0) {
      throw new DarkroomError(
        {
          code: 'init/no-dockerfiles',
          message: `There is no Dockerfile among the ${source.entries.length} files git knows in "${source.root}".`,
          hint: 'Write one, for example containers/app/Dockerfile, and run this again.',
        },
        { kind: 'use' },
      );
    }
    const hasSchema = source.entries.some((entry) => entry.path === SCHEMA);
    await writeFile(file, initMatrix(dockerfiles, hasSchema ? `./${SCHEMA}` : null));
    if (options.json) process.stdout.write(`${JSON.stringify({ matrix: file, dockerfiles })}\n`);
    else
      process.stdout.write(
        `${shown}: written from ${dockerfiles.length} ${dockerfiles.length === 1 ? 'Dockerfile' : 'Dockerfiles'}. Next: darkroom plan\n`,
      );
  } finally {
    await source.close();
  }
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
