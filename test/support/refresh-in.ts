/** A fake forge with a lock in it, opened as a refresh opens it, by a clock that jumps. */
import { type OpenedRepository, openForgeRepository } from '../../actions/lib/forge/open-forge.ts';
import { emptyLock, type Lock } from '../../actions/lib/matrix/lock.ts';
import { printLock } from '../../actions/lib/matrix/parse-lock.ts';
import type { LockChange } from '../../actions/lib/upstream/resolve-upstreams.ts';
import { createFakeClock } from './fake-clock.ts';
import { createFakeForge, type FakeForge } from './fake-forge.ts';

/** Where the lock is. */
export const LOCK = 'ci/action-matrix.lock';

/** A lock with pins by address, `a` to `f` for what they pin. */
export function lockText(pins: Readonly<Record<string, string>>, lock: Lock = emptyLock()): string {
  const http = Object.entries(pins).map(([name, pin]) => [`https://example.com/${name}`, pin.repeat(64)]);
  return printLock({ ...lock, http: Object.fromEntries(http) });
}

/** A moved pin of such a lock. */
export function moved(name: string, from: string | null, to: string | null): LockChange {
  const pin = (text: string | null) => text?.repeat(64) ?? null;
  return { kind: 'http', what: `https://example.com/${name}`, from: pin(from), to: pin(to) };
}

/** A forge with a lock, and the repository in it. */
export function openRefresh(pins: Readonly<Record<string, string>> | null): {
  readonly forge: FakeForge;
  readonly opened: OpenedRepository;
  readonly lines: string[];
} {
  const clock = createFakeClock();
  const files = { 'README.md': 'read', ...(pins === null ? {} : { [LOCK]: lockText(pins) }) };
  const forge = createFakeForge({ workflows: {}, now: clock.now, files });
  const lines: string[] = [];
  const opened = openForgeRepository(
    {
      ...{ api: 'https://api.github.com', repository: 'acme/vision' },
      login: { kind: 'token', token: 'secret' },
    },
    { clock, fetch: forge.fetch, mask: () => undefined, say: (line) => lines.push(line) },
    { contents: 'write', pull_requests: 'write' },
  );
  return { forge, opened, lines };
}
