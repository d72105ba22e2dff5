/**
 * Owns what single values of the matrix may look like. The same patterns stand in `action-matrix.schema.json`, where
 * editors read them; a test holds the two together.
 */
import { nearestName } from '../errors/nearest-name.ts';
import { IMAGE_TAG, MAX_REPOSITORY_LENGTH, PATH_COMPONENT, REGISTRY_HOST } from '../image/image-reference.ts';
import { MAX_TAG_LENGTH, RESERVED_TAG_PREFIXES, TAG_PLACEHOLDERS } from '../image/tag-template.ts';
import { toImageName } from './to-image-name.ts';

/** One kind of text: how it is named in messages and which texts are of that kind. */
export interface ValueKind {
  /** With its article: "… is not <what>". */
  readonly what: string;
  readonly pattern: RegExp;
  readonly maxLength: number;
  /** "expected <expected>". */
  readonly expected: string;
  /** A likely right spelling of a wrong text; offered only when it is of the kind. */
  readonly mend?: (text: string) => string;
}

const LONGEST_PATH = 1024;
/** No control characters and no backslash: these paths go into a Dockerfile, a URL and a git tree. */
const PATH_CHARACTERS = '[^\\\\\\u0000-\\u001f\\u007f]';
const INSIDE = `(?!\\/)(?!(?:[\\s\\S]*\\/)?\\.\\.(?:\\/|$))`;

/** Names an image, or an upstream. */
export const IMAGE_NAME: ValueKind = {
  what: 'a name',
  pattern: new RegExp(`^(?!darkroom$)${PATH_COMPONENT}$`),
  maxLength: 128,
  expected:
    'lower-case letters and digits, with single ".", "_" or "-" between them, such as "pose-service" ("darkroom" is kept for plans)',
  mend: toImageName,
};

