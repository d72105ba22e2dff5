/** Which packages hold the programs that Dockerfiles call most, and which well-known images hold none of them. */
import type { BaseFacts } from './base-facts.ts';
import { compareVersions } from './compare-versions.ts';
import type { Manager } from './installs.ts';

/** Packages that hold a program, by manager. */
export const PROVIDERS: Readonly<Record<string, Partial<Record<Manager, RegExp>>>> = {
  curl: { apt: /^curl$/, apk: /^curl(?:-dev)?$/, conda: /^curl$/, dnf: /^curl/ },
  wget: { apt: /^wget$/, apk: /^wget$/, conda: /^wget$/, dnf: /^wget/ },
  git: { apt: /^git(?:-lfs)?$/, apk: /git|^(?:tig|hub|pre-commit)$/, conda: /^git$/, dnf: /^git$/ },
  nc: { apt: /^(?:netcat|ncat)/, apk: /netcat|^nmap-ncat$/ },
  netcat: { apt: /^netcat/, apk: /netcat/ },
  jq: { apt: /^jq$/, apk: /^jq$/, conda: /^jq$/ },
  ps: { apt: /^procps$/, apk: /^procps/ },
  pgrep: { apt: /^procps$/, apk: /^procps/ },
  netstat: { apt: /^net-tools$/ },
  ss: { apt: /^iproute2$/, apk: /^iproute2/ },
  pg_isready: { apt: /^postgresql/, apk: /^postgresql/, conda: /^(?:postgresql|libpq)$/ },
  'redis-cli': { apt: /^redis/, apk: /^(?:redis|valkey)/, conda: /^redis/ },
  mongosh: { apt: /mongo/, npm: /^mongosh$/ },
  mysqladmin: { apt: /mysql|mariadb/, apk: /mysql|mariadb/ },
  grpc_health_probe: {},
  bash: { apt: /^bash$/, apk: /^bash$/ },
  tini: { apt: /^tini$/, apk: /^tini$/, conda: /^tini$/ },
  'dumb-init': { apt: /^dumb-init$/, apk: /^dumb-init$/, pip: /^dumb-init$/ },
  gosu: { apt: /^gosu$/, apk: /^gosu$/ },
  supervisord: { apt: /^supervisor$/, apk: /^supervisor$/, pip: /^supervisor$/, conda: /^supervisor$/ },
  nginx: { apt: /^nginx/, apk: /^nginx/, conda: /^nginx$/ },
  ffmpeg: {
    apt: /^(?:ffmpeg|sox)$|libav|-full$/,
    apk: /^ffmpeg|^yt-dlp|^youtube-dl|^mpv$/,
    conda: /ffmpeg|opencv|torchvision/,
  },
  unzip: { apt: /^(?:unzip|r-base-core|libreoffice)/, apk: /^unzip$/, conda: /^unzip$/, dnf: /^unzip$/ },
  zip: { apt: /^(?:zip|r-base-core)$/, apk: /^zip$/, conda: /^zip$/, dnf: /^zip$/ },
  sudo: { apt: /^sudo/, apk: /^sudo$/, conda: /^sudo$/, dnf: /^sudo$/ },
  rsync: { apt: /^rsync$/, apk: /^rsync$/, conda: /^rsync$/, dnf: /^rsync$/ },
  lsb_release: { apt: /lsb|^software-properties|distro/, dnf: /lsb/ },
  'locale-gen': { apt: /^(?:locales|language-pack)/ },
  gpg: {
    // What compiles packages, and what adds repositories, recommends it.
    apt: /gnupg|gpg|^dirmngr|^software-properties|^build-essential$|^dpkg-dev|pip|^debhelper|^npm$|^php|^apt-add|^pass$/,
    apk: /^(?:gnupg|gpg)/,
    conda: /^gnupg$/,
  },
  make: {
    apt: /^(?:make|build-essential|dpkg-dev|dkms|npm|cmake|r-base)|pip|^ruby|^golang|^php.*-dev$|^g(?:cc|\+\+)|^debhelper|^lib\w+-ocaml|^ocaml|^ghc/,
    apk: /^(?:make|build-base|alpine-sdk|abuild)$/,
    conda: /^make$|compiler/,
  },
  cmake: {
    apt: /^cmake|^extra-cmake/,
    apk: /^(?:cmake|extra-cmake-modules)/,
    pip: /^cmake$/,
    conda: /^cmake$/,
  },
  useradd: { apk: /^shadow/ },
  groupadd: { apk: /^shadow/ },
  usermod: { apk: /^shadow/ },
  python: { apt: /^python-is-python|^python$|^python-minimal$/, conda: /^python$|./ },
  pip: { apt: /^python3?-pip$|^python3-full$/, apk: /pip/, conda: /./ },
  python3: { apt: /^python3|^python-is-python3$/, apk: /^py(?:thon)?3/, conda: /./ },
};

/** Packages outside the table of dependencies that bring half a system with them. */
export const HEAVY =
  /^(?:alpine-sdk$|abuild$|ros-|texlive|ubuntu-|task-|r-base|cuda-drivers|google-chrome|chromium|devscripts|debian-goodies)|desktop/;

