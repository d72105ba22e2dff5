/**
 * Adds to package-lock.json the optional packages of other platforms that npm left out because its registry did not serve
 * them: `npm ci` refuses a lock that does not name them, though it would never install them here.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

interface Entry {
  readonly version?: string;
  readonly dev?: true;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const FILE = path.resolve(import.meta.dirname, '../package-lock.json');
const SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const PROCESSORS = ['arm64', 'arm', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'x64'];

const lock = JSON.parse(await readFile(FILE, 'utf8')) as { packages: Record<string, Entry> };
const added: Record<string, object> = {};
for (const { dev, optionalDependencies = {} } of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    const at = `node_modules/${name}`;
    if (lock.packages[at] === undefined) added[at] = platformEntry(name, version, dev === true);
  }
}
const packages = Object.fromEntries(
  Object.entries({ ...lock.packages, ...added }).sort(([a], [b]) => (a < b ? -1 : 1)),
);
await writeFile(FILE, `${JSON.stringify({ ...lock, packages }, null, 2)}\n`);
process.stdout.write(`package-lock.json: ${Object.keys(added).length} packages of other platforms added\n`);

/** Such packages are named after where they run. */
function platformEntry(name: string, version: string, isDev: boolean): object {
  const words = name.split(/[/-]/);
  const os = words.filter((word) => SYSTEMS.includes(word));
  const cpu = words.filter((word) => PROCESSORS.includes(word));
  if (os.length === 0)
    throw new Error(`${name} is not named after a platform, so it must be in the lock as npm wrote it`);
  const libc = /musl/.test(name) ? ['musl'] : [];
  return {
    version,
    ...(isDev ? { dev: true } : {}),
    optional: true,
    ...(cpu.length > 0 ? { cpu } : {}),
    os,
    ...(libc.length > 0 ? { libc } : {}),
  };
}
