import { setFlagsFromString } from 'node:v8';
import { Language, Parser } from 'web-tree-sitter';
import { readWasm } from './read-wasm.ts';

let loaded: Promise<Parser> | null = null;

/** The parser of https://github.com/tree-sitter/tree-sitter-bash, as WebAssembly; once for the process. */
export function loadShellGrammar(): Promise<Parser> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<Parser> {
  // The optimizing compiler takes 500 MB and a second for the lexer, which a thousand Dockerfiles do not make up for.
  for (const flag of ['--liftoff-only', '--no-wasm-tier-up', '--no-wasm-dynamic-tiering'])
    setFlagsFromString(flag);
  await Parser.init({ wasmBinary: readWasm('web-tree-sitter/web-tree-sitter.wasm') });
  const parser = new Parser();
  parser.setLanguage(await Language.load(readWasm('tree-sitter-bash/tree-sitter-bash.wasm')));
  return parser;
}
