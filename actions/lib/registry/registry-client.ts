/** Speaks the OCI distribution API over `fetch`, without credentials: public content and registries that ask for none. */
import { createHash } from 'node:crypto';
import { DarkroomError } from '../errors/darkroom-error.ts';
import { listTags } from './list-tags.ts';
import { ACCEPT_MANIFESTS, isManifestType, MAX_MANIFEST_BYTES, parseManifest } from './manifest-document.ts';
import { probeRegistry } from './probe-registry.ts';
import type {
  Manifest,
  ManifestHead,
  ManifestReference,
  RegistryClient,
  RepositoryReference,
} from './registry.ts';
import { blobUrl, describeReference, isDigest, manifestUrl, repositoryUrl } from './registry-address.ts';
import { type Answer, answerFailure, badAnswer } from './registry-failure.ts';
import { createSender, type RegistryRequest, type Send } from './registry-request.ts';

/** Makes a client; it keeps connections and anonymous tokens for as long as it is used. */
export function createRegistryClient(
  options: {
    readonly fetch?: typeof fetch;
    /** Limit of one request with its whole answer, in milliseconds; default one minute. */
    readonly timeoutMs?: number;
  } = {},
): RegistryClient {
  const fetcher = options.fetch ?? fetch;
  const send = createSender({ fetch: fetcher, timeoutMs: options.timeoutMs ?? 60_000 });
  return {
    headManifest: (ref) => headManifest(send, ref),
    getManifest: (ref) => getManifest(send, ref),
    getBlob: (ref, digest, limits) => getBlob(send, ref, digest, limits.maxBytes),
    putBlob: (ref, bytes) => putBlob(send, ref, bytes),
    putManifest: (ref, bytes, mediaType) => putManifest(send, ref, bytes, mediaType),
    deleteManifest: (ref, digest) => deleteManifest(send, ref, digest),
    copyManifestTag: (ref, tag) => copyManifestTag(send, ref, tag),
    listTags: (ref) => listTags(send, ref),
    probe: (registry) => probeRegistry(fetcher, registry),
  };
}

async function headManifest(send: Send, ref: ManifestReference): Promise<ManifestHead | null> {
  const request = manifestRequest('HEAD', ref);
  const answer = await send(request);
  if (answer.status === 404) return null;
  if (answer.status !== 200) throw answerFailure(request.doing, answer);
  const mediaType = manifestTypeOf(answer, request.doing);
  const digest = statedDigest(answer, ref, request.doing);
  const size = Number(answer.headers.get('content-length') ?? Number.NaN);
  if (digest !== undefined && Number.isSafeInteger(size) && size > 0) return { digest, mediaType, size };
  // Neither header is mandatory: without them only the content itself tells.
  const manifest = await getManifest(send, ref);
  if (manifest === null) return null;
  return { digest: manifest.digest, mediaType: manifest.mediaType, size: manifest.bytes.length };
}

async function getManifest(send: Send, ref: ManifestReference): Promise<Manifest | null> {
  const request = manifestRequest('GET', ref);
  const answer = await send(request);
  if (answer.status === 404) return null;
  if (answer.status !== 200) throw answerFailure(request.doing, answer);
  const mediaType = manifestTypeOf(answer, request.doing);
  const digest = sha256(answer.body);
  const stated = statedDigest(answer, ref, request.doing) ?? ref.digest;
  if (stated !== undefined && stated !== digest) throw digestMismatch(request.doing, stated, digest);
  const parsed = parseManifest(answer.body, mediaType);
  if ('fault' in parsed) throw badAnswer(request.doing, `what came is no valid manifest: ${parsed.fault}`);
  return { digest, mediaType, bytes: answer.body, document: parsed.document };
}

async function getBlob(
  send: Send,
  ref: RepositoryReference,
  digest: string,
  maxBytes: number,
): Promise<Buffer> {
  const doing = `read blob ${digest} of ${describeReference(ref)}`;
  const answer = await send({
    method: 'GET',
    url: blobUrl(ref, digest),
    doing,
    scope: { ...repositoryOf(ref), actions: 'pull' },
    maxBytes,
  });
  if (answer.status !== 200) throw answerFailure(doing, answer);
  const actual = sha256(answer.body);
  if (actual !== digest) throw digestMismatch(doing, digest, actual);
  return answer.body;
}

