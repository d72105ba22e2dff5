/**
 * Bundles every action into its `dist/`, which is committed: a runner installs no modules. The same sources and modules
 * give the same bytes on every machine, which a test compares.
 */
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import ncc from '@vercel/ncc';
import ts from 'typescript';

const ROOT = path.resolve(import.meta.dirname, '..');
const ACTIONS = path.join(ROOT, 'actions');

/** Bundles all actions, each into `<out>/<action>/dist`. Gives their names. */
export async function buildActions(out: string): Promise<readonly string[]> {
  // Below the modules, so that they are found from there.
  const work = await mkdtemp(path.join(ROOT, 'node_modules', '.darkroom-actions-'));
  try {
    await transpile(work);
    const names = await actionNames();
    for (const name of names) await bundle(path.join(work, name, 'index.js'), path.join(out, name, 'dist'));
    return names;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Folders of `actions/` with an `action.yml`. */
export async function actionNames(): Promise<readonly string[]> {
  const files = await readdir(ACTIONS, { recursive: true });
  return files.flatMap((file) => /^([^/]+)\/action\.yml$/.exec(file)?.[1] ?? []).sort();
}

/** The bundler's own TypeScript compiles file by file, and takes these modules for CommonJS. */
async function transpile(work: string): Promise<void> {
  const compilerOptions = {
    module: ts.ModuleKind.ESNext,
    target: ts.ScriptTarget.ES2024,
    verbatimModuleSyntax: true,
    rewriteRelativeImportExtensions: true,
  };
  const sources = (await readdir(ACTIONS, { recursive: true })).filter(
    (file) => /\.(ts|json)$/.test(file) && !/(^|\/)dist\//.test(file),
  );
  await writeFile(path.join(work, 'package.json'), '{ "type": "module" }\n');
  for (const file of sources) {
    const to = path.join(work, file);
    await mkdir(path.dirname(to), { recursive: true });
    if (file.endsWith('.json')) {
      await cp(path.join(ACTIONS, file), to);
      continue;
    }
    const { outputText } = ts.transpileModule(await readFile(path.join(ACTIONS, file), 'utf8'), {
      compilerOptions,
    });
    await writeFile(to.replace(/\.ts$/, '.js'), outputText);
  }
}

async function bundle(entry: string, dist: string): Promise<void> {
  const { code, assets } = await ncc(entry, {
    ...{ cache: false, minify: true, quiet: true, license: 'licenses.txt' },
  });
  await rm(dist, { recursive: true, force: true });
  await mkdir(dist, { recursive: true });
  await writeFile(path.join(dist, 'index.js'), code);
  for (const [file, { source }] of Object.entries(assets)) {
    await mkdir(path.dirname(path.join(dist, file)), { recursive: true });
    await writeFile(path.join(dist, file), source);
  }
}

if (process.argv[1] === import.meta.filename) {
  const names = await buildActions(process.argv[2] ?? ACTIONS);
  process.stdout.write(`${names.join(', ')}: bundled\n`);
}
