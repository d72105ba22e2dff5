/**
 * Copies this repository as act can run it. Usage: node scripts/act-copy.ts FOLDER [OWNER/NAME@REF]
 *
 * act 0.2.89 (https://github.com/nektos/act) knows no `uses: $/actions/plan`: the copy says `./actions/plan`, or, told a
 * name, `OWNER/NAME/actions/plan@REF`, for `act --use-new-action-cache --local-repository OWNER/NAME@REF=FOLDER` in another
 * repository that calls a workflow of this one. `actions/checkout` stays: in act it copies the work tree and downloads
 * nothing, as long as it names no `ref`, which is left out. Neither act nor actionlint 1.7.12 knows `queue` of `concurrency`,
 * nor where a called workflow comes from (`job.workflow_…`): lines with them are left out. Nothing else is changed.
 */
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';

/** How another repository names this one. */
export interface ActionsRepository {
  /** Owner and name. */
  readonly name: string;
  readonly ref: string;
}

const ROOT = path.resolve(import.meta.dirname, '..');
const HAS_USES = /^(?:\.github\/workflows\/[^/]+|actions\/[^/]+\/action)\.ya?ml$/;

/** Makes the copy: the files of git's index and those not ignored, as they are in the work tree, committed. */
export async function copyForAct(target: string, as?: ActionsRepository): Promise<void> {
  const listed = await execa('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
  });
  // A file that was deleted is still in the index.
  for (const file of listed.stdout
    .split('\0')
    .filter((name) => name !== '' && existsSync(path.join(ROOT, name)))) {
    const copy = path.join(target, file);
    await mkdir(path.dirname(copy), { recursive: true });
    await cp(path.join(ROOT, file), copy);
    if (HAS_USES.test(file)) await writeFile(copy, rewriteForAct(await readFile(copy, 'utf8'), as));
  }
  await commitAll(target);
}

/** Names the repository a workflow comes from in a way that act knows. */
export function rewriteForAct(workflow: string, as?: ActionsRepository): string {
  return workflow
    .replaceAll(/^(\s*(?:- )?uses: )\$\/(\S+)/gm, (_, uses: string, inside: string) =>
      as === undefined ? `${uses}./${inside}` : `${uses}${as.name}/${inside}@${as.ref}`,
    )
    .replaceAll(/^\s+ref: \$\{\{ github\.event\.pull_request\.head\.sha \}\}\n/gm, '')
    .replaceAll(/^\s+(?:queue: max|(?:repository|ref): \$\{\{ job\.workflow_\w+ \}\})\n/gm, '');
}

/** act takes the commit and branch it tells the actions from git. */
async function commitAll(folder: string): Promise<void> {
  const git = (...args: string[]) => execa('git', args, { cwd: folder });
  await git('init', '--quiet', '--initial-branch=main');
  await git('remote', 'add', 'origin', 'https://example.invalid/acme/darkroom.git');
  await git('add', '--all');
  const author = ['-c', 'user.name=act', '-c', 'user.email=act@example.invalid'];
  await git(...author, 'commit', '--quiet', '--no-verify', '--message', 'copy for act');
}

if (import.meta.main) {
  const [target, name] = process.argv.slice(2);
  const parts = /^(?<name>[\w.-]+\/[\w.-]+)@(?<ref>\S+)$/.exec(name ?? '')?.groups;
  if (target === undefined || (name !== undefined && parts === undefined)) {
    process.stderr.write('Usage: node scripts/act-copy.ts FOLDER [OWNER/NAME@REF]\n');
    process.exitCode = 2;
  } else {
    await copyForAct(path.resolve(target), parts as ActionsRepository | undefined);
  }
}
