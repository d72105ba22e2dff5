import { Language, Parser } from 'web-tree-sitter';
import { readWasm } from './read-wasm.ts';

let loaded: Promise<Parser> | null = null;

/** The parser of https://github.com/tree-sitter-grammars/tree-sitter-hcl for Terraform and Bake; once for the process. */
export function loadHclGrammar(): Promise<Parser> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<Parser> {
  await Parser.init({ wasmBinary: readWasm('web-tree-sitter/web-tree-sitter.wasm') });
  const parser = new Parser();
  const grammar = readWasm('@tree-sitter-grammars/tree-sitter-hcl/tree-sitter-hcl.wasm');
  parser.setLanguage(await Language.load(grammar));
  return parser;
}
