/** How a person asks to stop: politely, then at once. */
export interface StopRequests {
  readonly stop: AbortSignal;
  readonly kill: AbortSignal;
}

/** Signals that ask a command to end, with the code it then ends with. */
const CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** Signals of this process as requests to stop. */
export interface SignalRequests extends StopRequests {
  /** What the process should end with; `null` while nobody asked. */
  exitCode(): 130 | 143 | null;
  /** Signals mean again what they meant before. */
  release(): void;
}

/** Takes the first Ctrl-C or SIGTERM as the wish to stop, the second of the same kind as the wish not to wait. */
export function stopOnSignals(): SignalRequests {
  const [stop, kill] = [new AbortController(), new AbortController()];
  const seen = new Set<string>();
  let exitCode: 130 | 143 | null = null;
  const onSignal = (signal: 'SIGINT' | 'SIGTERM'): void => {
    if (seen.has(signal)) kill.abort();
    seen.add(signal);
    exitCode ??= CODES[signal];
    stop.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return {
    ...{ stop: stop.signal, kill: kill.signal },
    exitCode: () => exitCode,
    release: () => void process.off('SIGINT', onSignal).off('SIGTERM', onSignal),
  };
}
