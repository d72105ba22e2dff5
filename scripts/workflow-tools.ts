/** Owns the programs that check and run workflows without a forge. Only tests and benches need them. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { withLock } from '../actions/lib/process/with-lock.ts';
import { findFolders } from './engine/folders.ts';
import { buildTools, findTools, type ToolSet } from './engine/go-tools.ts';
import { preflight } from './engine/preflight.ts';

/** Paths of those that are on this machine. */
export interface WorkflowTools {
  /** Runs workflows: https://github.com/nektos/act */
  readonly act?: string;
  /** Checks workflows: https://github.com/rhysd/actionlint */
  readonly actionlint?: string;
  /** Looks for what an attacker could use: https://docs.zizmor.sh */
  readonly zizmor?: string;
}

type OnLine = (line: string) => void;

const GO_TOOLS = {
  act: { module: 'workflow', package: 'github.com/nektos/act' },
  actionlint: { module: 'workflow', package: 'github.com/rhysd/actionlint/cmd/actionlint' },
} as const satisfies ToolSet['tools'];
const GO_NAMES = ['act', 'actionlint'] as const satisfies readonly (keyof typeof GO_TOOLS)[];
const SET: ToolSet = { name: 'workflow-tools', tools: GO_TOOLS };
const REQUIREMENTS = path.join(import.meta.dirname, 'engine/modules/workflow/requirements.txt');

/** Finds those that were brought to this machine earlier, at exactly the versions that are pinned. */
export async function findWorkflowTools(cache: string = findFolders().cache): Promise<WorkflowTools> {
  const { folder, missing } = await findTools(cache, SET, GO_NAMES);
  const built = GO_NAMES.filter((name) => !missing.includes(name));
  const zizmor = await zizmorPath(cache);
  return {
    ...Object.fromEntries(built.map((name) => [name, path.join(folder, name)])),
    ...(existsSync(zizmor) ? { zizmor } : {}),
  };
}

/** Brings what is missing. What this machine cannot have is said, and tests that need it are skipped. */
export async function prepareWorkflowTools(onLine: OnLine, { cache, state } = findFolders()): Promise<void> {
  const { missing } = await findTools(cache, SET, GO_NAMES);
  if (missing.length > 0) {
    await orSkip(missing.join(' and '), onLine, async () => {
      const needs = { go: true, runc: false, engine: false, debian: false };
      await preflight(needs, { state, onLine });
      await buildTools(cache, SET, GO_NAMES, onLine);
    });
  }
  if (!existsSync(await zizmorPath(cache)))
    await orSkip('zizmor', onLine, () => installZizmor(cache, onLine));
}

async function orSkip(names: string, onLine: OnLine, bring: () => Promise<void>): Promise<void> {
  try {
    await bring();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    onLine(`${SET.name}: TESTS ARE SKIPPED, because this machine cannot have ${names}: ${reason}`);
  }
}

async function zizmorPath(cache: string): Promise<string> {
  const hash = createHash('sha256')
    .update(process.arch)
    .update(await readFile(REQUIREMENTS));
  return path.join(cache, SET.name, `zizmor-${hash.digest('hex').slice(0, 16)}`, 'bin', 'zizmor');
}

/** The wheel holds one program that needs no Python to run: a folder of its own does, an environment is not needed. */
async function installZizmor(cache: string, onLine: OnLine): Promise<void> {
  const folder = path.dirname(path.dirname(await zizmorPath(cache)));
  const install = async (): Promise<void> => {
    if (existsSync(folder)) return;
    onLine(`${SET.name}: installing zizmor, once`);
    const work = await mkdtemp(`${folder}.`);
    try {
      const pins = ['--require-hashes', '--only-binary', ':all:', '--no-deps', '--requirement', REQUIREMENTS];
      const quiet = ['--quiet', '--disable-pip-version-check', '--root-user-action=ignore'];
      await execa('python3', ['-m', 'pip', 'install', ...quiet, '--target', work, ...pins]);
      await rename(work, folder);
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  };
  await withLock(path.dirname(folder), install, 'zizmor');
}
