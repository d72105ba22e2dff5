/** A value of the `Authorization` header. */
export interface Grant {
  readonly header: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Keeps grants by key; whoever asks for one that is being fetched waits for the same fetch. */
export interface Grants {
  /** The grant that is held, unless it is about to expire. */
  held(key: string): Grant | undefined;
  /**
   * The grant that is held or underway, unless its header is `refused`; else a new one.
   *
   * @param fetch told the header that was held so far
   */
  obtain(
    key: string,
    refused: string | undefined,
    fetch: (old: string | undefined) => Promise<Grant | undefined>,
  ): Promise<Grant | undefined>;
}

interface Entry {
  readonly fetching: Promise<Grant | undefined>;
  /** Set once fetched. */
  grant?: Grant;
}

/** A token about to expire is not sent: the request would arrive too late. */
const MARGIN_MS = 5000;

/** Makes an empty keeper. */
export function createGrants(): Grants {
  const entries = new Map<string, Entry>();

  function held(key: string): Grant | undefined {
    const grant = entries.get(key)?.grant;
    return grant !== undefined && grant.expiresAt - MARGIN_MS > Date.now() ? grant : undefined;
  }

  function keep(key: string, fetching: Entry['fetching']): Entry['fetching'] {
    const entry: Entry = { fetching };
    entries.set(key, entry);
    // Nothing to be had, or a failure, is no answer for the next one who asks.
    const forget = () => entries.get(key) === entry && entries.delete(key);
    fetching.then((grant) => {
      if (grant === undefined) forget();
      else entry.grant = grant;
    }, forget);
    return fetching;
  }

  const obtain: Grants['obtain'] = (key, refused, fetch) => {
    const current = entries.get(key);
    const good = held(key);
    const isUnderway = current !== undefined && current.grant === undefined;
    const isUseful = isUnderway || (good !== undefined && good.header !== refused);
    if (isUseful && current !== undefined) return current.fetching;
    return keep(key, fetch(current?.grant?.header));
  };

  return { held, obtain };
}
