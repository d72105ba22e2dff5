/** Shows what a publish came to. Pure. */
import type { PublishResult } from '../publish/publish-plan.ts';
import { markdownTable } from './text-table.ts';

/** Says it in one sentence. */
export function publishSentence(target: string, { outcome, tags, moved }: PublishResult): string {
  if (outcome === 'superseded') return 'Nothing was published: something newer was already.';
  if (outcome === 'rolled-back') return 'Nothing was published: this was rolled back.';
  if (moved.length === 0) return `Every tag stands where it should at ${target}: ${count(tags.length)}.`;
  return `${count(moved.length)} of ${tags.length} moved at ${target}.`;
}

/** The same as Markdown, with a table of the tags that moved. */
export function publishMarkdown(target: string, result: PublishResult): string {
  const rows = result.moved.map(({ image, tag, from, to }) => [
    `${image}:${tag}`,
    from === null ? 'new' : shorten(from),
    shorten(to),
  ]);
  const table = rows.length === 0 ? '' : `\n${markdownTable(['tag', 'stood at', 'stands at'], rows)}\n`;
  const notices = result.notices.map((notice) => `\n> ${notice}\n`).join('');
  return `### ${publishSentence(target, result)}\n${notices}${table}`;
}

/** Every published image by its name, for machines. The tag that is named first is the one it is best known by. */
export function publishedImages(
  target: string,
  tags: PublishResult['tags'],
): Record<string, { readonly ref: string; readonly digest: string }> {
  const images = tags.map(
    ({ image, tag, to }) => [image, { ref: `${target}/${image}:${tag}`, digest: to }] as const,
  );
  return Object.fromEntries(images.reverse());
}

function count(tags: number): string {
  return tags === 1 ? '1 tag' : `${tags} tags`;
}

function shorten(digest: string): string {
  return digest.slice('sha256:'.length, 'sha256:'.length + 12);
}
