import { type GitRepository, runGit } from './git-command.ts';
import type { TreeEntry } from './source.ts';

/** Gives the addresses of a tree's submodules by path, from its `.gitmodules`; relative ones are made whole. */
export async function readSubmoduleUrls(
  repository: GitRepository,
  entries: readonly TreeEntry[],
  parentUrl: string,
): Promise<ReadonlyMap<string, string>> {
  const file = entries.find(({ path }) => path === '.gitmodules');
  if (file === undefined) return new Map();
  const output = await runGit(repository, ['config', '--blob', file.id, '--null', '--list']);
  const settings = new Map(
    output
      .toString('utf8')
      .split('\0')
      .map((setting) => {
        const end = setting.indexOf('\n');
        return [setting.slice(0, end), setting.slice(end + 1)] as const;
      }),
  );
  const paths = [...settings].filter(([key]) => /^submodule\..*\.path$/.test(key));
  return new Map(
    paths.flatMap(([key, path]) => {
      const url = settings.get(key.replace(/path$/, 'url'));
      return url === undefined ? [] : [[path, resolveUrl(parentUrl, url)] as const];
    }),
  );
}

/** Joins as git does: `./` and `../` at the start are relative to the parent repository's own address. */
export function resolveUrl(parentUrl: string, url: string): string {
  if (!/^\.\.?\//.test(url)) return url;
  let base = parentUrl.replace(/\/+$/, '');
  let rest = url;
  let separator = '/';
  while (/^\.\.?\//.test(rest)) {
    if (rest.startsWith('../')) {
      // In an address such as `git@host:folder` the last separator is the colon.
      const end = Math.max(base.lastIndexOf('/'), base.lastIndexOf(':'));
      separator = base.charAt(end) || '/';
      base = base.slice(0, Math.max(end, 0));
    }
    rest = rest.slice(rest.indexOf('/') + 1);
  }
  return `${base}${separator}${rest}`;
}
