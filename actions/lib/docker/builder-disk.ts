import { statfs } from 'node:fs/promises';
import { execa } from 'execa';
import type { Engine } from './engine.ts';

/** The disk a builder works on. */
export interface BuilderDisk {
  /** The engine's own folder on it. */
  readonly folder: string;
  /** Bytes free for it. */
  readonly free: number;
  /**
   * At most this many bytes of images and caches lie there already; `null`: not known. An engine with many images takes
   * seconds to add them up.
   */
  held(): Promise<number | null>;
}

/** Docker prints three digits: https://github.com/docker/go-units/blob/v0.5.0/size.go */
const ROUNDED = 1.01;
const UNITS: Readonly<Record<string, number>> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };

/** Looks at the disk of an engine on this machine; `null` where that is not known, as for one in a virtual machine. */
export async function readBuilderDisk(engine: Engine): Promise<BuilderDisk | null> {
  if (engine.env.DOCKER_HOST?.startsWith('unix://') !== true) return null;
  const ask = (...args: string[]) =>
    execa(engine.docker, args, { env: engine.env, reject: false, timeout: 20_000 });
  const info = await ask('info', '--format', '{{.DockerRootDir}}');
  const folder = info.stdout.trim();
  if (info.failed || folder === '') return null;
  try {
    const space = await statfs(folder);
    const held = async () => parseSizes((await ask('system', 'df', '--format', '{{.Size}}')).stdout);
    return { folder, free: space.bavail * space.bsize, held };
  } catch {
    return null;
  }
}

/** Sums up lines such as `12.3GB`; `null` when one is something else. */
export function parseSizes(text: string): number | null {
  let sum = 0;
  for (const line of text.trim().split('\n')) {
    const found = /^(?<number>[\d.]+)(?<unit>[kMGT]?B)$/.exec(line.trim())?.groups;
    const unit = UNITS[found?.unit ?? ''];
    if (unit === undefined) return null;
    sum += Number(found?.number) * unit * ROUNDED;
  }
  return sum;
}
