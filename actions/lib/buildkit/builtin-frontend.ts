const DIRECTIVE = /^\s*#\s*(?<name>[a-zA-Z][a-zA-Z0-9]*)\s*=\s*\S/;

/**
 * Takes the `# syntax=` line out of a Dockerfile, so that BuildKit's built-in frontend reads it: Buildx has no flag for that
 * (an empty `BUILDKIT_SYNTAX` is refused). The other directives stay in force and every later line keeps its number:
 * a comment after the last directive takes the place of the line.
 */
export function withoutSyntaxDirective(dockerfile: string): string {
  const lines = dockerfile.replace(/^\uFEFF/, '').split('\n');
  const start = lines[0]?.startsWith('#!') === true ? 1 : 0;
  const end = lines.findIndex((line, index) => index >= start && !DIRECTIVE.test(line));
  const directives = lines.slice(start, end < 0 ? lines.length : end);
  const kept = directives.filter((line) => DIRECTIVE.exec(line)?.groups?.name?.toLowerCase() !== 'syntax');
  if (kept.length === directives.length) return dockerfile;
  const filler = directives.slice(kept.length).map(() => '#');
  return [...lines.slice(0, start), ...kept, ...filler, ...lines.slice(start + directives.length)].join('\n');
}
