import { type GitRepository, runGit } from './git-command.ts';
import { parseStatus, parseTree, type WorkTreeStatus } from './parse-listings.ts';
import { readBlobs } from './read-blobs.ts';
import type { Source, SourceIdentity, TreeEntry } from './source.ts';

/** A source read by the host's git, with what the exporter needs beyond the port. */
export interface GitSource extends Source {
  /** Where git is asked about this source. */
  readonly repository: GitRepository;
  /** Opens a submodule at the commit of its entry (mode `160000`); closed together with this source. */
  openSubmodule(entry: TreeEntry): Promise<GitSource>;
}

/** What a source is made of. */
interface Parts {
  readonly identity: SourceIdentity;
  readonly root: string;
  readonly differing?: readonly string[];
  readonly entries: readonly TreeEntry[];
  readonly repository: GitRepository;
  readonly openSubmodule: (entry: TreeEntry) => Promise<GitSource>;
  readonly close?: () => Promise<void>;
}

/** Makes a source of its parts; every submodule is opened once. */
export function makeGitSource({ openSubmodule, close, differing = [], ...parts }: Parts): GitSource {
  const submodules = new Map<string, Promise<GitSource>>();
  return {
    ...parts,
    differing,
    readBlobs: (ids) => readBlobs(parts.repository, ids),
    openSubmodule(entry) {
      const opened = submodules.get(entry.path) ?? openSubmodule(entry);
      submodules.set(entry.path, opened);
      return opened;
    },
    async close() {
      const opened = await Promise.allSettled(submodules.values());
      await Promise.all(
        opened.map((result) => (result.status === 'fulfilled' ? result.value.close() : undefined)),
      );
      await close?.();
    },
  };
}

/** Lists a tree or a commit's tree, submodules as one entry each. @throws DarkroomError `git/failed` */
export async function listTree(repository: GitRepository, tree: string): Promise<readonly TreeEntry[]> {
  return parseTree(await runGit(repository, ['ls-tree', '-r', '-z', '--full-tree', tree]));
}

/** Says what differs from HEAD; changes inside a submodule count only where the submodule is opened. */
export async function readStatus(repository: GitRepository): Promise<WorkTreeStatus> {
  const flags = [
    '--branch',
    '--no-ahead-behind',
    '--no-renames',
    '--untracked-files=all',
    '--ignore-submodules=dirty',
  ];
  return parseStatus(await runGit(repository, ['status', '--porcelain=v2', '-z', ...flags]));
}
