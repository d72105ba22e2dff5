/** Owns the table of upstream images that can be made from Debian's and npm's packages. */
import { parseImageReference } from '../../../actions/lib/image/image-reference.ts';

/** How one upstream image is made. */
export interface Recipe {
  /** Name and tag as asked for, without Docker Hub's `library/`. */
  readonly name: string;
  /** The same with registry and repository written out: the key in `made.lock`. */
  readonly reference: string;
  readonly platform: string;
  readonly kind: 'debian' | 'python' | 'node';
  readonly suite: 'bookworm' | 'trixie';
  /** Without compilers and version control, as the official `-slim` images. */
  readonly slim: boolean;
}

interface Row {
  readonly kind: Recipe['kind'];
  readonly tag: RegExp;
  /** Used when the tag names none. */
  readonly suite: Recipe['suite'];
}

/** Debian has Python 3.11 in bookworm only. */
const ROWS: readonly Row[] = [
  { kind: 'debian', tag: /^(?:bookworm|12)(?<slim>-slim)?$/, suite: 'bookworm' },
  { kind: 'debian', tag: /^(?:trixie|13)(?<slim>-slim)?$/, suite: 'trixie' },
  { kind: 'python', tag: /^3\.11(?:-(?:bookworm|(?<slim>slim(?:-bookworm)?)))?$/, suite: 'bookworm' },
  { kind: 'node', tag: /^22(?:-(?:bookworm|(?<slim>(?:bookworm-)?slim)))?$/, suite: 'bookworm' },
];
const PLATFORMS: Readonly<Record<string, NodeJS.Architecture>> = {
  'linux/amd64': 'x64',
  'linux/arm64': 'arm64',
};

/**
 * Returns how the image can be made, or nothing: for another image, one named by digest, and one for another
 * processor than this machine has.
 */
export function findRecipe(
  reference: string,
  platform: string,
  processor: NodeJS.Architecture = process.arch,
): Recipe | null {
  if (PLATFORMS[platform] !== processor) return null;
  const { registry, repository, tag, digest } = parseImageReference(reference);
  if (registry !== 'docker.io' || tag === undefined || digest !== undefined) return null;
  for (const { kind, tag: pattern, suite } of ROWS) {
    const match = repository === `library/${kind}` ? pattern.exec(tag) : null;
    if (match === null) continue;
    return {
      name: `${kind}:${tag}`,
      reference: `${registry}/${repository}:${tag}`,
      platform,
      kind,
      suite,
      slim: match.groups?.slim !== undefined,
    };
  }
  return null;
}
