/** What a registry asks for before it answers: https://www.rfc-editor.org/rfc/rfc9110#field.www-authenticate */
export type Challenge =
  | { readonly scheme: 'basic' }
  /** A token from `realm`: https://distribution.github.io/distribution/spec/auth/token/ */
  | { readonly scheme: 'bearer'; readonly realm: string; readonly service?: string };

/** Reads a `WWW-Authenticate` header; a token is preferred to a password. Nothing where it asks for neither. */
export function parseChallenge(header: string | null): Challenge | undefined {
  const text = header ?? '';
  const bearer = /(?:^|,)\s*Bearer\s+(.*)$/i.exec(text)?.[1];
  const values = new Map<string, string>();
  for (const [, name = '', quoted, bare] of (bearer ?? '').matchAll(
    /([A-Za-z_]+)=(?:"([^"]*)"|([^\s,"]+))/g,
  )) {
    // The first one: another challenge may follow, with a realm of its own.
    if (!values.has(name.toLowerCase())) values.set(name.toLowerCase(), quoted ?? bare ?? '');
  }
  const realm = values.get('realm');
  const service = values.get('service');
  if (realm !== undefined) return { scheme: 'bearer', realm, ...(service === undefined ? {} : { service }) };
  return /(?:^|,)\s*Basic(?:\s|$)/i.test(text) ? { scheme: 'basic' } : undefined;
}
