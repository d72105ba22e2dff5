/** Owns making an upstream image where its own registry cannot be reached. */
import { cp, link, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Engine } from '../../../actions/lib/docker/engine.ts';
import type { RegistryAddress } from '../../../actions/lib/docker/registry-process.ts';
import { DarkroomError } from '../../../actions/lib/errors/darkroom-error.ts';
import { type Folders, findFolders } from '../folders.ts';
import { preflight } from '../preflight.ts';
import { findRecipe, type Recipe } from './find-recipe.ts';
import { readMade, recordMade } from './made-lock.ts';
import { makeDebianRoot } from './make-debian-root.ts';

/** What came out, in the registry on loopback. */
export interface MadeUpstream {
  /** `127.0.0.1:5077/darkroom/made/python:3.11-slim-bookworm` */
  readonly reference: string;
  /** `sha256:…` of the platform manifest. */
  readonly digest: string;
}

/** With what it is made. */
export interface Workshop {
  readonly engine: Engine;
  readonly registry: RegistryAddress;
  readonly onLine: (line: string) => void;
  readonly folders?: Folders;
}

/** What the official images without `-slim` bring and slim ones do not, as far as builds use it. */
const BUILD_PACKAGES = [
  ...['build-essential', 'curl', 'git', 'gnupg', 'libffi-dev', 'libssl-dev', 'pkg-config', 'procps'],
  ...['python3', 'unzip', 'wget', 'xz-utils', 'zlib1g-dev'],
];

/**
 * Makes the image, pushes it and notes it in `made.lock`. The Debian system below is made once and shared.
 *
 * @throws DarkroomError `engine/…` for a missing tool, `made/failed` with the last lines of what failed
 */
export async function makeUpstream(recipe: Recipe, workshop: Workshop): Promise<MadeUpstream> {
  const folders = workshop.folders ?? findFolders();
  const needs = { go: false, runc: false, engine: false, debian: true };
  await preflight(needs, { state: folders.state, onLine: workshop.onLine });
  await mkdir(folders.cache, { recursive: true });
  const work = await mkdtemp(join(folders.cache, 'making-'));
  try {
    const started = Date.now();
    const made = await makeIn(work, recipe, workshop);
    await recordMade(folders.state, {
      reference: recipe.reference,
      platform: recipe.platform,
      digest: made.digest,
    });
    workshop.onLine(`made ${recipe.name} in ${Math.round((Date.now() - started) / 1000)} s`);
    return made;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function makeIn(work: string, recipe: Recipe, workshop: Workshop): Promise<MadeUpstream> {
  await cp(import.meta.dirname, work, { recursive: true, filter: (path) => !path.endsWith('.ts') });
  if (recipe.kind === 'debian') {
    workshop.onLine(`making ${recipe.name} from Debian's packages`);
    const cache = (workshop.folders ?? findFolders()).cache;
    await link(await makeDebianRoot(recipe.suite, cache, work), join(work, 'rootfs.tar'));
    return build(work, recipe, workshop, []);
  }
  const base = await findOrMakeBase(recipe, workshop);
  workshop.onLine(`making ${recipe.name} on Debian ${recipe.suite}`);
  const args = ['--build-context', `base=docker-image://${base.reference}@${base.digest}`];
  if (!recipe.slim) args.push('--build-arg', `PACKAGES=${BUILD_PACKAGES.join(' ')}`);
  if (recipe.kind === 'node') args.push('--build-arg', `NODE_VERSION=${await unpackNode(work)}`);
  return build(work, recipe, workshop, args);
}

async function findOrMakeBase(recipe: Recipe, workshop: Workshop): Promise<MadeUpstream> {
  const base = findRecipe(`debian:${recipe.suite}-slim`, recipe.platform);
  if (base === null)
    throw failed(recipe.name, `Debian ${recipe.suite} cannot be made for ${recipe.platform}`);
  const lock = await readMade((workshop.folders ?? findFolders()).state);
  const digest = lock.images[base.reference]?.[recipe.platform]?.digest;
  const repository = `darkroom/made/debian`;
  if (digest !== undefined) {
    const manifest = await fetch(`http://${workshop.registry}/v2/${repository}/manifests/${digest}`, {
      method: 'HEAD',
      headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
    });
    if (manifest.ok) return { reference: `${workshop.registry}/${repository}`, digest };
  }
  const made = await makeUpstream(base, workshop);
  return { reference: `${workshop.registry}/${repository}`, digest: made.digest };
}

/** Fetches Node and npm with the host's npm, so that its registry and proxy settings hold. Returns Node's version. */
async function unpackNode(work: string): Promise<string> {
  const packages = { node: `node-linux-${process.arch}@22`, npm: 'npm@10' };
  for (const [folder, name] of Object.entries(packages)) {
    const target = join(work, folder);
    await mkdir(target);
    const packed = await tell('npm', ['pack', '--silent', '--pack-destination', work, name], work);
    await tell('tar', ['-xzf', join(work, packed.trim()), '--strip-components=1', '-C', target], work);
  }
  const manifest = JSON.parse(await readFile(join(work, 'node', 'package.json'), 'utf8')) as {
    version: string;
  };
  for (const file of ['package.json', 'README.md', 'CHANGELOG.md', 'LICENSE', 'share/doc']) {
    await rm(join(work, 'node', file), { recursive: true, force: true });
  }
  return manifest.version;
}

async function build(
  work: string,
  recipe: Recipe,
  workshop: Workshop,
  args: readonly string[],
): Promise<MadeUpstream> {
  const { engine, registry } = workshop;
  const reference = `${registry}/darkroom/made/${recipe.name}`;
  const metadataFile = join(work, 'metadata.json');
  const [buildx = '', ...first] = engine.buildx;
  await writeFile(join(work, '.dockerignore'), '*.Dockerfile\nmetadata.json\n*.tgz\noverlay\n');
  await tell(
    buildx,
    [
      ...first,
      ...['build', work, '--builder', engine.builder, '--file', join(work, `${recipe.kind}.Dockerfile`)],
      ...['--platform', recipe.platform, '--progress', 'plain', '--metadata-file', metadataFile],
      // Without provenance the digest is that of the platform manifest.
      ...['--provenance=false', '--output'],
      `type=image,name=${reference},push=true,store=false,compression=zstd,oci-mediatypes=true`,
      ...args,
    ],
    work,
    engine.env,
  );
  const metadata = JSON.parse(await readFile(metadataFile, 'utf8')) as { 'containerimage.digest': string };
  return { reference, digest: metadata['containerimage.digest'] };
}

async function tell(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const result = await execa(program, args, { reject: false, all: true, cwd, env });
  if (result.failed) throw failed(program, result.all || result.shortMessage || '');
  return String(result.stdout);
}

function failed(what: string, output: string): DarkroomError {
  const tail = output.trimEnd().split('\n').slice(-20).join('\n  ');
  return new DarkroomError({
    code: 'made/failed',
    message: `An upstream image could not be made: "${what}" said:\n  ${tail}`,
  });
}
