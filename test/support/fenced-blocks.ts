/** A block between fences on a page. */
export interface FencedBlock {
  /** Path of the page and the line after the fence, as `README.md:12`. */
  readonly place: string;
  readonly page: string;
  /** What stands behind the fence; empty where nothing does. */
  readonly language: string;
  /** Without the indentation that the fence has. */
  readonly text: string;
}

/** The fenced blocks of a page, also those in lists. @throws Error where a fence is not closed */
export function fencedBlocks(page: string, markdown: string): readonly FencedBlock[] {
  const lines = markdown.split('\n');
  const blocks: FencedBlock[] = [];
  for (let at = 0; at < lines.length; at++) {
    const fence = /^(?<indent>\s*)(?<marks>`{3,}|~{3,})(?<language>.*)$/.exec(lines[at] ?? '')?.groups;
    if (fence === undefined) continue;
    const { indent = '', marks = '', language = '' } = fence;
    const from = at + 1;
    do at++;
    while (at < lines.length && lines[at]?.trim() !== marks);
    if (at === lines.length) throw new Error(`${page}:${from}: the fence is not closed`);
    const inside = lines
      .slice(from, at)
      .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line));
    blocks.push({
      place: `${page}:${from + 1}`,
      page,
      language: language.trim(),
      text: `${inside.join('\n')}\n`,
    });
  }
  return blocks;
}
