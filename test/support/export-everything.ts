/** Program for tests that need another process: exports the repository of the first argument into the second. */
import { exportFiles } from '../../actions/lib/git/export-files.ts';
import { openSource } from '../../actions/lib/git/open-source.ts';

const [repository = '', dir = ''] = process.argv.slice(2);
const source = await openSource(repository, { of: 'work-tree' });
const files = source.entries.map((entry) => ({ entry, to: entry.path }));
try {
  await exportFiles(source, files, dir, { lfs: new Map(), mtimeSeconds: 0 });
} catch (error) {
  process.stdout.write(`${error instanceof Error ? error.message : error}\n`);
}
await source.close();
