/** Owns the question whether the Docker a user already has can build for Darkroom. */
import { execa } from 'execa';
import { coerce, gte } from 'semver';

/** The parts of `docker info --format '{{json .}}'` that matter. https://docs.docker.com/reference/cli/docker/system/info/ */
export interface DockerInfo {
  readonly ServerErrors?: readonly string[] | null;
  readonly ServerVersion?: string;
  readonly OperatingSystem?: string;
  readonly DriverStatus?: readonly (readonly string[])[] | null;
  readonly ClientInfo?: {
    readonly Plugins?:
      | readonly { readonly Name: string; readonly Path: string; readonly Version?: string }[]
      | null;
  };
}

/** What a user's Docker is good for. */
export type DockerVerdict =
  | { readonly use: 'docker' | 'docker-container'; readonly host: string; readonly buildx: string }
  | { readonly use: 'nothing'; readonly refusal: string };

const OLDEST_BUILDX = '0.13.0';

/**
 * Decides how a user's Docker can be used: its own BuildKit if that can export a registry cache (it needs the
 * containerd image store) and push by digest (its socket must serve BuildKit's protocol), else a builder of ours
 * beside it.
 */
export function judgeDocker(info: DockerInfo | undefined, host: string): DockerVerdict {
  const refuse = (refusal: string): DockerVerdict => ({ use: 'nothing', refusal });
  if (info === undefined) return refuse('"docker info" says nothing that can be read');
  if (!host.startsWith('unix://')) return refuse(`Docker points at "${host}", which is not this machine`);
  const serverError = info.ServerErrors?.[0];
  if (serverError !== undefined || !info.ServerVersion) {
    return refuse(`the Docker daemon does not answer: ${serverError ?? `nothing listens on "${host}"`}`);
  }
  const plugin = info.ClientInfo?.Plugins?.find(({ Name }) => Name === 'buildx');
  if (plugin === undefined) return refuse('Docker has no Buildx');
  const version = coerce(plugin.Version ?? '');
  if (version === null || !gte(version, OLDEST_BUILDX)) {
    return refuse(
      `Buildx ${OLDEST_BUILDX} or newer is needed, and Docker has "${plugin.Version ?? 'unknown'}"`,
    );
  }
  const containerdStore = info.DriverStatus?.some(
    ([key, value]) => key === 'driver-type' && value === 'io.containerd.snapshotter.v1',
  );
  const use = containerdStore && servesBuildKit(info.ServerVersion) ? 'docker' : 'docker-container';
  return { use, host, buildx: plugin.Path };
}

/** Docker Engine 29 and newer; one built from the Go module, as ours is, says the module's version, 2.0.0. */
function servesBuildKit(version: string): boolean {
  return Number.parseInt(version, 10) >= 29 || version.startsWith('2.0.0');
}

/** Asks the Docker of the current context. @param patience milliseconds until a daemon that says nothing counts as hanging */
export async function findDocker(patience = 10_000): Promise<DockerVerdict> {
  const ask = (...args: string[]) => execa('docker', args, { reject: false, timeout: patience });
  const [info, context] = await Promise.all([
    ask('info', '--format', '{{json .}}'),
    ask('context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'),
  ]);
  if (info.code === 'ENOENT') return { use: 'nothing', refusal: 'no "docker" command is on PATH' };
  if (info.timedOut) {
    return { use: 'nothing', refusal: `"docker info" has said nothing for ${patience / 1000} seconds` };
  }
  return judgeDocker(parseInfo(info.stdout), context.stdout.trim());
}

function parseInfo(text: string): DockerInfo | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
