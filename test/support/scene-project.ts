/** A repository whose images say what the stages of a scene say, with nothing but a shell in them. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TestRepo } from './git-repo.ts';
import { makeTinyRoot } from './tiny-root.ts';

const STAGES = { colmap: 'sfm', 'gaussian-splatting-cpu': 'train', 'splat-tools': 'view' };

/** Files of the repository, but for the root file system of its base image. */
export const SCENE_FILES: Readonly<Record<string, string>> = {
  'action-matrix.yml': `images:\n  tiny: { tags: [] }\n${Object.keys(STAGES)
    .map((name) => `  ${name}: {}\n`)
    .join('')}`,
  'containers/tiny/Dockerfile': 'FROM scratch\nCOPY root /\n',
  ...Object.fromEntries(
    Object.entries(STAGES).flatMap(([name, stage]) => [
      [
        `containers/${name}/Dockerfile`,
        `FROM tiny\nCOPY stage.sh /\nUSER 10001\nCMD ["/bin/sh", "/stage.sh", "${stage}"]\n`,
      ],
      [`containers/${name}/stage.sh`, readFileSync(path.join(import.meta.dirname, 'fake-stage.sh'), 'utf8')],
    ]),
  ),
};

/** Adds what the base image is made of. */
export async function addTinyRoot(repo: TestRepo): Promise<void> {
  const root = path.join(repo.dir, 'containers/tiny/root');
  await makeTinyRoot(root);
  repo.commit();
}

/** A folder with photographs, as far as their names tell. */
export function makeFrames(folder: string): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'a.jpg'), 'a photograph\n');
  return folder;
}

/** What a stage wrote down of what it was given; empty where it did not run. */
export function seenBy(storage: string, stage: string): string {
  const file = path.join(storage, `seen-${stage}`);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
