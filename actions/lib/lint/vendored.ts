import { posix } from 'node:path';

/** What package managers leave in a folder with the code of others that they keep. */
const OWNERS = ['modules.txt', 'autoload.php', 'composer/installed.json', 'bundle/'];

/**
 * Tells files that a package manager copied into the project, `node_modules` and the `vendor` of Go, PHP and Ruby: nobody
 * builds an image from them there.
 * @param files paths of the project
 */
export function vendoredIn(files: readonly string[]): (path: string) => boolean {
  const folders = new Set<string>();
  for (const file of files) {
    const [, folder, rest = ''] = /^((?:.*\/)?vendor)\/(.*)$/s.exec(file) ?? [];
    if (
      folder !== undefined &&
      OWNERS.some((one) => rest === one || (one.endsWith('/') && rest.startsWith(one)))
    )
      folders.add(folder);
  }
  return (path) => {
    for (let folder = posix.dirname(path); folder !== '.' && folder !== '/'; folder = posix.dirname(folder)) {
      if (folders.has(folder) || posix.basename(folder) === 'node_modules') return true;
    }
    return false;
  };
}
