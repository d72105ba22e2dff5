/**
 * Writes which packages `apt-get install` no longer finds in which release, from the indexes of Debian and Ubuntu.
 * Takes the names on which many others depended, and those of `watched-packages.ts`.
 */
import { writeFileSync } from 'node:fs';
import { execa } from 'execa';
import { HEIRS, WATCHED } from './watched-packages.ts';

const OUTPUT = 'actions/lib/lint/data/apt-packages.json';
/** A name counts as widely used where so many packages depend on it. */
const DEPENDENTS = 15;
/** Of compilers, interpreters and databases every version counts, however few depend on it. */
const VERSIONED =
  /^(?:gcc|g\+\+|gfortran|clang|llvm|python|postgresql(?:-client)?|openjdk|ruby|php|lua|libpython)-?\d[\d.]*(?:-(?:dev|jdk|jre|venv|distutils|jdk-headless|jre-headless|minimal))?$/;

interface Release {
  readonly name: string;
  readonly suites: readonly { readonly mirror: string; readonly suite: string; readonly parts: string[] }[];
}

interface Index {
  readonly packages: ReadonlySet<string>;
  readonly providers: ReadonlyMap<string, ReadonlySet<string>>;
  readonly dependents: ReadonlyMap<string, number>;
}

const RELEASES: readonly Release[] = [
  ...(['11 bullseye', '12 bookworm', '13 trixie'] as const).map(debian),
  ...(['20.04 focal', '22.04 jammy', '24.04 noble', '26.04 resolute'] as const).map(ubuntu),
];

const indexes: Index[] = [];
for (const { suites } of RELEASES) indexes.push(await readIndex(suites));
const missing: Record<string, string[]> = {};
for (const name of candidates()) {
  const releases = RELEASES.flatMap((release, at) => (isMissing(indexes[at], name) ? release.name : []));
  if (releases.length > 0) missing[name] = releases;
}
const heirs = Object.fromEntries(Object.entries(HEIRS).filter(([name]) => missing[name] !== undefined));
const heirLines = Object.entries(heirs).map(
  ([name, heir]) => `    ${JSON.stringify(name)}: ${JSON.stringify(heir)}`,
);
const lines = Object.entries(missing).map(
  ([name, releases]) =>
    `    ${JSON.stringify(name)}: ${JSON.stringify(releases.map((release) => release.split(' ')[1]).join(' '))}`,
);
// Releases without their distribution: no number is one of Debian and of Ubuntu.
writeFileSync(
  OUTPUT,
  [
    '{',
    '  "source": "Packages indexes of deb.debian.org and archive.ubuntu.com, amd64, with updates and security",',
    `  "date": "${new Date().toISOString().slice(0, 10)}",`,
    `  "releases": ${JSON.stringify(RELEASES.map(({ name }) => name)).replaceAll(',', ', ')},`,
    `  "heirs": {`,
    heirLines.join(',\n'),
    '  },',
    '  "missing": {',
    lines.join(',\n'),
    '  }',
    '}',
    '',
  ].join('\n'),
);

function debian(written: string): Release {
  const [version = '', suite = ''] = written.split(' ');
  const mirror = 'http://deb.debian.org/debian';
  return {
    name: `debian ${version}`,
    suites: [
      {
        mirror,
        suite,
        parts: ['main', 'contrib', 'non-free', ...(Number(version) >= 12 ? ['non-free-firmware'] : [])],
      },
      { mirror, suite: `${suite}-updates`, parts: ['main'] },
      { mirror: 'http://deb.debian.org/debian-security', suite: `${suite}-security`, parts: ['main'] },
    ],
  };
}

function ubuntu(written: string): Release {
  const [version = '', suite = ''] = written.split(' ');
  const suites = ['', '-updates', '-security'].map((pocket) => ({
    ...{ mirror: 'http://archive.ubuntu.com/ubuntu', suite: `${suite}${pocket}` },
    parts: ['main', 'restricted', 'universe', 'multiverse'],
  }));
  return { name: `ubuntu ${version}`, suites };
}

async function readIndex(suites: Release['suites']): Promise<Index> {
  const packages = new Set<string>();
  const providers = new Map<string, Set<string>>();
  const dependents = new Map<string, number>();
  for (const { mirror, suite, parts } of suites) {
    for (const part of parts) {
      const address = `${mirror}/dists/${suite}/${part}/binary-amd64/Packages.xz`;
      const answer = await fetch(address);
      if (!answer.ok) throw new Error(`${address} answers ${answer.status}`);
      const { stdout } = await execa({ input: Buffer.from(await answer.arrayBuffer()) })`xz -dc`;
      for (const record of stdout.split('\n\n')) readRecord(record, packages, providers, dependents);
    }
  }
  return { packages, providers, dependents };
}

function readRecord(
  record: string,
  packages: Set<string>,
  providers: Map<string, Set<string>>,
  dependents: Map<string, number>,
): void {
  const name = /^Package: (.+)$/m.exec(record)?.[1];
  if (name === undefined) return;
  packages.add(name);
  for (const provided of namesOf(/^Provides: (.+)$/m.exec(record)?.[1])) {
    providers.set(provided, (providers.get(provided) ?? new Set()).add(name));
  }
  for (const needed of namesOf(/^Depends: (.+)$/m.exec(record)?.[1])) {
    dependents.set(needed, (dependents.get(needed) ?? 0) + 1);
  }
}

function namesOf(list = ''): readonly string[] {
  return [...new Set(list.split(/[,|]/).map((one) => /^[^\s(:]+/.exec(one.trim())?.[0] ?? ''))].filter(
    Boolean,
  );
}

function candidates(): readonly string[] {
  const names = new Set([...WATCHED, ...Object.values(HEIRS).map(({ name }) => name)]);
  for (const { packages, dependents } of indexes) {
    for (const name of packages) {
      if (VERSIONED.test(name) || (isPlain(name) && (dependents.get(name) ?? 0) >= DEPENDENTS))
        names.add(name);
    }
  }
  return [...names].sort();
}

/** Nobody writes the others into a Dockerfile, and the packages of NVIDIA come from NVIDIA as well. */
function isPlain(name: string): boolean {
  return !/^(?:librust|golang|node-|ruby-|libghc|haskell|r-cran|r-bioc|r-api|php|linux-|texlive|gir1\.2|elpa|kde|libk[a-z]|libreoffice|nvidia|libnv|libcu|uwsgi|erlang|fonts-|tasksel|task-|qml|plasma|dict-|aspell|xul-|gnome|ubuntu|openstack|python3?-|android|librte|libcamel|libebook|libedata|libecal|libevolution|libmutter|libgnome|libmate|libxfce|libcinnamon)|-(?:doc|data|common|i18n|perl|ocaml|ocaml-dev|java|cil|dbg|dbgsym|prof|bin)$|-perl-|linux-gnu|-cross$|mips/.test(
    name,
  );
}

/** `apt-get` takes the provider of a virtual package only where there is a single one. */
function isMissing(index: Index | undefined, name: string): boolean {
  return index !== undefined && !index.packages.has(name) && index.providers.get(name)?.size !== 1;
}