/** A registry with an optional path: no scheme, tag or digest. */
export const REGISTRY: ValueKind = {
  what: 'a registry',
  pattern: new RegExp(`^(?=localhost(?:[:\\/]|$)|[^\\/]*[.:])${REGISTRY_HOST}(?:\\/${PATH_COMPONENT})*$`),
  maxLength: 128,
  expected: 'host[:port][/path] in lower case, without scheme or tag, such as ghcr.io/acme/vision',
  mend: (text) => {
    const bare = text
      .replace(/^[a-z]+:\/\//i, '')
      .replace(/\/+$/, '')
      .toLowerCase();
    return /^[^/]*[.:]|^localhost/.test(bare) ? bare : `docker.io/${bare}`;
  },
};

// What stands before the first slash is a host when it holds "." or ":"; then it must be a good one.
const IMAGE = `(?![0-9a-f]{64}$)(?:${REGISTRY_HOST}\\/|(?![^\\/]*[.:A-Z][^\\/]*\\/))${PATH_COMPONENT}(?:\\/${PATH_COMPONENT})*(?::${IMAGE_TAG})?`;

/** An image as a Dockerfile may name it; a digest would name what is built already. */
export const ALIAS: ValueKind = {
  what: 'an alias',
  pattern: new RegExp(`^${IMAGE}$`),
  maxLength: MAX_REPOSITORY_LENGTH - 'library/'.length,
  expected: 'an image reference without digest, such as docker.io/acme/tools or acme/tools:dev',
  mend: (text) => text.replace(/@.*$/, '').toLowerCase(),
};

/** A folder of the repository. */
export const FOLDER: ValueKind = {
  what: 'a folder of the repository',
  pattern: new RegExp(`^${INSIDE}${PATH_CHARACTERS}+$`),
  maxLength: LONGEST_PATH,
  expected: 'a path from the top of the repository with "/" and without "..", such as containers/base',
  mend: toInsidePath,
};

/** A file inside the image's context. */
export const CONTEXT_FILE: ValueKind = {
  ...FOLDER,
  what: 'a file of the context',
  expected: 'a path relative to the context with "/" and without "..", such as smoke.yml',
};

/** The Dockerfile, seen from the context; whether `..` leaves the repository depends on the context. */
export const DOCKERFILE_PATH: ValueKind = {
  what: 'a path',
  pattern: new RegExp(`^(?!\\/)${PATH_CHARACTERS}+$`),
  maxLength: LONGEST_PATH,
  expected: 'a path relative to the context with "/", such as Dockerfile.gpu',
  mend: (text) => text.replaceAll('\\', '/').replace(/^\/+/, ''),
};

/** A folder, or what Buildx calls by a prefix: `upstream:NAME`, `image:NAME`, `docker-image://REFERENCE`. */
export const CONTEXT_SOURCE: ValueKind = {
  what: 'a context',
  pattern: new RegExp(
    `^(?:(?:upstream|image):(?!darkroom$)${PATH_COMPONENT}|docker-image:\\/\\/${IMAGE}(?:@sha256:[0-9a-f]{64})?|${INSIDE}[^:\\\\\\u0000-\\u001f\\u007f]+)$`,
  ),
  maxLength: LONGEST_PATH,
  expected:
    'a folder of the repository without ".." and ":", upstream:NAME, image:NAME or docker-image://REFERENCE',
  mend: (text) => toInsidePath(text).replace(/^(?:target|service):/, 'image:'),
};

/** Name of a named context, as `FROM` or `--from=` writes it. */
export const CONTEXT_NAME: ValueKind = {
  what: 'a context name',
  pattern: /^[A-Za-z0-9][A-Za-z0-9._/:@-]*$/,
  maxLength: 255,
  expected: 'the name a Dockerfile uses in FROM or --from, such as "sources"',
};

/** Stage of a Dockerfile, by name or number. */
export const STAGE: ValueKind = {
  what: 'a stage',
  pattern: /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
  maxLength: 128,
  expected: 'the name of a stage in the Dockerfile, such as "runtime"',
};

/** Name of a build arg or of an environment variable. */
export const VARIABLE: ValueKind = {
  what: 'a variable name',
  pattern: /^[A-Za-z_][A-Za-z0-9_]*$/,
  maxLength: 255,
  expected: 'letters, digits and "_", not starting with a digit, such as CUDA_VERSION',
  mend: (text) => text.replace(/\W/g, '_'),
};

/** Id of a build secret. */
export const SECRET_ID: ValueKind = {
  what: 'a secret id',
  pattern: /^[A-Za-z_][A-Za-z0-9_.-]*$/,
  maxLength: 128,
  expected: 'letters, digits, "_", "." and "-", not starting with a digit, such as "hf-token"',
};

/** File of the machine that holds a secret: usually outside the repository. */
export const SECRET_FILE: ValueKind = {
  what: 'a path',
  pattern: /^(?!~)[^\u0000-\u001f\u007f]+$/,
  maxLength: LONGEST_PATH,
  expected: 'an absolute path or one relative to the repository ("~" is not expanded)',
};

/** Version of a secret. */
export const SECRET_VERSION: ValueKind = {
  what: 'a version',
  pattern: /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
  maxLength: 128,
  expected: 'letters, digits, ".", "_" and "-", such as "2"',
};

/** Key of a label. */
export const LABEL_KEY: ValueKind = {
  what: 'a label',
  pattern: /^[^\s=\u0000-\u001f\u007f]+$/,
  maxLength: 255,
  expected: 'a name without blanks and "=", such as org.opencontainers.image.title',
};

const PLACEHOLDER = `\\{(?:${TAG_PLACEHOLDERS.join('|')})\\}`;

/** Template of a tag. */
export const TAG_TEMPLATE: ValueKind = {
  what: 'a tag template',
  pattern: new RegExp(
    `^(?!(?:${RESERVED_TAG_PREFIXES.join('|')})-)(?:\\w|${PLACEHOLDER})(?:[\\w.-]|${PLACEHOLDER})*$`,
  ),
  maxLength: MAX_TAG_LENGTH,
  expected: `letters, digits, "_", "." and "-", with the placeholders ${TAG_PLACEHOLDERS.map((name) => `{${name}}`).join(', ')}, not starting with ${RESERVED_TAG_PREFIXES.map((name) => `"${name}-"`).join(', ')}, which Darkroom uses`,
  mend: (text) =>
    text
      .replace(/\{([^{}]*)\}/g, (written, name: string) => {
        const near = nearestName(name.trim(), TAG_PLACEHOLDERS);
        return near === undefined ? written : `{${near}}`;
      })
      .replace(/[^\w.{}-]+/g, '-'),
};

/** Label of a runner. */
export const RUNNER: ValueKind = {
  what: 'a runner label',
  pattern: /^[^\s,\u0000-\u001f\u007f]+$/,
  maxLength: 255,
  expected: 'a label without blanks and commas, such as ubuntu-24.04',
};

/** Size of an image. */
export const SIZE: ValueKind = {
  what: 'a size',
  pattern: /^(?=[0-9.]*[1-9])[0-9]{1,6}(?:\.[0-9]{1,3})?(?:MB|GB|MiB|GiB)$/,
  maxLength: 32,
  expected: 'a number of bytes, or a number with MB, GB, MiB or GiB, such as 8GB',
  mend: (text) => {
    const [, number = '', unit = ''] = /^([0-9.]+) *([a-z]*)$/i.exec(text) ?? [];
    const upper = unit.toUpperCase();
    return number + (upper.includes('I') ? `${upper.charAt(0)}iB` : `${upper.charAt(0)}B`);
  },
};

/** Length of time. */
export const DURATION: ValueKind = {
  what: 'a duration',
  pattern: /^(?=[0-9.]*[1-9])[0-9]{1,6}(?:\.[0-9]{1,3})?[sm]$/,
  maxLength: 32,
  expected: 'a number with s (seconds) or m (minutes), such as 60s',
  mend: (text) =>
    text.replace(/ *(s|m)[a-z]*$/i, (_, unit: string) => unit.toLowerCase()).replace(/[0-9]$/, '$&s'),
};

/** CUDA compute capability. */
export const GPU: ValueKind = {
  what: 'a compute capability',
  pattern: /^[1-9][0-9]?\.[0-9]$/,
  maxLength: 32,
  expected: 'MAJOR.MINOR, such as "8.6"',
  mend: (text) => text.replace(/^(?:sm_)?([0-9]{1,2})([0-9])$/, '$1.$2').replace(/^[0-9]$/, '$&.0'),
};

/** Version of a GPU driver. */
export const DRIVER: ValueKind = {
  what: 'a driver version',
  pattern: /^[0-9]{3}(?:\.[0-9]{1,3}){1,2}$/,
  maxLength: 32,
  expected: 'a full version, such as "580.65.06"',
};

/** Id of a licence. */
export const LICENCE: ValueKind = {
  what: 'a licence id',
  pattern: /^[A-Za-z0-9][A-Za-z0-9.+-]*$/,
  maxLength: 128,
  expected: 'one SPDX id, or one of your own in that form, such as "SMPL-non-commercial"',
  mend: (text) => text.trim().replace(/\s+/g, '-'),
};

/** Address of a git repository. A password in it would end up in plans and logs. */
export const GIT_URL: ValueKind = {
  what: 'a git address',
  pattern:
    /^(?:(?:https|ssh):\/\/(?:[^\s/@:]+@)?[^\s/@]+\/\S+|file:\/\/\/\S+|(?:\w[\w.-]*@)?[A-Za-z0-9][\w.-]*:(?!\/\/|:|-)\S+)$/,
  maxLength: 2048,
  expected: 'https://…, ssh://…, user@host:path or file:///…, without a password',
  mend: (text) => text.replace(/^(?:http|git):\/\//, 'https://').replace(/^(https:\/\/)[^/]*@/, '$1'),
};

/** Branch, tag or commit. */
export const GIT_REF: ValueKind = {
  what: 'a git ref',
  pattern: /^(?!-|\/)(?![\s\S]*(?:\.\.|@\{))[^\s~^:?*[\\\u0000-\u001f\u007f]+$/,
  maxLength: 255,
  expected: 'a branch, tag or commit, such as main',
};

/** Address of a file to download. */
export const HTTP_URL: ValueKind = {
  what: 'an address',
  pattern: /^https:\/\/(?:[^\s/@:]+@)?[^\s/@]+\/\S*$/,
  maxLength: 2048,
  expected: 'https://host/path, without a password',
  mend: (text) => text.replace(/^http:\/\//, 'https://').replace(/^(https:\/\/)[^/]*@/, '$1'),
};

/**
 * Platforms that BuildKit builds for Linux, each in its one normal spelling (`linux/arm64`, not `linux/arm64/v8`): a
 * second spelling would be a second key.
 */
export const PLATFORMS = [
  'linux/amd64',
  'linux/amd64/v2',
  'linux/amd64/v3',
  'linux/amd64/v4',
  'linux/arm64',
  'linux/arm/v5',
  'linux/arm/v6',
  'linux/arm/v7',
  'linux/386',
  'linux/loong64',
  'linux/mips64',
  'linux/mips64le',
  'linux/ppc64le',
  'linux/riscv64',
  'linux/s390x',
] as const;

/** Tells whether a text is of a kind. */
export function isOfKind(kind: ValueKind, text: string): boolean {
  // The length comes first: some patterns are slow on very long text.
  return text.length <= kind.maxLength && kind.pattern.test(text);
}

function toInsidePath(text: string): string {
  return text.replaceAll('\\', '/').replace(/^\/+/, '');
}
