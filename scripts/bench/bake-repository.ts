/** Makes a repository of images that stand on each other, for Darkroom and, with the same settings, for Bake. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';

/** An image of the repository and what it stands on. */
export interface BenchImage {
  readonly name: string;
  /** `null`: the upstream. */
  readonly parent: string | null;
  /** 0 for the base. */
  readonly level: number;
  /** Only images of the last level, the services, have sources: as the last layer, linked, or with a RUN after them. */
  readonly sources: 'none' | 'linked' | 'compiled';
}

/** Levels of the graph: one base, then ever more that stand on it. */
const LEVELS = 4;
const SOURCE_BYTES = 2_000_000;

/** Lists the images, parents first: one base, the others evenly on three further levels. */
export function benchImages(count: number): readonly BenchImage[] {
  const levels: string[][] = [['base']];
  for (let level = 1; level < LEVELS; level += 1) {
    const done = levels.flat().length;
    const size = Math.floor((count - done) / (LEVELS - level));
    levels.push(Array.from({ length: size }, (_, index) => `level-${level}-${index}`));
  }
  return levels.flatMap((names, level) =>
    names.map((name, index) => {
      const above = levels[level - 1] ?? [];
      const parent = above[index % above.length] ?? null;
      const isService = level === LEVELS - 1;
      return { name, parent, level, sources: !isService ? 'none' : index % 2 === 0 ? 'linked' : 'compiled' };
    }),
  );
}

/** Writes and commits the whole repository. */
export async function writeRepository(
  dir: string,
  images: readonly BenchImage[],
  { registry, upstream, provenance }: { registry: string; upstream: string; provenance: boolean },
): Promise<void> {
  for (const image of images) {
    const folder = path.join(dir, 'containers', image.name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'Dockerfile'), dockerfileOf(image, upstream));
    writeFileSync(path.join(folder, 'packages.txt'), `${image.name} 1\n`);
    if (image.sources !== 'none') changeSource(dir, image.name);
  }
  const matrix = {
    registry: `${registry}/darkroom-home`,
    images: Object.fromEntries(images.map(({ name }) => [name, {}])),
  };
  writeFileSync(path.join(dir, 'action-matrix.yml'), JSON.stringify(matrix, null, 2));
  for (const kind of ['linked', 'levels'] as const) {
    const bake = bakeFile(images, registry, { kind, provenance });
    writeFileSync(path.join(dir, `bake-${kind}.json`), JSON.stringify(bake, null, 2));
  }
  await execa('git', ['init', '--quiet', '--initial-branch=main'], { cwd: dir });
}

/** Gives one image sources of another content; nothing in them can be compressed. */
export function changeSource(dir: string, image: string): void {
  const folder = path.join(dir, 'containers', image, 'app');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'main.bin'), randomBytes(SOURCE_BYTES));
}

/** Asks for other packages in one image: its RUN and everything on it is to be done again. */
export function changePackages(dir: string, image: string, version: number): void {
  writeFileSync(path.join(dir, 'containers', image, 'packages.txt'), `${image} ${version}\n`);
}

/** Commits what changed, and something that no image reads. */
export async function commit(dir: string): Promise<void> {
  writeFileSync(path.join(dir, 'README.md'), randomBytes(8).toString('hex'));
  const who = ['-c', 'user.name=bench', '-c', 'user.email=bench@example.invalid'];
  await execa('git', ['add', '--all'], { cwd: dir });
  await execa('git', [...who, 'commit', '--quiet', '--message', 'bench'], { cwd: dir });
}

/** The sleep stands for what an installation costs besides the bytes it writes. */
function dockerfileOf({ name, parent, sources }: BenchImage, upstream: string): string {
  const install = `COPY packages.txt /opt/${name}/\nRUN sleep 2 && cat /opt/${name}/packages.txt /seed/0 > /opt/${name}/installed\n`;
  const app = {
    none: '',
    linked: `COPY --link app /srv/${name}/\n`,
    compiled: `COPY app /srv/${name}/\nRUN sleep 2 && cat /srv/${name}/main.bin /srv/${name}/main.bin > /srv/${name}/compiled\n`,
  };
  return `FROM ${parent ?? upstream}\n${install}${app[sources]}`;
}

/**
 * Compression, media types, epoch and what is kept locally are those that Darkroom gives Buildx. `linked` builds everything
 * in one call, parents as `target:`. In `levels` a call builds one level, parents by their tag: that costs a call for each,
 * and finds the caches of children, which one call does not: https://github.com/docker/buildx/issues/414
 */
function bakeFile(
  images: readonly BenchImage[],
  registry: string,
  { kind, provenance }: { kind: 'linked' | 'levels'; provenance: boolean },
) {
  const packing = 'compression=zstd,oci-mediatypes=true';
  const repositoryOf = (name: string): string => `${registry}/bake-${kind}/${name}`;
  const contextOf = (parent: string): string =>
    kind === 'linked' ? `target:${parent}` : `docker-image://${repositoryOf(parent)}:main`;
  const targets = images.map(({ name, parent }) => {
    const repository = repositoryOf(name);
    const target = {
      context: `containers/${name}`,
      ...(parent === null ? {} : { contexts: { [parent]: contextOf(parent) } }),
      args: { SOURCE_DATE_EPOCH: '0' },
      platforms: ['linux/amd64'],
      'cache-from': [`type=registry,ref=${repository}:cache`],
      'cache-to': [`type=registry,ref=${repository}:cache,mode=max,image-manifest=true,${packing}`],
      output: [`type=image,name=${repository}:main,push=true,store=false,${packing}`],
      attest: [`type=provenance,${provenance ? 'mode=max' : 'disabled=true'}`],
    };
    return [name, target] as const;
  });
  const levels = Object.groupBy(images, ({ level }) => `level-${level}`);
  const groups = Object.entries(levels).map(([name, members = []]) => [
    name,
    { targets: members.map((image) => image.name) },
  ]);
  return {
    group: { default: { targets: images.map(({ name }) => name) }, ...Object.fromEntries(groups) },
    target: Object.fromEntries(targets),
  };
}
