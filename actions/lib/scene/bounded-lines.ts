import { StringDecoder } from 'node:string_decoder';

/**
 * Cuts bytes into lines, holding no more than one line of `longest` characters: whoever writes may never end a line.
 * Gives `null` in place of a line that is longer. The last line needs no end.
 */
export async function* boundedLines(
  chunks: AsyncIterable<Uint8Array | string>,
  longest: number,
): AsyncGenerator<string | null> {
  const decoder = new StringDecoder('utf8');
  let line = '';
  let isTooLong = false;
  for await (const chunk of chunks) {
    const text = typeof chunk === 'string' ? chunk : decoder.write(chunk);
    let from = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', from)) {
      line += text.slice(from, end);
      yield isTooLong || line.length > longest ? null : line.replace(/\r$/, '');
      [line, isTooLong, from] = ['', false, end + 1];
    }
    line += text.slice(from);
    if (line.length > longest) [line, isTooLong] = ['', true];
  }
  if (isTooLong) yield null;
  else if (line !== '') yield line;
}
