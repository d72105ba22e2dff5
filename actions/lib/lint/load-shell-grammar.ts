import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Language, Parser } from 'web-tree-sitter';

const { resolve } = createRequire(import.meta.url);

let loaded: Promise<Parser> | null = null;

/** The parser of https://github.com/tree-sitter/tree-sitter-bash, as WebAssembly; once for the process. */
export function loadShellGrammar(): Promise<Parser> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<Parser> {
  await Parser.init({ wasmBinary: readFileSync(resolve('web-tree-sitter/web-tree-sitter.wasm')) });
  const parser = new Parser();
  parser.setLanguage(await Language.load(readFileSync(resolve('tree-sitter-bash/tree-sitter-bash.wasm'))));
  return parser;
}
