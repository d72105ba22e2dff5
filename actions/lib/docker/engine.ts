/** What builds images: Docker with Buildx, as every part of Darkroom sees it, and the one a machine already has. */
import path from 'node:path';
import { execa } from 'execa';
import { ensureSocketBuilder } from '../buildkit/socket-builder.ts';
import { DarkroomError } from '../errors/darkroom-error.ts';
import { sanitiseLine } from '../report/sanitise-line.ts';
import { type DockerVerdict, findDocker } from './find-docker.ts';

/** What builds and runs images. */
export interface Engine {
  /** Started by us; the user's Docker; a builder of ours in the user's Docker. */
  readonly kind: 'own' | 'docker' | 'docker-container';
  /** Path of the `docker` command. */
  readonly docker: string;
  /** Program and first arguments of Buildx. */
  readonly buildx: readonly string[];
  /** For `--builder`. */
  readonly builder: string;
  /** Environment for `docker` and `buildx`, to be added to the process's own. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Returns the Docker of this machine, ready to build; nothing is installed.
 * @throws DarkroomError `engine/no-docker`, and what {@link usersEngine} throws
 */
export async function requireEngine(state: string): Promise<Engine> {
  const verdict = await findDocker();
  if (verdict.use !== 'nothing') return usersEngine(verdict, state);
  throw new DarkroomError({
    code: 'engine/no-docker',
    message: `This runner has no Docker that can build: ${verdict.refusal}.`,
    hint: 'Use a runner with Docker Engine and Buildx, such as "ubuntu-24.04"; on your own install them: https://docs.docker.com/engine/install/',
  });
}

/** Name of the builder beside a Docker that cannot push by digest itself. */
export const CONTAINER_BUILDER = 'darkroom';

/**
 * Returns the Docker a machine has, ready to build for us; Buildx keeps what it knows of builders below `state`.
 * `DOCKER_HOST` stands for the context, so that a caller may bring a Docker configuration of its own.
 * @throws DarkroomError `engine/no-builder`, `build/no-builder`
 */
export async function usersEngine(
  verdict: Exclude<DockerVerdict, { use: 'nothing' }>,
  state: string,
): Promise<Engine> {
  const engine = { docker: 'docker', buildx: [verdict.buildx] };
  const env = { DOCKER_HOST: verdict.host, BUILDX_CONFIG: path.join(state, 'buildx') };
  if (verdict.use === 'docker') {
    const builder = await ensureSocketBuilder([verdict.buildx], env, verdict.host);
    return { kind: 'docker', ...engine, builder, env };
  }
  await createBuilder(verdict.buildx, env);
  return { kind: 'docker-container', ...engine, builder: CONTAINER_BUILDER, env };
}

/** The builder is only written down here; Buildx starts its container with the first build. */
async function createBuilder(buildx: string, env: Readonly<Record<string, string>>): Promise<void> {
  const known = await execa(buildx, ['inspect', CONTAINER_BUILDER], { reject: false, env });
  if (!known.failed) return;
  const driver = ['--driver', 'docker-container', '--driver-opt', 'network=host'];
  const created = await execa(buildx, ['create', '--name', CONTAINER_BUILDER, ...driver], {
    reject: false,
    env,
  });
  if (!created.failed) return;
  throw new DarkroomError({
    code: 'engine/no-builder',
    message: `Buildx could not create the builder "${CONTAINER_BUILDER}": ${sanitiseLine(created.stderr.trim())}`,
  });
}
