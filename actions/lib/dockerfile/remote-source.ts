/** An `ADD` source that is fetched: an address of a file, or of a git repository. */
export interface RemoteSource {
  readonly kind: 'http' | 'git';
  /** The commit that a git address itself names. */
  readonly commit: string | null;
}

const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * Tells remote sources from paths by BuildKit's rules: `http(s)` is git only when its path ends in `.git`;
 * `ssh://`, `git://` and `user@host:path` are git; everything else, `ftp://` and `github.com/…` included, is a path.
 * https://docs.docker.com/reference/dockerfile/#add
 */
export function remoteSourceOf(source: string): RemoteSource | undefined {
  const url = /^(https?|ssh|git):\/\/([^?#]*)(\?[^#]*)?(?:#(.*))?$/is.exec(source);
  if (url !== null) {
    const [, scheme = '', location = '', query = '', fragment = ''] = url;
    const path = location.replace(/^[^/]*/, '');
    if (!/^http/i.test(scheme) || path.endsWith('.git'))
      return { kind: 'git', commit: commitOf(query, fragment) };
    return /^https?:/.test(source) ? { kind: 'http', commit: null } : undefined;
  }
  const scp = /^[a-zA-Z0-9\-_]+@[a-zA-Z0-9\-.]+:.*?(\?.*?)?(?:#(.*))?$/.exec(source);
  return scp === null ? undefined : { kind: 'git', commit: commitOf(scp[1] ?? '', scp[2] ?? '') };
}

function commitOf(query: string, fragment: string): string | null {
  const options = new URLSearchParams(query);
  const checksum = options.get('checksum') ?? options.get('commit');
  if (checksum !== null && checksum !== '') return checksum;
  const ref = options.get('ref') ?? fragment.split(':')[0] ?? '';
  return COMMIT.test(ref) ? ref : null;
}
