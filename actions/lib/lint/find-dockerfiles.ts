import { posix } from 'node:path';
import { comparePaths } from '../git/path-text.ts';
import { isDockerfile as hasDockerfileName } from '../matrix/init-matrix.ts';

/** What is about a Dockerfile, makes one, or was one: `Dockerfile.md`, `Dockerfile.j2`, `Dockerfile.orig`, `Dockerfile~`. */
const NO_DOCKERFILE = new RegExp(
  `(?:\\.(?:${[
    ...['md', 'mdx', 'markdown', 'rst', 'adoc', 'txt', 'html?', 'pdf', 'png', 'svg'],
    ...['j2', 'jinja2?', 'tmpl', 'tpl', 'template', 'gotmpl', 'in', 'erb', 'ejs', 'hbs', 'mustache', 'm4'],
    ...['bak', 'backup', 'orig', 'rej', 'swp', 'swo', 'tmp', 'patch', 'diff', 'log', 'lock', 'sha256', 'sig'],
    ...['json', 'ya?ml', 'toml', 'dockerignore', 'containerignore', 'gitignore', 'sarif', 'snap'],
  ].join('|')})|~)$`,
  'i',
);

/** `dockerfile.ts` is code about Dockerfiles; `Dockerfile.go` is one, for Go. */
const CODE =
  /^(?:docker|container)file\..*\b(?:[cm]?[jt]sx?|py|go|rs|rb|java|kt|php|c|cc|cpp|h|cs|fs|swift|scala|groovy|exs?|erl|hs|clj|sh|ps1|vim|lua|el)$/;

/** `Dockerfile-cuda`, `Dockerfile_dev`, `api_Dockerfile`: as people write them, with versions but no ending of a file. */
const WITH_DASH =
  /^(?:(?:Docker|Container)file[-_][\w-]+(?:\.\d[\w-]*)*|[\w.-]+[-_](?:Docker|Container)file)$/;

/**
 * Tells a Dockerfile by its name: `Dockerfile`, `Dockerfile.gpu`, `gpu.Dockerfile`, `Containerfile`, in any case, and
 * `Dockerfile-gpu` and `gpu_Dockerfile`.
 */
export function isDockerfile(path: string): boolean {
  const name = posix.basename(path);
  if (WITH_DASH.test(name)) return true;
  return hasDockerfileName(path) && !NO_DOCKERFILE.test(name) && !CODE.test(name);
}

/**
 * The Dockerfiles among the files of a project, sorted.
 * @param named those that the matrix and Compose files name, whatever they are called
 */
export function findDockerfiles(files: readonly string[], named: Iterable<string> = []): readonly string[] {
  const there = new Set(files);
  const found = new Set(files.filter(isDockerfile));
  for (const file of named) if (there.has(file)) found.add(file);
  return [...found].sort(comparePaths);
}
