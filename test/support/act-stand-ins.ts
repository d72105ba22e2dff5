/**
 * Stand-ins for actions of others that need GitHub's storage, which act has not: the same inputs and outputs as far as our
 * workflows use them, over folders of this machine.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { readWorkflows } from './workflow-files.ts';

/** What the stand-ins keep. */
export interface StandIns {
  /** Options of act. */
  readonly args: readonly string[];
  /** A folder per artifact, by its name. */
  readonly artifacts: string;
  /** List of the files that were attested last, a line each. */
  readonly attested: string;
}

const UPLOAD = `
const [from, to] = [process.env.INPUT_PATH, path.join(KEPT, 'artifacts', process.env.INPUT_NAME)];
if (!fs.existsSync(from)) throw new Error('no files found: ' + from);
if (fs.existsSync(to) && process.env.INPUT_OVERWRITE !== 'true') throw new Error('there is an artifact of that name');
const isFolder = fs.statSync(from).isDirectory();
fs.cpSync(from, isFolder ? to : path.join(to, path.basename(from)), { recursive: true });
put('artifact-url', 'https://forge.invalid/' + process.env.INPUT_NAME);
`;
const SAVE = `
const to = path.join(KEPT, 'cache', encodeURIComponent(process.env.INPUT_KEY));
fs.cpSync(process.env.INPUT_PATH, to, { recursive: true });
`;
const RESTORE = `
const kept = path.join(KEPT, 'cache');
fs.mkdirSync(kept, { recursive: true });
const keys = fs.readdirSync(kept).map(decodeURIComponent);
const key = keys.find((key) => key.startsWith(process.env['INPUT_RESTORE-KEYS'].trim()));
if (key !== undefined) fs.cpSync(path.join(kept, encodeURIComponent(key)), process.env.INPUT_PATH, { recursive: true });
put('cache-matched-key', key ?? '');
`;
const ATTEST = `
const files = fs.globSync(process.env['INPUT_SUBJECT-PATH']);
fs.mkdirSync(KEPT, { recursive: true });
fs.writeFileSync(path.join(KEPT, 'attested'), files.sort().join('\\n'));
`;

const ACTIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'actions/attest': { '.': ATTEST },
  'actions/upload-artifact': { '.': UPLOAD },
  'actions/cache': { save: SAVE, restore: RESTORE },
  // Never run: act looks for it all the same.
  'aws-actions/configure-aws-credentials': { '.': "throw new Error('nobody asked for a role');" },
  'docker/setup-qemu-action': { '.': "throw new Error('nobody asked for another platform');" },
};
const INPUTS = ['name', 'path', 'key', 'restore-keys', 'overwrite', 'if-no-files-found', 'subject-path'];

/** Writes them below a folder, at the commits that our workflows pin. */
export async function writeStandIns(folder: string): Promise<StandIns> {
  const kept = path.join(folder, 'kept');
  const args = await Promise.all(
    Object.entries(ACTIONS).map(async ([name, scripts]) => {
      const repository = path.join(folder, name.replace('/', '-'));
      for (const [inside, script] of Object.entries(scripts)) {
        await writeAction(path.join(repository, inside), kept, script);
      }
      await commit(repository);
      return pinsOf(name).flatMap((ref) => ['--local-repository', `${name}@${ref}=${repository}`]);
    }),
  );
  return {
    args: args.flat(),
    artifacts: path.join(kept, 'artifacts'),
    attested: path.join(kept, 'attested'),
  };
}

async function writeAction(folder: string, kept: string, script: string): Promise<void> {
  const inputs = INPUTS.map((name) => `  ${name}: { description: x }\n`).join('');
  const start = `const [fs, path] = [require('node:fs'), require('node:path')];
const KEPT = ${JSON.stringify(kept)};
const put = (name, value) => fs.appendFileSync(process.env.GITHUB_OUTPUT, name + '=' + value + '\\n');
`;
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'index.cjs'), start + script);
  await writeFile(
    path.join(folder, 'action.yml'),
    `name: x\ndescription: x\ninputs:\n${inputs}runs: { using: node24, main: index.cjs }\n`,
  );
}

function pinsOf(name: string): readonly string[] {
  const pattern = new RegExp(`uses: ${name}(?:/\\w+)?@([0-9a-f]{40})`, 'g');
  const found = readWorkflows().flatMap(({ text }) => [...text.matchAll(pattern)].map(([, ref = '']) => ref));
  return [...new Set(found)];
}

async function commit(folder: string): Promise<void> {
  const git = (...args: string[]) => execa('git', args, { cwd: folder });
  await git('init', '--quiet', '--initial-branch=main');
  await git('add', '--all');
  const author = ['-c', 'user.name=act', '-c', 'user.email=act@example.invalid'];
  await git(...author, 'commit', '--quiet', '--no-verify', '--message', 'stand-in');
}
