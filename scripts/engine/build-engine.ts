/** Owns which programs make an engine of our own. */
import { buildTools, findTools, type ToolSet } from './go-tools.ts';

const MOBY = 'github.com/moby/moby/v2';
const CONTAINERD = 'github.com/containerd/containerd/v2';
const TOOLS = {
  registry: { module: 'registry', package: '.' },
  docker: {
    module: 'client',
    package: 'github.com/docker/cli/cmd/docker',
    version: { variable: 'github.com/docker/cli/cli/version.Version', of: 'github.com/docker/cli' },
  },
  'docker-buildx': {
    module: 'client',
    package: 'github.com/docker/buildx/cmd/buildx',
    version: { variable: 'github.com/docker/buildx/version.Version', of: 'github.com/docker/buildx' },
  },
  runc: { module: 'daemon', package: 'github.com/opencontainers/runc', tags: 'seccomp' },
  // Without what serves Kubernetes, and file systems that the engine does not use.
  containerd: {
    module: 'daemon',
    package: `${CONTAINERD}/cmd/containerd`,
    tags: 'no_cri,no_btrfs,no_zfs,no_devmapper',
  },
  'containerd-shim-runc-v2': { module: 'daemon', package: `${CONTAINERD}/cmd/containerd-shim-runc-v2` },
  'docker-proxy': { module: 'daemon', package: `${MOBY}/cmd/docker-proxy` },
  dockerd: {
    module: 'daemon',
    package: `${MOBY}/cmd/dockerd`,
    version: { variable: `${MOBY}/dockerversion.Version`, of: MOBY },
  },
} as const satisfies ToolSet['tools'];

/** A program of the engine. */
export type ToolName = keyof typeof TOOLS;

/** Every program of an engine of our own, the quickest to build first. */
export const ENGINE_TOOLS = Object.keys(TOOLS) as readonly ToolName[];

const ENGINE: ToolSet = { name: 'engine', tools: TOOLS };

/** Where the programs of exactly these pins lie, and which of the wanted ones are not built yet. */
export interface EngineBinaries {
  readonly folder: string;
  readonly missing: readonly ToolName[];
}

/** Finds the programs in the cache. */
export async function findBinaries(cache: string, wanted: readonly ToolName[]): Promise<EngineBinaries> {
  return findTools(cache, ENGINE, wanted);
}

/**
 * Builds what is missing of the wanted programs and returns their folder. Two commands at once do the work once.
 *
 * @throws DarkroomError `engine/build-failed` with the last lines of the compiler
 */
export async function buildEngine(
  cache: string,
  wanted: readonly ToolName[],
  onLine: (line: string) => void,
): Promise<string> {
  return buildTools(cache, ENGINE, wanted, onLine);
}
