/** Gives a remote's address without the credentials that may stand in it. */
export function withoutCredentials(address: string): string {
  const match = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*@)(.*)$/is.exec(address);
  if (match === null) return address;
  const [, scheme = '', login = '', rest = ''] = match;
  // `git@` of an SSH address is no secret and part of the address; a password behind it is.
  return /^(?:git\+)?ssh:/i.test(scheme)
    ? `${scheme}${login.replace(/:.*@/, '@')}${rest}`
    : `${scheme}${rest}`;
}
