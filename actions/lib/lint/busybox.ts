/** What the programs of BusyBox understand, where it differs from those that Dockerfiles are mostly written for. */
import { compareVersions } from './compare-versions.ts';

/**
 * Options of one of its programs.
 * Source: the option strings and tables of https://github.com/mirror/busybox (2024-04-06); `-executable` of find came with 1.31.
 */
interface BusyboxProgram {
  /** The package of Alpine that brings the full program; `null` where none does. */
  readonly by: string | null;
  /** Long options that it takes, without `--`; a beginning that is enough to know one does too. */
  readonly long: readonly string[];
  /** Letters that it does not take. */
  readonly notShort: string;
}

const WITHOUT_LONG: BusyboxProgram = { by: 'coreutils', long: [], notShort: '' };
const WGET = `continue quiet server-response output-document output-file directory-prefix proxy user-agent timeout tries header
  post-data post-file spider no-check-certificate passive-ftp no-cache no-verbose no-clobber no-host-directories no-parent`;
const TAR = `list extract directory file to-stdout no-same-owner same-permissions verbose keep-old create dereference files-from
  exclude-from gzip bzip2 xz compress auto-compress touch strip-components lzma no-recursion to-command numeric-owner
  no-same-permissions overwrite exclude`;
const ADDUSER = 'home gecos shell ingroup disabled-password empty-password system no-create-home uid skel';

const PROGRAMS: ReadonlyMap<string, BusyboxProgram> = new Map([
  ...['md5sum', 'sha1sum', 'sha256sum', 'sha512sum', 'rm', 'chmod', 'ln', 'head', 'tail', 'wc', 'sort'].map(
    (name) => [name, WITHOUT_LONG] as const,
  ),
  ['grep', { by: 'grep', long: ['color'], notShort: 'P' }],
  ['tar', { by: 'tar', long: TAR.split(/\s+/), notShort: '' }],
  ['wget', { by: 'wget', long: WGET.split(/\s+/), notShort: '' }],
  ['adduser', { by: null, long: ADDUSER.split(' '), notShort: '' }],
  ['addgroup', { by: null, long: ['gid', 'system'], notShort: '' }],
  ['find', { by: 'findutils', long: [], notShort: '' }],
]);

/** Tests and actions of GNU's find that this one does not have. */
const NO_FIND =
  /^-(?:printf|fprintf?|fls|ls|regextype|iregex|newer[aBcm][aBcmt]|readable|writable|daystart|noleaf|execdir|okdir|nouser|nogroup|lname|cnewer|anewer|fstype|xtype)$/;

/** Programs whose options are known. */
export const BUSYBOX_PROGRAMS: ReadonlySet<string> = new Set(PROGRAMS.keys());

/** The package that brings a program with all its options, or `null`. */
export function fullVersionOf(program: string): string | null {
  return PROGRAMS.get(program)?.by ?? null;
}

/**
 * The first argument that BusyBox refuses, or `null`.
 * @param args `null` where one is not known
 * @param release of Alpine; `null` where it is not known
 */
export function refusedOption(
  program: string,
  args: readonly (string | null)[],
  release: string | null,
): string | null {
  const known = PROGRAMS.get(program);
  if (known === undefined) return null;
  if (program === 'find') return args.find((arg) => arg !== null && isNoTest(arg, release)) ?? null;
  const end = args.findIndex((arg) => arg === '--' || arg === null);
  return (
    (end === -1 ? args : args.slice(0, end)).find((arg) => arg !== null && isRefused(arg, known)) ?? null
  );
}

function isNoTest(arg: string, release: string | null): boolean {
  const isOld = release !== null && compareVersions(release, '3.11') < 0;
  return NO_FIND.test(arg) || (arg === '-executable' && isOld);
}

function isRefused(arg: string, { long, notShort }: BusyboxProgram): boolean {
  const name = /^--([a-z][\w-]*)/.exec(arg)?.[1];
  if (name !== undefined)
    return !/^(?:help|version)$/.test(name) && !long.some((one) => one.startsWith(name));
  const letters = /^-([A-Za-z]+)$/.exec(arg)?.[1] ?? '';
  return [...letters].some((letter) => notShort.includes(letter));
}
