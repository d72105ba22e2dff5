/**
 * Writes when releases of languages and distributions get their last security fix:
 * `scripts/lint-data/end-of-life.ts FOLDER`, a clone of endoflife-date/endoflife.date.
 */
import { writeFileSync } from 'node:fs';
import { execa } from 'execa';
import { parse } from 'yaml';

const OUTPUT = 'actions/lib/lint/data/end-of-life.json';

interface Cycle {
  readonly releaseCycle: string;
  readonly eol: string | boolean;
  readonly eoes?: string | boolean;
}

/** What rules call it, and which field says the day: the long-term support of Debian is free for everyone, that of Ubuntu not. */
const PRODUCTS: Readonly<Record<string, readonly [string, 'eol' | 'eoes']>> = {
  ...{ python: ['python', 'eol'], node: ['nodejs', 'eol'], ruby: ['ruby', 'eol'] },
  ...{ debian: ['debian', 'eoes'], ubuntu: ['ubuntu', 'eol'], alpine: ['alpine-linux', 'eol'] },
  ...{ centos: ['centos', 'eol'], rockylinux: ['rocky-linux', 'eol'], almalinux: ['almalinux', 'eol'] },
  ...{ fedora: ['fedora', 'eol'], amazonlinux: ['amazon-linux', 'eol'] },
};

const [folder = '.'] = process.argv.slice(2);
const git = execa({ cwd: folder });
const releases: Record<string, Record<string, string>> = {};
for (const [name, [product, field]] of Object.entries(PRODUCTS)) {
  const { stdout } = await git`git show ${`HEAD:products/${product}.md`}`;
  const page = parse(stdout.split(/^---$/m)[1] ?? '', { schema: 'core' }) as { readonly releases: Cycle[] };
  const days = page.releases.map(
    (cycle) => [cycle.releaseCycle, dayOf(cycle[field]) ?? dayOf(cycle.eol)] as const,
  );
  releases[name] = Object.fromEntries(
    days.flatMap(([cycle, day]) => (day === null ? [] : [[String(cycle), day]])),
  );
}
const { stdout: date } = await git`git log -1 --format=%cs`;
const source = 'endoflife.date (github.com/endoflife-date/endoflife.date, products/*)';
writeFileSync(OUTPUT, `${JSON.stringify({ source, date, releases }, null, 2)}\n`);

function dayOf(written: unknown): string | null {
  return typeof written === 'string' && /^\d{4}-\d\d-\d\d$/.test(written) ? written : null;
}