/** One POST to open an upload, one PUT with everything: the only form every registry takes. */
async function putBlob(send: Send, ref: RepositoryReference, bytes: Uint8Array): Promise<string> {
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

async function putManifest(
  send: Send,
  ref: ManifestReference,
  bytes: Uint8Array,
  mediaType: string,
): Promise<string> {
  const digest = sha256(bytes);
  const target = ref.tag === undefined ? { ...ref, digest } : { ...repositoryOf(ref), tag: ref.tag };
  const doing = `store manifest ${describeReference(target)}`;
  const parsed = isManifestType(mediaType)
    ? parseManifest(bytes, mediaType)
    : { fault: `"${mediaType}" is no manifest's type` };
  if ('fault' in parsed) throw badAnswer(doing, `it would be refused: ${parsed.fault}`, 'bad-manifest');
  if (ref.digest !== undefined && ref.digest !== digest) throw digestMismatch(doing, ref.digest, digest);
  const answer = await send({
    method: 'PUT',
    url: manifestUrl(target),
    doing,
    scope: { ...repositoryOf(ref), actions: 'pull,push' },
    headers: { 'content-type': mediaType },
    body: bytes,
  });
  if (answer.status !== 201) throw answerFailure(doing, answer);
  checkStored(answer, digest, doing);
  return digest;
}

async function deleteManifest(send: Send, ref: RepositoryReference, digest: string): Promise<boolean> {
  const target = { ...repositoryOf(ref), digest };
  const doing = `delete manifest ${describeReference(target)}`;
  const scope = { ...repositoryOf(ref), actions: 'pull,delete' };
  const answer = await send({ method: 'DELETE', url: manifestUrl(target), doing, scope });
  if (answer.status === 404) return false;
  if (answer.status !== 202 && answer.status !== 200) throw answerFailure(doing, answer);
  return true;
}

async function copyManifestTag(send: Send, ref: ManifestReference, tag: string): Promise<string> {
  const manifest = await getManifest(send, ref);
  if (manifest === null) {
    throw new DarkroomError({
      code: 'registry/not-found',
      message: `Cannot tag ${describeReference(ref)} as ${JSON.stringify(tag)}: the registry does not hold it.`,
    });
  }
  return putManifest(send, { ...repositoryOf(ref), tag }, manifest.bytes, manifest.mediaType);
}

function manifestRequest(method: 'GET' | 'HEAD', ref: ManifestReference): RegistryRequest {
  return {
    method,
    url: manifestUrl(ref),
    doing: `read manifest ${describeReference(ref)}`,
    scope: { ...repositoryOf(ref), actions: 'pull' },
    headers: { accept: ACCEPT_MANIFESTS },
    maxBytes: MAX_MANIFEST_BYTES,
  };
}

/** A login page is also "200": only what calls itself a manifest is one. */
function manifestTypeOf(answer: Answer, doing: string): string {
  const mediaType = (answer.headers.get('content-type') ?? '').split(';', 1)[0]?.trim() ?? '';
  if (isManifestType(mediaType)) return mediaType;
  throw badAnswer(
    doing,
    `${answer.url.host} answered ${JSON.stringify(mediaType)} instead of an image manifest or index`,
  );
}

/** The digest an answer states, if it states one; it must be the one that was asked for. */
function statedDigest(answer: Answer, ref: ManifestReference, doing: string): string | undefined {
  const stated = answer.headers.get('docker-content-digest');
  if (stated === null) return undefined;
  if (!isDigest(stated))
    throw badAnswer(doing, `its digest ${JSON.stringify(stated)} is not "sha256:" and 64 hex digits`);
  if (ref.digest !== undefined && stated !== ref.digest) throw digestMismatch(doing, ref.digest, stated);
  return stated;
}

function checkStored(answer: Answer, digest: string, doing: string): void {
  const stated = answer.headers.get('docker-content-digest');
  if (stated !== null && stated !== digest) throw digestMismatch(doing, digest, stated);
}

function digestMismatch(doing: string, expected: string, actual: string): DarkroomError {
  return badAnswer(doing, `expected digest ${expected}, got ${JSON.stringify(actual)}`, 'digest-mismatch');
}

function repositoryOf(ref: RepositoryReference): RepositoryReference {
  return { registry: ref.registry, repository: ref.repository };
}

function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
