import type { RepositoryReference } from './registry.ts';
import { describeReference, repositoryUrl } from './registry-address.ts';
import { type Answer, answerFailure, badAnswer } from './registry-failure.ts';
import type { Send } from './registry-request.ts';

/** A million tags; a registry that lists more pages is not believed. */
const MAX_PAGES = 1000;
const MAX_PAGE_BYTES = 8 * 1024 * 1024;

/** Lists every tag of a repository, page by page; empty where the repository does not exist. */
export async function listTags(send: Send, ref: RepositoryReference): Promise<string[]> {
  const doing = `list the tags of ${describeReference(ref)}`;
  const scope = { registry: ref.registry, repository: ref.repository, actions: 'pull' };
  const first = repositoryUrl(ref, 'tags/list?n=1000');
  const tags: string[] = [];
  const seen = new Set<string>();
  let url: URL | undefined = first;
  while (url !== undefined) {
    if (seen.has(url.href) || seen.size === MAX_PAGES)
      throw badAnswer(doing, 'its list of pages does not end');
    seen.add(url.href);
    const answer: Answer = await send({ method: 'GET', url, doing, scope, maxBytes: MAX_PAGE_BYTES });
    if (answer.status === 404 && url === first) return [];
    if (answer.status !== 200) throw answerFailure(doing, answer);
    tags.push(...tagsOf(answer.body, doing));
    url = nextPage(answer, first, doing);
  }
  return tags;
}

function tagsOf(body: Buffer, doing: string): readonly string[] {
  const tags = parseTags(body);
  if (tags === undefined) throw badAnswer(doing, 'the answer is no list of tags');
  return tags;
}

function parseTags(body: Buffer): readonly string[] | undefined {
  try {
    const tags = (JSON.parse(body.toString('utf8')) as { tags?: unknown } | null)?.tags;
    if (tags === null) return [];
    return Array.isArray(tags) && tags.every((tag) => typeof tag === 'string') ? tags : undefined;
  } catch {
    return undefined;
  }
}

/** https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags */
function nextPage(answer: Answer, first: URL, doing: string): URL | undefined {
  const target = /<([^>]*)>\s*;\s*rel="?next"?/i.exec(answer.headers.get('link') ?? '')?.[1];
  if (target === undefined) return undefined;
  const url = URL.parse(target, answer.url.href);
  if (url === null || url.origin !== first.origin || url.pathname !== first.pathname) {
    throw badAnswer(doing, `its next page is said to be at ${JSON.stringify(target)}`, 'redirected');
  }
  return url;
}
