import type { RepositoryReference } from './registry.ts';
import { describeReference, repositoryOf, repositoryUrl } from './registry-address.ts';
import { answerFailure } from './registry-failure.ts';
import type { Send } from './registry-request.ts';

/**
 * Makes a blob of one repository one of another of the same registry, without sending it. `false`: the registry does not
 * do that, or does not have it there.
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#mounting-a-blob-from-another-repository
 */
export async function mountBlob(
  send: Send,
  ref: RepositoryReference,
  from: RepositoryReference,
  digest: string,
): Promise<boolean> {
  const doing = `take over blob ${digest} from ${describeReference(from)} to ${describeReference(ref)}`;
  const scope = { ...repositoryOf(ref), actions: 'pull,push', from: from.repository };
  const url = repositoryUrl(ref, 'blobs/uploads/');
  url.searchParams.set('mount', digest);
  url.searchParams.set('from', from.repository);
  const answer = await send({ method: 'POST', url, doing, scope });
  if (answer.status === 201) return true;
  if (answer.status !== 202) throw answerFailure(doing, answer);
  // An upload was opened instead; it is given up, as nothing will come.
  const location = URL.parse(answer.headers.get('location') ?? '', url.href);
  if (location?.origin === url.origin) await send({ method: 'DELETE', url: location, doing, scope });
  return false;
}
