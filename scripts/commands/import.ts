/** `darkroom import`: writes a first matrix from a Bake or Compose file. */
import { access, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { printImport } from '../../actions/lib/bake/print-import.ts';
import { DarkroomError } from '../../actions/lib/errors/darkroom-error.ts';
import { openSource } from '../../actions/lib/git/open-source.ts';
import { quote } from '../../actions/lib/matrix/quote.ts';
import type { GlobalOptions } from '../../actions/lib/workspace/open-workspace.ts';
import { type BakeChoice, type ReadBake, readBake } from '../read-bake.ts';

/** Options of `import` alone. */
export interface ImportOptions extends BakeChoice {
  readonly print?: true;
}

const SCHEMA = 'actions/lib/matrix/action-matrix.schema.json';

/** Writes the matrix, or prints it; never over one that is there. */
export async function importFiles(
  options: GlobalOptions,
  files: readonly string[],
  own: ImportOptions,
): Promise<void> {
  const directory = path.resolve(options.directory);
  const source = await openSource(directory, { of: 'work-tree' });
  try {
    const matrix =
      options.matrix === undefined
        ? path.join(source.root, 'action-matrix.yml')
        : path.resolve(directory, options.matrix);
    if (own.print === undefined) await checkFree(matrix, path.relative(directory, matrix));
    const named = files.map((file) => toRepositoryPath(source.root, directory, file));
    const read = await readBake(source, directory, named, own);
    const hasSchema = source.entries.some((entry) => entry.path === SCHEMA);
    const text = printImport(read, files, hasSchema ? `./${SCHEMA}` : null);
    if (own.print === undefined) await writeFile(matrix, text, { flag: 'wx' });
    report(read, { text, files, matrix, shown: path.relative(directory, matrix) }, options, own);
  } finally {
    await source.close();
  }
}

function toRepositoryPath(root: string, directory: string, file: string): string {
  const relative = path.relative(root, path.resolve(directory, file)).split(path.sep).join('/');
  if (!relative.startsWith('../')) return relative;
  const message = `${quote(file)} lies outside of the repository "${root}"; expected a file in it.`;
  throw new DarkroomError({ code: 'import/outside', message }, { kind: 'use' });
}

async function checkFree(file: string, shown: string): Promise<void> {
  const isFree = await access(file).then(
    () => false,
    () => true,
  );
  if (isFree) return;
  throw new DarkroomError(
    {
      code: 'import/exists',
      place: { file: shown },
      message: 'There is a matrix already; it was left as it is.',
      hint: 'See what the import would be with --print, or name another file with --matrix.',
    },
    { kind: 'use' },
  );
}

function report(
  { imported: { images, left }, unasked }: ReadBake,
  { text, files, matrix, shown }: { text: string; files: readonly string[]; matrix: string; shown: string },
  { json }: GlobalOptions,
  { print }: ImportOptions,
): void {
  if (json) {
    const said = images.map(({ name, target, notes }) => ({ name, target, notes }));
    const where = print === undefined ? { matrix } : { text };
    process.stdout.write(`${JSON.stringify({ ...where, images: said, left, unasked })}\n`);
    return;
  }
  if (print !== undefined) process.stdout.write(text);
  const notes = images.flatMap((image) => image.notes).length;
  const looked = notes + left.length > 0 ? ' Read its comments: they say what is not carried over.' : '';
  const count = `${images.length} ${images.length === 1 ? 'image' : 'images'}`;
  const done =
    print === undefined ? `${shown}: ${count} from ${files.join(', ')}.${looked} Next: darkroom plan\n` : '';
  process.stdout.write(done);
}
