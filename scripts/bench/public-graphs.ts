/**
 * Compares the edges Darkroom reads from the Dockerfiles of public repositories with those their authors wrote by hand.
 * `public-graphs.json` holds the facts: repository, commit, where the authors wrote their order, that order, files the
 * authors' build copies into a context first, and a matrix as a user of Darkroom would write it.
 * Usage: node scripts/bench/public-graphs.ts FOLDER, with a checkout of each repository at FOLDER/<name>.
 */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { markdownTable } from '../../actions/lib/report/text-table.ts';

interface PublicGraph {
  readonly repository: string;
  readonly commit: string;
  readonly writtenIn: string;
  /** From and to, relative to the top: what the authors' build does before it builds. */
  readonly copies: Readonly<Record<string, string>>;
  /** Image to its parent. */
  readonly edges: Readonly<Record<string, string>>;
  readonly matrix: { readonly images: Readonly<Record<string, unknown>> };
}

const DARKROOM = path.resolve(import.meta.dirname, '../darkroom');

const folder = process.argv[2];
if (folder === undefined) throw new Error('Usage: node scripts/bench/public-graphs.ts FOLDER');
const graphs: readonly PublicGraph[] = JSON.parse(
  readFileSync(path.join(import.meta.dirname, 'public-graphs.json'), 'utf8'),
);
const rows: string[][] = [];
for (const graph of graphs) {
  const checkout = path.join(folder, path.basename(graph.repository));
  if (!existsSync(checkout)) {
    process.stderr.write(`No "${checkout}": check out ${graph.repository} at ${graph.commit} there.\n`);
    process.exitCode = 1;
    continue;
  }
  const written = new Set(Object.entries(graph.edges).map(([image, parent]) => `${image} → ${parent}`));
  const read = await readEdges(checkout, graph);
  const missed = [...written].filter((edge) => !read.has(edge));
  const extra = [...read].filter((edge) => !written.has(edge));
  if (missed.length + extra.length > 0) process.exitCode = 1;
  rows.push([
    graph.repository,
    String(Object.keys(graph.matrix.images).length),
    String(written.size),
    String(read.size),
    missed.join(', ') || 'none',
    extra.join(', ') || 'none',
    graph.writtenIn,
  ]);
}
const heads = ['repository', 'images', 'edges by hand', 'edges read', 'missed', 'more', 'written by hand in'];
process.stdout.write(`${markdownTable(heads, rows)}\n`);

/** Plans a copy, so that the checkout stays as it is. */
async function readEdges(checkout: string, graph: PublicGraph): Promise<Set<string>> {
  const dir = mkdtempSync(path.join(tmpdir(), 'darkroom-public-'));
  try {
    cpSync(checkout, dir, { recursive: true, filter: (file) => path.basename(file) !== '.git' });
    for (const [from, to] of Object.entries(graph.copies)) {
      cpSync(path.join(dir, from), path.join(dir, to), { recursive: true });
    }
    writeFileSync(path.join(dir, 'action-matrix.yml'), JSON.stringify(graph.matrix, null, 2));
    const git = (...args: string[]) =>
      execa('git', ['-c', 'user.name=bench', '-c', 'user.email=bench@example.invalid', ...args], {
        cwd: dir,
      });
    await git('init', '--quiet');
    // Forced: what the build copies is often ignored.
    await git('add', '--all', '--force');
    await git('commit', '--quiet', '--message', 'bench');
    const { stdout } = await execa(DARKROOM, ['-C', dir, 'plan', '--no-registry', '--json']);
    const plan: { images: { name: string; parents: string[] }[] } = JSON.parse(stdout);
    return new Set(
      plan.images.flatMap(({ name, parents }) => parents.map((parent) => `${name} → ${parent}`)),
    );
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
