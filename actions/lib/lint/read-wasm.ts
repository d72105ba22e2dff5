import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const { resolve } = createRequire(import.meta.url);
const HERE = path.dirname(fileURLToPath(import.meta.url));

/** Files of packages that are read while lint runs; a bundle has them beside itself (scripts/build-actions.ts). */
export const WASM_FILES = [
  'web-tree-sitter/web-tree-sitter.wasm',
  'tree-sitter-bash/tree-sitter-bash.wasm',
  '@tree-sitter-grammars/tree-sitter-hcl/tree-sitter-hcl.wasm',
] as const;

/** Reads one of them, where a bundle or the modules have it. */
export function readWasm(file: (typeof WASM_FILES)[number]): Buffer {
  const beside = path.join(HERE, path.basename(file));
  return readFileSync(existsSync(beside) ? beside : resolve(file));
}
