import { networkReason } from './network-reason.ts';
import type { ProbeResult } from './registry.ts';
import { registryUrl } from './registry-address.ts';

/** Long enough for a handshake around the world, short enough to wait for in front of a terminal. */
const PROBE_TIMEOUT_MS = 2000;

/** Tells whether anything speaks HTTP at a registry; any status is an answer, also "401 log in first". */
export async function probeRegistry(fetcher: typeof fetch, registry: string): Promise<ProbeResult> {
  const url = registryUrl(registry);
  const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
  try {
    const response = await fetcher(url, { redirect: 'manual', signal });
    await response.body?.cancel();
    const time = Date.parse(response.headers.get('date') ?? '');
    return { answers: true, time: Number.isNaN(time) ? null : time };
  } catch (error) {
    const reason = signal.aborted ? `no answer within ${PROBE_TIMEOUT_MS / 1000} s` : networkReason(error);
    return { answers: false, reason };
  }
}
