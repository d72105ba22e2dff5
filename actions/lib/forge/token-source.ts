/** What authorises requests to a forge. */
export interface TokenSource {
  token(): Promise<string>;
  /** Another token than the one that was refused; `null` where there is none to be had. */
  renew(refused: string): Promise<string | null>;
}

/** A token that was given, and that nobody can renew. */
export function givenToken(token: string): TokenSource {
  return { token: async () => token, renew: async () => null };
}
