/** Names a file on the web by its content, and fetches it. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { DarkroomError } from '../errors/darkroom-error.ts';
import { networkReason } from '../registry/network-reason.ts';
import { tame } from '../registry/registry-failure.ts';

/** Larger than any model or archive an image sensibly holds. */
const MAX_BYTES = 20e9;
const MAX_REDIRECTS = 5;
/** A large file may take hours; silence may not. */
const IDLE_TIMEOUT_MS = 60_000;

/** Tests shorten what takes long; everybody else leaves these alone. */
export interface HttpUpstreamOptions {
  readonly fetch?: typeof fetch;
  readonly maxBytes?: number;
  readonly idleTimeoutMs?: number;
}

type Keep = (chunk: Uint8Array) => Promise<void> | undefined;

/**
 * The sha256 of what an `https://` address serves to anyone, read to its end.
 *
 * @throws DarkroomError `upstream/bad-url`, `upstream/unreachable`, `upstream/refused`, `upstream/too-large`
 */
export async function hashHttpUpstream(url: string, options: HttpUpstreamOptions = {}): Promise<string> {
  return readUpstream(url, options, () => undefined);
}

/**
 * Writes what an `https://` address serves to a new file and gives its sha256: the caller compares it before using the
 * file.
 *
 * @throws DarkroomError as `hashHttpUpstream`
 */
export async function downloadHttpUpstream(
  url: string,
  file: string,
  options: HttpUpstreamOptions = {},
): Promise<string> {
  const handle = await open(file, 'wx', 0o644);
  try {
    return await readUpstream(url, options, (chunk) => handle.writeFile(chunk));
  } finally {
    await handle.close();
  }
}

async function readUpstream(url: string, options: HttpUpstreamOptions, keep: Keep): Promise<string> {
  const idle = createIdleTimer(options.idleTimeoutMs ?? IDLE_TIMEOUT_MS);
  try {
    const response = await openUrl(url, options.fetch ?? fetch, idle.signal);
    return await hashBody(url, response, options.maxBytes ?? MAX_BYTES, idle.restart, keep);
  } catch (error) {
    if (error instanceof DarkroomError) throw error;
    const reason = idle.signal.aborted ? 'it stopped sending' : networkReason(error);
    throw failure(
      'unreachable',
      `Cannot read "${tame(url)}" to its end: ${reason}.`,
      'Check the address and the network.',
      error,
    );
  } finally {
    idle.stop();
  }
}

async function openUrl(url: string, fetcher: typeof fetch, signal: AbortSignal): Promise<Response> {
  let address = checkedUrl(url, url);
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    // Identity: what is hashed must be what a build downloads, not what it unpacks to on the way.
    const response = await fetcher(address, {
      redirect: 'manual',
      signal,
      headers: { 'accept-encoding': 'identity' },
    });
    if (response.status === 200 && response.headers.get('content-encoding') === null) return response;
    await response.body?.cancel();
    if (response.status === 200) throw refused(url, 'the server only sends it compressed in transit');
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || location === null) {
      throw refused(url, `${address.host} answered ${response.status}`);
    }
    address = checkedUrl(URL.parse(location, address.href)?.href ?? location, url);
  }
  throw refused(url, `it redirects more than ${MAX_REDIRECTS} times`);
}

async function hashBody(
  url: string,
  response: Response,
  maxBytes: number,
  progress: () => void,
  keep: Keep,
): Promise<string> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of response.body ?? []) {
    progress();
    size += chunk.length;
    if (size > maxBytes) {
      throw failure(
        'too-large',
        `"${tame(url)}" is larger than the ${maxBytes / 1e9} GB it may have.`,
        'Download less, or keep it as local material.',
      );
    }
    hash.update(chunk);
    await keep(chunk);
  }
  return hash.digest('hex');
}

/** Every hop is checked like the first: one step over plain HTTP and anybody could have sent the bytes. */
function checkedUrl(address: string, url: string): URL {
  const parsed = URL.parse(address);
  if (parsed?.protocol === 'https:' && parsed.username === '' && parsed.password === '') return parsed;
  const shown = parsed === null ? tame(address) : `${parsed.protocol}//${parsed.host}`;
  const via = address === url ? '' : ` (where "${tame(url)}" leads)`;
  throw failure('bad-url', `"${shown}"${via} must be an https:// address without user and password.`);
}

function refused(url: string, what: string): DarkroomError {
  return failure(
    'refused',
    `Cannot read "${tame(url)}": ${what}.`,
    'The address must serve the file to anyone, without a login.',
  );
}

function failure(reason: string, message: string, hint?: string, cause?: unknown): DarkroomError {
  return new DarkroomError(
    { code: `upstream/${reason}`, message, ...(hint === undefined ? {} : { hint }) },
    { cause },
  );
}

function createIdleTimer(ms: number): { signal: AbortSignal; restart: () => void; stop: () => void } {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), ms);
  return { signal: controller.signal, restart: () => timer.refresh(), stop: () => clearTimeout(timer) };
}
