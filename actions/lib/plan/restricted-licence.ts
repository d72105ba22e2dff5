import spdx from 'spdx-license-list';

/** In SPDX's list, and yet not for everybody: by what they are called there. */
const FOR_SOME = /non-?\s?commercial|no-?\s?derivatives|small business|limited public/i;

/** Forbids distribution for money, which its name does not say. */
const FOR_SOME_BY_ID: ReadonlySet<string> = new Set(['Aladdin']);

/**
 * Tells whether material under a licence may not be passed on to anybody: what SPDX does not list nobody else knows, and
 * some that it lists exclude commercial use or changes.
 */
export function isRestrictedLicence(id: string): boolean {
  const known = Object.hasOwn(spdx, id) ? spdx[id] : undefined;
  if (known === undefined) return true;
  return !known.osiApproved && (FOR_SOME.test(known.name) || FOR_SOME_BY_ID.has(id));
}
