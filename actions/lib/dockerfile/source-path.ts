/** Cleans a source path as BuildKit does: relative to the context's root and never above it; `.` is the root. */
export function cleanSourcePath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.length === 0 ? '.' : parts.join('/');
}

/** Whether a `COPY` or `ADD` source is a pattern; one without wildcards is taken literally, backslashes included. */
export function holdsWildcards(path: string): boolean {
  return /^(?:[^\\*?[]|\\.)*[*?[]/s.test(path);
}
