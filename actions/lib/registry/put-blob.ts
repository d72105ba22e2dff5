import { checkStored, sha256 } from './content-digest.ts';
import type { RepositoryReference } from './registry.ts';
import { blobUrl, describeReference, repositoryOf, repositoryUrl } from './registry-address.ts';
import { type Answer, answerFailure, badAnswer } from './registry-failure.ts';
import type { Send } from './registry-request.ts';

/**
 * Stores a blob unless it is there; gives its digest. One POST to open an upload, one PUT with everything: the only form
 * every registry takes. Doing it again opens a new upload.
 */
export async function putBlob(send: Send, ref: RepositoryReference, bytes: Uint8Array): Promise<string> {
  const digest = sha256(bytes);
  const doing = `store blob ${digest} in ${describeReference(ref)}`;
  const scope = { ...repositoryOf(ref), actions: 'pull,push' };
  const head = await send({ method: 'HEAD', url: blobUrl(ref, digest), doing, scope });
  if (head.status === 200) {
    const size = head.headers.get('content-length');
    if (size === null || Number(size) === bytes.length) return digest;
    throw badAnswer(
      doing,
      `the registry holds that digest with ${JSON.stringify(size)} bytes instead of ${bytes.length}`,
    );
  }
  if (head.status !== 404) throw answerFailure(doing, head);

  const uploads = repositoryUrl(ref, 'blobs/uploads/');
  const opened = await send({ method: 'POST', url: uploads, doing, scope });
  if (opened.status !== 202) throw answerFailure(doing, opened);
  const stored = await send({
    method: 'PUT',
    url: uploadUrl(opened, uploads, digest, doing),
    doing,
    scope,
    headers: { 'content-type': 'application/octet-stream' },
    body: bytes,
  });
  if (stored.status !== 201) throw answerFailure(doing, stored);
  checkStored(stored, digest, doing);
  return digest;
}

function uploadUrl(opened: Answer, uploads: URL, digest: string, doing: string): URL {
  const location = URL.parse(opened.headers.get('location') ?? '', uploads.href);
  if (location === null || location.origin !== uploads.origin || location.username !== '') {
    const where = location === null ? 'nowhere' : JSON.stringify(location.origin);
    throw badAnswer(doing, `${uploads.host} sends the upload to ${where} instead of itself`, 'redirected');
  }
  location.searchParams.set('digest', digest);
  return location;
}
