/** Where photographs and scenes lie: a folder of this machine, or a place in S3. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Problem } from '../errors/darkroom-error.ts';

/** A folder of this machine, or a place in S3. */
export type ScenePlace =
  | { readonly kind: 'folder' /** Absolute. */; readonly path: string }
  | { readonly kind: 's3' /** `s3://bucket[/prefix]`, no slash at its end. */; readonly url: string };

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html; other endpoints take no more. */
const S3 = /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?<prefix>(?:\/[^/]+)*)$/;
const CONTROL = /[\u0000-\u001F\u007F]/;

/**
 * Reads a folder (relative to `directory`), a `file://` or an `s3://` URL.
 * @param name what the person calls it, for the problem's text
 */
export function parsePlace(name: string, text: string, directory: string): ScenePlace | Problem {
  const wrong = (expected: string): Problem => {
    return { code: `scene/bad-${name}`, message: `"${name}" is ${JSON.stringify(text)}; ${expected}.` };
  };
  if (text === '' || CONTROL.test(text)) return wrong('expected a folder or a URL "s3://bucket/prefix"');
  const scheme = /^(?<scheme>[a-z][a-z0-9+.-]*):\/\//i.exec(text)?.groups?.scheme?.toLowerCase();
  if (scheme === undefined) return { kind: 'folder', path: path.resolve(directory, text) };
  if (scheme === 'file') {
    const file = filePath(text);
    return file === null ? wrong('expected "file:///" and an absolute path') : { kind: 'folder', path: file };
  }
  if (scheme !== 's3') return wrong('expected a folder, "file:///…" or "s3://bucket/prefix"');
  const url = text.replace(/\/+$/, '');
  const prefix = S3.exec(url)?.groups?.prefix;
  if (prefix === undefined || prefix.split('/').some((part) => part === '.' || part === '..')) {
    return wrong('expected "s3://bucket" or "s3://bucket/prefix"');
  }
  return { kind: 's3', url };
}

/** A place below another: a path or a URL, as a person would open it. */
export function placeBelow(place: ScenePlace, ...parts: readonly string[]): string {
  return place.kind === 's3' ? [place.url, ...parts].join('/') : path.join(place.path, ...parts);
}

/** Whether one place is the other. */
export function isSamePlace(one: ScenePlace, other: ScenePlace): boolean {
  return placeBelow(one) === placeBelow(other);
}

function filePath(url: string): string | null {
  try {
    return fileURLToPath(url).replace(/(?<=.)\/+$/, '');
  } catch {
    return null;
  }
}
