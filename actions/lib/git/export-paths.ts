import type { Problem } from '../errors/darkroom-error.ts';

/** Says which paths must not be written below a folder: they leave it, hide a repository in it, or need one name twice. */
export function checkExportPaths(paths: readonly string[]): readonly Problem[] {
  const files = new Set<string>();
  const twice: string[] = [];
  for (const path of paths) {
    if (files.has(path)) twice.push(path);
    files.add(path);
  }
  const folders = new Set(paths.flatMap(foldersOf));
  return [
    ...paths
      .filter((path) => !isPlain(path))
      .map((path) => problem(path, 'would be written outside its folder or into a ".git"')),
    ...twice.map((path) => problem(path, 'is there twice')),
    ...[...files]
      .filter((path) => folders.has(path))
      .map((path) => problem(path, 'is a file and a folder at once')),
  ];
}

/** Folders above a path, the outermost first. */
export function foldersOf(path: string): readonly string[] {
  const folders: string[] = [];
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) folders.push(path.slice(0, at));
  return folders;
}

function isPlain(path: string): boolean {
  const parts = path.split('/');
  return parts.every(
    (part) =>
      part !== '' && part !== '.' && part !== '..' && part.toLowerCase() !== '.git' && !part.includes('\0'),
  );
}

function problem(path: string, what: string): Problem {
  return {
    code: 'git/unsafe-path',
    place: { file: path },
    message: `${JSON.stringify(path)} cannot be exported: it ${what}`,
  };
}
