/**
 * Times `darkroom plan` as a whole process, with look-ups in the registry on loopback, over repositories of growing size:
 * 256 images in four levels, every one with its own folder and sources, and one image whose context is the whole tree.
 * Usage: node scripts/bench/plan.ts [files…]
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { markdownTable } from '../../actions/lib/report/text-table.ts';

const IMAGES = 256;
const RUNS = 5;
const COMMAND = path.resolve(import.meta.dirname, '../darkroom');

const sizes = process.argv.slice(2).map(Number);
const rows: string[][] = [];
for (const files of sizes.length > 0 ? sizes : [25_000, 50_000, 100_000]) {
  const dir = mkdtempSync(path.join(tmpdir(), 'darkroom-bench-'));
  try {
    await makeRepository(dir, files);
    const seconds: number[] = [];
    for (let run = 0; run <= RUNS; run += 1) {
      const start = performance.now();
      await execa(COMMAND, ['plan', '--json', '-C', dir], { stdout: 'ignore' });
      // The first run fills the file system's cache and node's.
      if (run > 0) seconds.push((performance.now() - start) / 1000);
    }
    seconds.sort((a, b) => a - b);
    rows.push([
      String(files),
      ...[seconds[0], seconds[Math.floor(RUNS / 2)], seconds.at(-1)].map((one) => (one ?? 0).toFixed(2)),
    ]);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
process.stdout.write(`${markdownTable(['tracked files', 'min s', 'median s', 'max s'], rows)}\n`);

async function makeRepository(dir: string, files: number): Promise<void> {
  const names = Array.from({ length: IMAGES }, (_, index) => `image-${String(index).padStart(3, '0')}`);
  for (const [index, name] of names.entries()) {
    const folder = path.join(dir, 'containers', name);
    mkdirSync(path.join(folder, 'app'), { recursive: true });
    const parent = index < IMAGES / 4 ? 'scratch' : names[index - IMAGES / 4];
    const source = index === 0 ? 'COPY . /all\n' : 'COPY app /app\n';
    writeFileSync(path.join(folder, 'Dockerfile'), `FROM ${parent}\n${source}`);
    writeFileSync(path.join(folder, '.dockerignore'), '**/*.md\n!app/**\n**/__pycache__\n');
  }
  for (let index = 0; index < files; index += 1) {
    const folder = path.join(dir, 'containers', names[index % IMAGES] ?? '', 'app', `part-${index % 37}`);
    if (index < IMAGES * 37) mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, `file-${index}.py`), `value = ${index}\n`);
  }
  const images = names.map(
    (name, index) =>
      `  ${name}: {${index === 0 ? ' context: ., dockerfile: containers/image-000/Dockerfile ' : ''}}\n`,
  );
  writeFileSync(path.join(dir, 'action-matrix.yml'), `images:\n${images.join('')}`);
  const git = (...args: string[]) =>
    execa('git', ['-c', 'user.name=bench', '-c', 'user.email=bench@example.invalid', ...args], { cwd: dir });
  await git('init', '--quiet', '--initial-branch=main');
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'bench');
  // Files as young as the index are read again by every git status; a checkout in use is older than that.
  await sleep(1100);
  await git('update-index', '--refresh');
}
