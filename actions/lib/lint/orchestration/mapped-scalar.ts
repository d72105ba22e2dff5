import type { MappedText } from '../mapped-text.ts';
import type { PlacedText } from './config-value.ts';

/** A script that stands in a YAML file, with where its lines stand there; `${{ … }}` of a workflow as a variable. */
export function mappedScalar({ text, start, end }: PlacedText, source: string): MappedText {
  const offsets: number[] = [];
  let from = start;
  for (const line of text.split('\n')) {
    const found = source.indexOf(line, from);
    const isFound = found !== -1 && found + line.length <= end;
    if (isFound && line !== '') from = found;
    for (let at = 0; at < line.length; at++) offsets.push(isFound ? from + at : from);
    if (isFound) from += line.length;
    offsets.push(from);
  }
  const shown = text.replace(/\$\{\{.*?\}\}/gs, (whole) =>
    whole.includes('\n') ? whole : `\${${'X'.repeat(Math.max(whole.length - 3, 1))}}`,
  );
  return { text: shown, offsets };
}
