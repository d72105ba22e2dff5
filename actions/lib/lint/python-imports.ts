/** What Python code imports when it is loaded. */

/**
 * Modules that are imported at the outermost level, as written: `cv2`, `a.b`, `.near`. What stands in functions, in
 * `try` and in `if` is left out, as it may never run or be meant to fail.
 */
export function importsOf(code: string): readonly string[] {
  const bare = withoutTexts(code).replace(/\\\r?\n/g, ' ');
  const found: string[] = [];
  for (const line of bare.split('\n')) {
    const from = /^from\s+(\.*[\w.]*)\s+import\b\s*\(?\s*([\w, ]*)/.exec(line);
    if (from !== null) found.push(...fromNames(from[1] ?? '', from[2] ?? ''));
    const plain = /^import\s+([\w., ]+)/.exec(line)?.[1];
    if (plain !== undefined) found.push(...plain.split(',').map((name) => name.trim().split(/\s/)[0] ?? ''));
  }
  return [...new Set(found.filter((name) => name !== ''))];
}

/** `from . import a` may name the module `.a`, `from a import b` the module `a.b`. */
function fromNames(module: string, names: string): readonly string[] {
  const below = names.split(',').map((name) => name.trim().split(/\s/)[0] ?? '');
  const joined = below
    .filter((name) => name !== '')
    .map((name) => (module.endsWith('.') ? `${module}${name}` : `${module}.${name}`));
  return [module, ...joined];
}

/** Texts in three quotes hold lines that look like code. */
function withoutTexts(code: string): string {
  return code.replace(/("""|''')[\s\S]*?\1/g, '""');
}
