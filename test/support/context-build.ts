/** Builds contexts on the real engine and lists what came out. */
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { contextTree } from '../../actions/lib/key/context-tree.ts';
import { parseIgnoreFile } from '../../actions/lib/key/ignore-patterns.ts';
import { type ContextSelection, selectContextFiles } from '../../actions/lib/key/select-context-files.ts';
import { type ContextCase, writeTree } from './context-cases.ts';
import { startTestEngine } from './engine.ts';

/** What an image holds, by path: `file`, `executable`, `link` or `folder`, then its content. */
export type Listing = Readonly<Record<string, string>>;

/** One build; the listing is `null` when BuildKit refused it. */
export interface Outcome {
  readonly listing: Listing | null;
  readonly log: string;
}

/** What is built. */
export interface BuildFiles {
  readonly dockerfile: string;
  /** Written beside the Dockerfile, so that the tree stays as drawn. */
  readonly ignore?: string;
  readonly options?: readonly string[];
}

/** Builds in folders of its own. */
export interface ContextBuilder {
  /** Absolute path of a new folder. */
  folder(): string;
  /** Writes a case's whole tree, or what was selected of it, and gives the folder. */
  write(one: ContextCase, selection?: ContextSelection): string;
  build(context: string, files: BuildFiles): Promise<Outcome>;
  remove(): void;
}

/** Finds or starts the engine. */
export async function createContextBuilder(): Promise<ContextBuilder> {
  const work = mkdtempSync(join(tmpdir(), 'darkroom-context-'));
  const { buildx, builder, env } = (await startTestEngine()).engine;
  const [program = '', ...first] = buildx;
  const newFolder = () => mkdtempSync(join(work, 'folder-'));
  return {
    folder: newFolder,
    write({ tree }, selection) {
      const folder = newFolder();
      writeTree(folder, selection?.files ?? tree.entries, tree.targets, selection?.emptyFolders);
      return folder;
    },
    async build(context, { dockerfile, ignore, options = [] }) {
      const folder = newFolder();
      const [file, out] = [join(folder, 'Dockerfile'), join(folder, 'out')];
      writeFileSync(file, dockerfile);
      if (ignore !== undefined) writeFileSync(`${file}.dockerignore`, ignore);
      const plain = ['--builder', builder, '--progress', 'plain', '--provenance', 'false'];
      const output = ['--output', `type=local,dest=${out}`, '--file', file];
      const args = [...first, 'build', ...plain, ...output, ...options, context];
      const { failed, stderr } = await execa(program, args, { env, reject: false });
      return { listing: failed ? null : list(out), log: stderr };
    },
    remove: () => rmSync(work, { recursive: true, force: true }),
  };
}

/** Lists a folder; an image without files has none. */
function list(root: string): Listing {
  mkdirSync(root, { recursive: true });
  return Object.fromEntries(pathsBelow(root, '').map((path) => [path, describeFile(join(root, path))]));
}

/** Not `readdir` with `recursive`: that goes into links, and round in circles. */
function pathsBelow(root: string, folder: string): readonly string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  const paths = entries.map((entry) => ({ path: join(folder, entry.name), isFolder: entry.isDirectory() }));
  return paths
    .flatMap(({ path, isFolder }) => (isFolder ? [path, ...pathsBelow(root, path)] : [path]))
    .sort();
}

function describeFile(file: string): string {
  const stat = lstatSync(file);
  if (stat.isSymbolicLink()) return `link ${readlinkSync(file)}`;
  if (stat.isDirectory()) return 'folder';
  return `${stat.mode & 0o111 ? 'executable' : 'file'} ${readFileSync(file, 'utf8')}`;
}

/** Copies every source into a folder of its own, in the form that takes any character. */
export function copyEach({ reads }: ContextCase): string {
  const copies = reads.map(
    ({ path }, index) => `COPY ${JSON.stringify([path.replace(/[\\$'"]/g, '\\$&'), `/${index}/`])}`,
  );
  return `${['FROM scratch', ...copies].join('\n')}\n`;
}

/** What the code under test selects. */
export function selectCase({ tree, ignore, reads }: ContextCase): ContextSelection {
  return selectContextFiles(contextTree(tree.entries, '.', tree.targets), parseIgnoreFile(ignore), reads);
}
