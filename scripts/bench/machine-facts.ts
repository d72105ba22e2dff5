import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import prettyBytes from 'pretty-bytes';

/** Says on what the figures were taken, as far as it bears on them; the load is that of the last minute. */
export function machineFacts(): string {
  const model = cpus()[0]?.model ?? 'unknown processor';
  const load = (loadavg()[0] ?? 0).toFixed(1);
  return `${availableParallelism()} cores (${model}), ${prettyBytes(totalmem())}, load ${load}, Node ${process.versions.node}`;
}