/** Programs that many packages bring along, and packages that bring none of them. */
export const OFTEN_BROUGHT: ReadonlySet<string> = new Set([
  ...['gpg', 'make', 'lsb_release', 'bash', 'python3', 'pip'],
]);
export const LEAN =
  /^(?:ca-certificates|curl|wget|git|git-lfs|unzip|zip|bzip2|jq|vim|nano|less|sudo|bash|tzdata|locales|xz-utils|rsync|procps|python3|python3-venv|libgl1|libglib2\.0-0|libsm6|libxext6|libgomp1|gcc|g\+\+|make|build-base|musl-dev|linux-headers|libffi-dev|openssl-dev|shadow|su-exec|tini|nodejs)$/;

/** Packages that bring neither Python nor pip, and those of Python that bring no pip. */
const NO_PYTHON =
  /^(?:build-essential|cmake|ninja-build|ffmpeg|pkg-config|gnupg2?|tmux|htop|aria2|openssh-client|libgl1-mesa-glx|libxrender1|libssl-dev|zlib1g-dev|libffi-dev|libbz2-dev|libreadline-dev|libsqlite3-dev|libcurl4-openssl-dev|libjpeg-dev|libpng-dev|libsndfile1)$/;
const NO_PIP =
  /^(?:python3(?:\.\d+)?(?:-(?:dev|venv|distutils|minimal|setuptools|wheel))?|python-is-python3)$/;

/** Whether a package brings along neither of the two that is asked for. */
export function bringsNoPython(name: string, program: string): boolean {
  if (program !== 'python3' && program !== 'pip') return false;
  return NO_PYTHON.test(name) || (program === 'pip' && NO_PIP.test(name));
}

const MINIMAL = [
  ...['curl', 'wget', 'git', 'nc', 'netcat', 'jq', 'netstat', 'ss', 'pg_isready', 'redis-cli', 'mongosh'],
  ...['mysqladmin', 'grpc_health_probe', 'tini', 'dumb-init', 'gosu', 'supervisord', 'nginx', 'ffmpeg'],
  ...['unzip', 'zip', 'sudo', 'rsync', 'lsb_release', 'locale-gen', 'gpg', 'make', 'cmake'],
];
const ON_ALPINE = [
  ...MINIMAL.filter(
    (name) => !['wget', 'nc', 'netstat', 'unzip', 'lsb_release', 'locale-gen'].includes(name),
  ),
  ...['bash', 'useradd', 'groupadd', 'usermod'],
];
const ON_SLIM = [...MINIMAL, 'ps', 'pgrep', 'python', 'python3', 'pip'];
/** Those of the image that holds what compiling takes. */
const IN_FULL = [
  'curl',
  'wget',
  'git',
  'nc',
  'netcat',
  'netstat',
  'ss',
  'unzip',
  'gpg',
  'make',
  'lsb_release',
];
const ON_FULL = MINIMAL.filter((name) => !IN_FULL.includes(name));
/** Those of the image for clones of sources, with a compiler. */
const ON_GO = ['unzip', 'zip', 'sudo', 'rsync', 'cmake', 'jq', 'nginx', 'ffmpeg', 'locale-gen'];

/** Names of programs that can be asked for. */
export const KNOWN_PROGRAMS: ReadonlySet<string> = new Set(Object.keys(PROVIDERS));

/** Programs that an image with this name surely does not hold. */
export function lackedBy(facts: BaseFacts): readonly string[] {
  const { repository, tag, distribution } = facts;
  const short = repository.replace(/^docker\.io\/(?:library\/)?/, '');
  const isUbuntu = short === 'ubuntu' || (short === 'nvidia/cuda' && distribution?.name === 'ubuntu');
  if (tag === null && !/^(?:debian|ubuntu|alpine)$/.test(short)) return [];
  if (isUbuntu) return lackedByUbuntu(short, facts);
  if (short === 'alpine') return [...ON_ALPINE, 'python', 'python3'];
  if (short === 'debian') return ON_SLIM;
  // Its own programs come by conda or pip, which may hold some of the others.
  if (short === 'pytorch/pytorch') return ['curl', 'wget', 'nc', 'netcat', 'supervisord', 'nginx', 'gosu'];
  return /^(?:python|node|golang)$/.test(short) ? lackedByLanguage(short, facts) : [];
}

function lackedByLanguage(short: string, { tag, distribution }: BaseFacts): readonly string[] {
  const own = short === 'python' ? ['python', 'python3', 'pip'] : [];
  const without = (names: readonly string[]) => names.filter((name) => !own.includes(name));
  if (distribution?.name === 'alpine') return without([...ON_ALPINE, 'python', 'python3']);
  if (short !== 'golang' && /(?:^|-)slim(?:-|$)/.test(tag ?? '')) return without(ON_SLIM);
  if (distribution !== null && distribution.name !== 'debian') return [];
  return short === 'golang' ? ON_GO : ON_FULL;
}

function lackedByUbuntu(short: string, { tag, distribution }: BaseFacts): readonly string[] {
  const isNewest = /^(?:latest|rolling|devel)/.test(tag ?? 'latest');
  const release = distribution?.release ?? (isNewest ? '99' : '0');
  // The package source of CUDA was added by key.
  const hasGpg = short === 'nvidia/cuda' || compareVersions(release, '18.04') < 0;
  const hasLocales = compareVersions(release, '16.04') < 0;
  const there = [...(hasGpg ? ['gpg'] : []), ...(hasLocales ? ['locale-gen'] : [])];
  // What was called minimal then held Python.
  const hasPython = compareVersions(release, '16.04') < 0;
  return [
    ...MINIMAL.filter((name) => !there.includes(name)),
    'python',
    ...(hasPython ? [] : ['python3', 'pip']),
  ];
}
