/** Leaves room below the 128 characters of a name for what makes it unique. */
const LONGEST = 100;

/** Returns the nearest valid image name to any text; `image` when nothing of it can stay. */
export function toImageName(text: string): string {
  const name = text
    .normalize('NFKD')
    // Accents, which NFKD has parted from their letters.
    .replace(/\p{Mark}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/[._-]*-[._-]*|[._]{2,}/g, '-')
    .slice(0, LONGEST)
    .replace(/^[._-]+|[._-]+$/g, '');
  if (name === '') return 'image';
  // Plans are stored under this name.
  return name === 'darkroom' ? 'darkroom-image' : name;
}
