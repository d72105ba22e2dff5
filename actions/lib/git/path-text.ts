/**
 * Paths as text without loss. Git's paths are bytes; a byte that is not part of valid UTF-8 stands as the lone
 * surrogate U+DC00 + byte (U+DC80–U+DCFF), which valid UTF-8 never decodes to.
 */
import { isUtf8 } from 'node:buffer';

const SURROGATE_BASE = 0xdc00;
const FIRST_SURROGATE = 0xd800;

/** Decodes bytes so that `encodePath` gives them back; also whole listings, since ASCII stays what it is. */
export function decodePath(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isUtf8(buffer)) return buffer.toString('utf8');
  let text = '';
  let validFrom = 0;
  let at = 0;
  while (at < buffer.length) {
    const length = sequenceLength(buffer, at);
    if (length === 0) {
      text +=
        buffer.toString('utf8', validFrom, at) + String.fromCharCode(SURROGATE_BASE + (buffer[at] ?? 0));
      validFrom = at + 1;
    }
    at += length || 1;
  }
  return text + buffer.toString('utf8', validFrom);
}

/**
 * Encodes a path to the bytes it stands for.
 * @throws RangeError when it holds a lone surrogate outside U+DC80–U+DCFF, which stands for no byte
 */
export function encodePath(path: string): Buffer {
  if (path.isWellFormed()) return Buffer.from(path, 'utf8');
  const parts: Buffer[] = [];
  for (const character of path) {
    const code = character.codePointAt(0) ?? 0;
    if (code < FIRST_SURROGATE || code > 0xdfff) parts.push(Buffer.from(character, 'utf8'));
    else if (code >= 0xdc80 && code <= 0xdcff) parts.push(Buffer.from([code - SURROGATE_BASE]));
    else
      throw new RangeError(
        `"${path.toWellFormed()}" holds U+${code.toString(16).toUpperCase()}, which stands for no byte`,
      );
  }
  return Buffer.concat(parts);
}

/** Orders two paths by their bytes, as git does; text order differs beyond U+D7FF. */
export function comparePaths(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  let at = 0;
  while (at < shorter && a.charCodeAt(at) === b.charCodeAt(at)) at += 1;
  if (at === shorter) return a.length - b.length;
  const unitA = a.charCodeAt(at);
  const unitB = b.charCodeAt(at);
  if (unitA < FIRST_SURROGATE && unitB < FIRST_SURROGATE) return unitA - unitB;
  return Buffer.compare(encodePath(a), encodePath(b));
}

/** Length of the valid UTF-8 sequence at a position; 0 when there is none (Unicode 15, table 3-7). */
function sequenceLength(buffer: Buffer, at: number): number {
  const first = buffer[at] ?? 0;
  if (first < 0x80) return 1;
  const length =
    first >= 0xc2 && first <= 0xdf
      ? 2
      : first >= 0xe0 && first <= 0xef
        ? 3
        : first >= 0xf0 && first <= 0xf4
          ? 4
          : 0;
  if (length === 0 || at + length > buffer.length) return 0;
  return isUtf8(buffer.subarray(at, at + length)) ? length : 0;
}
