/**
 * Turns the address of a git remote into the page of its repository, for the label that links an image to it; `null` for
 * an address that is no web host's, such as a folder.
 */
export function sourceUrl(origin: string | null): string | null {
  if (origin === null) return null;
  const scp = /^(?:[\w.-]+@)?(?<host>[\w-]+(?:\.[\w-]+)+):(?<path>[^/\\].*)$/.exec(origin)?.groups;
  if (scp !== undefined && !origin.includes('://'))
    return `https://${scp.host}/${withoutGit(scp.path ?? '')}`;
  const url = URL.parse(origin);
  if (url === null || !['https:', 'http:', 'ssh:', 'git:'].includes(url.protocol)) return null;
  return `https://${url.hostname}${withoutGit(url.pathname)}`;
}

function withoutGit(path: string): string {
  return path.replace(/\/+$/, '').replace(/\.git$/, '');
}
