/** Recognises failures of what a build fetches and pushes, and whether the same build may pass a moment later. */
import { sanitiseLine } from '../report/sanitise-line.ts';
import { type Evidence, type Finding, said } from './failure-evidence.ts';

/** What was moved when a registry did not serve. */
type Moved = 'push' | 'base' | 'layer';

/** The image could not be pushed. */
export function pushFailed({ error, output }: Evidence): Finding | null {
  const found = /failed to push (?<image>\S+): (?<reason>.+)/s.exec(error)?.groups;
  if (found === undefined) return null;
  return registryFinding('push', found.image ?? '', withLoggedStatus(found.reason ?? '', output));
}

/** The manifest of a base image, or of a frontend, could not be had. */
export function pullFailed({ error }: Evidence): Finding | null {
  const found = /failed to resolve source metadata for (?<image>\S+): (?<reason>.+)/s.exec(error)?.groups;
  return found === undefined ? null : registryFinding('base', found.image ?? '', found.reason ?? '');
}

/** A layer could not be had: of a base image, or of a cache whose manifest could. BuildKit does not say which. */
export function layerFailed({ error }: Evidence): Finding | null {
  const reason = /failed to (?:copy|authorize|do request|fetch (?:oauth|anonymous))\b.*/s.exec(error)?.[0];
  return reason === undefined ? null : registryFinding('layer', blobRepository(reason), reason);
}

/**
 * What `ADD` downloads. BuildKit takes an answer of any status for the file, so that a server that is busy shows as a
 * wrong checksum.
 */
export function downloadFailed({ error, instruction }: Evidence): Finding | null {
  const found = /digest mismatch (?<got>sha256:[0-9a-f]+): (?<want>sha256:[0-9a-f]+)/.exec(error)?.groups;
  const url = /\bhttps?:\/\/\S+/.exec(instruction ?? '')?.[0];
  if (found === undefined || url === undefined) return null;
  return {
    code: 'build/wrong-checksum',
    message: `what "${sanitiseLine(url)}" answered has the checksum "${found.got}", expected "${found.want}"`,
    hint: 'Either the file has changed, or the server answered with an error page: open the address, then correct `--checksum`.',
    worthRetry: true,
  };
}

/** Whether an error is one of the network, or of a registry that is busy or ill. */
export function isTransient(text: string): boolean {
  return TRANSIENT.some((pattern) => pattern.test(text));
}

const TRANSIENT: readonly RegExp[] = [
  /too ?many ?requests|\bstatus\b[^\n]*?: (?:429|5\d\d)\b/i,
  // A registry's error code takes the place of the status: https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes
  /(?:^|: )unavailable: |code = Unavailable/,
  /connection re(?:set|fused)|broken pipe|\bEOF\b|use of closed network connection/i,
  /i\/o timeout|TLS handshake timeout|context deadline exceeded|Client\.Timeout/i,
  /no such host|server misbehaving|temporary failure in name resolution|could not resolve host/i,
  /network is unreachable|no route to host/i,
  // Git's words for a status.
  /returned error: (?:429|5\d\d)\b/,
];

const DENIED =
  /\b40[13]\b|unauthorized|forbidden|denied|insufficient_scope|authorization failed|no basic auth/i;

/** Says why a registry did not serve: not there, not allowed, or not well. */
function registryFinding(moved: Moved, image: string, reason: string): Finding {
  const message = subject(moved, image);
  const finding = (ending: string, more: Omit<Finding, 'code'>): Finding => ({
    code: `build/${moved}-${ending}`,
    ...more,
  });
  if (isTransient(reason)) {
    return finding('unreachable', { message: `${message}: ${said(reason)}`, worthRetry: true });
  }
  if (DENIED.test(reason)) {
    return finding('denied', {
      message: `${message}, the registry refuses: ${said(reason)}`,
      hint: loginHint(moved, image),
      worthRetry: false,
    });
  }
  if (/not found/i.test(reason)) {
    return finding('not-found', {
      message: `${message}: it does not exist there`,
      // Asked for by digest, it is looked for in two places, and the 404 of the second hides a broken connection to the first.
      worthRetry: moved === 'base' && image.includes('@sha256:'),
    });
  }
  return finding('failed', { message: `${message}: ${said(reason)}`, worthRetry: false });
}

function subject(moved: Moved, image: string): string {
  const name = sanitiseLine(image);
  if (moved === 'layer') return `a layer${name === '' ? '' : ` of "${name}"`} could not be pulled`;
  return `"${name}" could not be ${moved === 'push' ? 'pushed' : 'pulled'}`;
}

function loginHint(moved: Moved, image: string): string {
  const [registry = '', ...path] = sanitiseLine(image.replace(/[@].*$/, '')).split('/');
  const verb = moved === 'push' ? 'write' : 'read';
  const where = registry === '' ? 'there' : `to "${registry}"`;
  const what = path.length === 0 ? 'it' : `"${path.join('/')}"`;
  const scope =
    registry === 'ghcr.io' ? ` A workflow's own token needs the permission "packages: ${verb}".` : '';
  return `Log in ${where} as somebody who may ${verb} ${what}.${scope} Registries answer the same for a name that does not exist: check the spelling too.`;
}

/** BuildKit names a layer only by the address it asked. */
function blobRepository(reason: string): string {
  const found = /https?:\/\/(?<host>[^/\s"]+)\/v2\/(?<path>\S+?)\/blobs\//.exec(reason)?.groups;
  return found === undefined ? '' : `${found.host}/${found.path}`;
}

/**
 * BuildKit keeps the code and the message of a registry's answer and drops its status, which only the log of its own
 * tries holds, on the line before.
 */
function withLoggedStatus(reason: string, output: readonly string[]): string {
  const index = output.lastIndexOf(reason.trim());
  const logged = index < 1 ? undefined : /unexpected status .*/.exec(output[index - 1] ?? '')?.[0];
  return logged === undefined ? reason : `${logged}\n${reason}`;
}
