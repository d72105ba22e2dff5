const LONGEST = 80;
/** Control and direction marks that JSON leaves as they are, and that a terminal would obey. */
const UNSEEN = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** A password in an address: messages end up in public logs. */
const PASSWORD = /(:\/\/[^\s/:@]*:)[^\s/@]+(?=@)/g;

/** Returns a value of a file in double quotes for an error text: one line, visible characters only, no password, cut when long. */
export function quote(text: string): string {
  const open = text.replace(PASSWORD, '$1***');
  const shown = open.length > LONGEST ? `${open.slice(0, LONGEST - 1)}…` : open;
  return JSON.stringify(shown).replace(
    UNSEEN,
    (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
