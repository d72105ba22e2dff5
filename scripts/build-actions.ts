/**
 * Bundles every action into its `dist/`, which is committed: a runner installs no modules. The same sources and modules
 * give the same bytes on every machine, which a test compares.
 */
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import ts from 'typescript';
import { WASM_FILES } from '../actions/lib/lint/read-wasm.ts';
import { withLock } from '../actions/lib/process/with-lock.ts';

interface BundledModule {
  readonly nameForCondition?: string | null;
  readonly modules?: readonly BundledModule[];
}

/** The part of the bundler's interface that is used; it brings no types. */
type Bundler = (
  entry: string,
  options: Readonly<Record<string, unknown>>,
) => Promise<{
  readonly code: string;
  readonly assets: Readonly<Record<string, { readonly source: string | Buffer }>>;
  readonly stats: { toJson(options: Readonly<Record<string, unknown>>): BundledModule };
}>;

const ncc = createRequire(import.meta.url)('@vercel/ncc') as Bundler;

const ROOT = path.resolve(import.meta.dirname, '..');
const ACTIONS = path.join(ROOT, 'actions');

/** The bundler does not come up for air; ten times what it takes for one action. */
const BUSY_MS = 120_000;

/** Bundles all actions, each into `<out>/<action>/dist`. Gives their names. */
export async function buildActions(out: string): Promise<readonly string[]> {
  const modules = path.join(ROOT, 'node_modules');
  // Below the modules, so that they are found from there; always the same, as the bundler numbers modules by their paths.
  const work = path.join(modules, '.darkroom-actions');
  const to = path.resolve(out);
  return withLock(
    modules,
    async () => {
      const before = process.cwd();
      process.chdir(ROOT);
      try {
        await rm(work, { recursive: true, force: true });
        await transpile(work);
        const names = await actionNames();
        for (const name of names)
          await bundle(path.join(work, name, 'index.js'), path.join(to, name, 'dist'));
        return names;
      } finally {
        process.chdir(before);
        await rm(work, { recursive: true, force: true });
      }
    },
    'bundles',
    BUSY_MS,
  );
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
  await mkdir(work, { recursive: true });
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
  const { code, assets, stats } = await ncc(entry, { cache: false, minify: true, quiet: true });
  await rm(dist, { recursive: true, force: true });
  await mkdir(dist, { recursive: true });
  await writeFile(path.join(dist, 'index.js'), withFunctions(code));
  const modules = modulesOf(stats.toJson(STATS));
  const beside = modules.some((folder) => folder.endsWith('/web-tree-sitter')) ? WASM_FILES : [];
  const besideFolders = beside.map((file) => path.join(ROOT, 'node_modules', path.dirname(file)));
  await writeFile(
    path.join(dist, 'licenses.txt'),
    await licences([...new Set([...modules, ...besideFolders])]),
  );
  for (const file of beside) {
    await writeFile(
      path.join(dist, path.basename(file)),
      await readFile(path.join(ROOT, 'node_modules', file)),
    );
  }
  for (const [file, { source }] of Object.entries(assets)) {
    // The bundler reads what is no text as text, and thereby breaks it.
    if (file.endsWith('.wasm')) continue;
    await mkdir(path.dirname(path.join(dist, file)), { recursive: true });
    await writeFile(path.join(dist, file), source);
  }
}

/**
 * The bundler brings an older webpack, which gives `await import('module')` no members: that module is a function, and only
 * those of objects are taken over. https://github.com/webpack/webpack/blob/main/lib/runtime/CreateFakeNamespaceObjectRuntimeModule.js
 */
function withFunctions(code: string): string {
  return code.replace(
    /(for\(var (\w+)=\w+&2&&\w+;)typeof \2=="object"&&/,
    '$1(typeof $2=="object"||typeof $2=="function")&&',
  );
}

/** The bundler's own list misses everything that is an ECMAScript module: those are merged into one. */
const STATS = {
  all: false,
  modules: true,
  nestedModules: true,
  modulesSpace: Infinity,
  nestedModulesSpace: Infinity,
};

function modulesOf({ nameForCondition, modules = [] }: BundledModule): readonly string[] {
  const own = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(nameForCondition ?? '')?.[0];
  const nested = modules.flatMap(modulesOf);
  return own === undefined || own.endsWith('/.darkroom-actions') ? nested : [own, ...nested];
}

async function licences(folders: readonly string[]): Promise<string> {
  const texts = await Promise.all(
    folders.map(async (folder) => {
      const about = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')) as {
        readonly name: string;
        readonly license?: string;
      };
      const file = (await readdir(folder)).find((name) => /^licen[cs]e/i.test(name));
      const text = file === undefined ? '' : await readFile(path.join(folder, file), 'utf8');
      return `${about.name}\n${about.license ?? 'see below'}\n\n${text.trim()}\n`;
    }),
  );
  return texts.sort().join('\n\n');
}

if (process.argv[1] === import.meta.filename) {
  const names = await buildActions(process.argv[2] ?? ACTIONS);
  process.stdout.write(`${names.join(', ')}: bundled\n`);
}
