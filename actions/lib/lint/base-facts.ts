/** What the name of a well-known base image says about what is in it. */
import { parseImageReference } from '../image/image-reference.ts';

/** `null` where the name does not say. */
export interface BaseFacts {
  /** Registry and repository in full, for example `docker.io/library/python`. */
  readonly repository: string;
  readonly tag: string | null;
  readonly digest: string | null;
  /** `debian 12`, `ubuntu 22.04`, `alpine 3.20`: name and release of the distribution. */
  readonly distribution: { readonly name: string; readonly release: string | null } | null;
  /** `3.11` */
  readonly python: string | null;
  readonly node: string | null;
  /** `12.4` */
  readonly cuda: string | null;
  /** What of CUDA is in it: `base` the driver's side alone, `runtime` the libraries, `devel` the compiler too. */
  readonly cudaFlavour: 'base' | 'runtime' | 'devel' | null;
  /** `2.6.0` */
  readonly torch: string | null;
}

const DEBIAN: Readonly<Record<string, string>> = {
  stretch: '9',
  buster: '10',
  bullseye: '11',
  bookworm: '12',
  trixie: '13',
  forky: '14',
};
const UBUNTU: Readonly<Record<string, string>> = {
  xenial: '16.04',
  bionic: '18.04',
  focal: '20.04',
  jammy: '22.04',
  noble: '24.04',
  resolute: '26.04',
};

/** Reads the name of an image; `null` where it is none. */
export function baseFacts(name: string): BaseFacts | null {
  const reference = readReference(name);
  if (reference === null) return null;
  const { repository, tag, digest } = reference;
  const text = tag ?? '';
  const short = repository.replace(/^docker\.io\/(?:library\/)?/, '');
  return {
    ...{ repository, tag, digest },
    distribution: distributionOf(short, text),
    python:
      short === 'python'
        ? versionOf(text)
        : (/(?:^|-)py(?:thon)?-?(3)\.?(\d{1,2})\b/.exec(text)?.slice(1).join('.') ?? null),
    node: short === 'node' ? versionOf(text) : null,
    ...cudaOf(short, text),
    torch: short === 'pytorch/pytorch' ? versionOf(text) : null,
  };
}

function readReference(name: string): Pick<BaseFacts, 'repository' | 'tag' | 'digest'> | null {
  try {
    const { registry, repository, tag, digest } = parseImageReference(name);
    return { repository: `${registry}/${repository}`, tag: tag ?? null, digest: digest ?? null };
  } catch {
    return null;
  }
}

function distributionOf(short: string, tag: string): BaseFacts['distribution'] {
  const words = tag.split('-');
  for (const word of words) {
    const debian = DEBIAN[word];
    if (debian !== undefined) return { name: 'debian', release: debian };
    const ubuntu = UBUNTU[word] ?? /^ubuntu(\d\d\.\d\d)$/.exec(word)?.[1];
    if (ubuntu !== undefined) return { name: 'ubuntu', release: ubuntu };
    const alpine = /^alpine(\d+\.\d+)?/.exec(word);
    if (alpine !== null) return { name: 'alpine', release: alpine[1] ?? null };
    const red = /^(ubi|rockylinux|centos)(\d+)/.exec(word);
    if (red !== null) return { name: red[1] ?? '', release: red[2] ?? null };
  }
  return distributionOfName(short, tag);
}

/** For tags that do not name it. */
function distributionOfName(short: string, tag: string): BaseFacts['distribution'] {
  if (short === 'debian') return { name: 'debian', release: /^\d+/.exec(tag)?.[0] ?? null };
  if (short === 'ubuntu') return { name: 'ubuntu', release: /^\d\d\.\d\d/.exec(tag)?.[0] ?? null };
  if (short === 'alpine') return { name: 'alpine', release: /^\d+\.\d+/.exec(tag)?.[0] ?? null };
  const red = /^(?:\w+\/)?(rockylinux|almalinux|fedora|centos|amazonlinux)$/.exec(short)?.[1];
  if (red !== undefined) return { name: red, release: /^\d+(?:\.\d+)?/.exec(tag)?.[0] ?? null };
  const universal = /^(?:redhat|registry\.access\.redhat\.com)\/ubi(\d+)/.exec(short)?.[1];
  if (universal !== undefined) return { name: 'ubi', release: universal };
  // Which Debian these stand on moves with time where the tag does not say.
  return ['python', 'node', 'golang', 'rust', 'ruby', 'openjdk'].includes(short)
    ? { name: 'debian', release: null }
    : null;
}

function cudaOf(short: string, tag: string): Pick<BaseFacts, 'cuda' | 'cudaFlavour'> {
  const flavour = /(?:^|-)(base|runtime|devel)(?:-|$)/.exec(tag)?.[1] as BaseFacts['cudaFlavour'] | undefined;
  if (/(?:^|\/)nvidia\/cuda$/.test(short)) return { cuda: versionOf(tag, 2), cudaFlavour: flavour ?? null };
  const inTag = /(?:^|-)cuda-?(\d+\.\d+)/.exec(tag)?.[1];
  if (inTag !== undefined) return { cuda: inTag, cudaFlavour: flavour ?? null };
  // The images of NGC hold the compiler.
  if (short.startsWith('nvcr.io/nvidia/')) return { cuda: null, cudaFlavour: 'devel' };
  return { cuda: null, cudaFlavour: null };
}

function versionOf(tag: string, most = 3): string | null {
  const version = /^\d+(?:\.\d+)*/.exec(tag)?.[0];
  return version === undefined ? null : version.split('.').slice(0, most).join('.');
}
