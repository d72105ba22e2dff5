/** Speaks the OCI distribution API over `fetch`, politely, and with logins where a registry asks for one. */
import { DarkroomError } from '../errors/darkroom-error.ts';
import { checkStored, corrupted, digestMismatch, sha256 } from './content-digest.ts';
import { ANONYMOUS, type CredentialSource } from './credentials.ts';
import { createExchange } from './http-exchange.ts';
import { listTags } from './list-tags.ts';
import { ACCEPT_MANIFESTS, isManifestType, MAX_MANIFEST_BYTES, parseManifest } from './manifest-document.ts';
import { mountBlob } from './mount-blob.ts';
import { createPatience } from './polite-retry.ts';
import { probeRegistry } from './probe-registry.ts';
import { putBlob } from './put-blob.ts';
import type {
  Manifest,
  ManifestHead,
  ManifestReference,
  RegistryClient,
  RepositoryReference,
} from './registry.ts';
import { blobUrl, describeReference, isDigest, manifestUrl, repositoryOf } from './registry-address.ts';
import { type Answer, answerFailure, badAnswer } from './registry-failure.ts';
import { createSender, type RegistryRequest, type Send } from './registry-request.ts';
import { createSecrets } from './secrets.ts';

/** What a client may be given; by default it asks without logins. */
export interface RegistryClientOptions {
  /** Logins for registries that ask for one. */
  readonly credentials?: CredentialSource;
  /** Told every secret before it is first used. */
  readonly mask?: (secret: string) => void;
  /** Told once for every wait, in one line: what failed and when it is tried again. */
  readonly onRetry?: (line: string) => void;
  /** Called before something is first stored in a repository: some registries have none until it is made. */
  readonly ensureRepository?: (ref: RepositoryReference) => Promise<void>;
  readonly fetch?: typeof fetch;
  /** Limit of one request with its whole answer, in milliseconds; default one minute. */
  readonly timeoutMs?: number;
  readonly sleep?: (ms: number) => Promise<unknown>;
}

/** Makes a client; it keeps connections, logins and tokens for as long as it is used. */
export function createRegistryClient(options: RegistryClientOptions = {}): RegistryClient {
  const fetcher = options.fetch ?? fetch;
  const secrets = createSecrets(options.mask ?? (() => undefined));
  const { inTurn, politely } = createPatience({
    sleep: options.sleep,
    onRetry: (line) => options.onRetry?.(secrets.scrub(line)),
  });
  const exchange = createExchange({ fetch: fetcher, timeoutMs: options.timeoutMs ?? 60_000, inTurn });
  const send = createSender(exchange, options.credentials ?? ANONYMOUS, secrets);
  const ensureRepository = async (ref: RepositoryReference) => options.ensureRepository?.(repositoryOf(ref));

  /** Every operation may be done again as a whole: what it stores is named by its content, or replaced. */
  async function again<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await politely(work);
    } catch (error) {
      throw secrets.scrubError(error);
    }
  }

  return {
    headManifest: (ref) => again(() => headManifest(send, ref)),
    getManifest: (ref) => again(() => getManifest(send, ref)),
    getBlob: (ref, digest, limits) => again(() => getBlob(send, ref, digest, limits.maxBytes)),
    async putBlob(ref, bytes) {
      await ensureRepository(ref);
      return again(() => putBlob(send, ref, bytes));
    },
    async mountBlob(ref, from, digest) {
      await ensureRepository(ref);
      return again(() => mountBlob(send, ref, from, digest));
    },
    async putManifest(ref, bytes, mediaType) {
      await ensureRepository(ref);
      return again(() => putManifest(send, ref, bytes, mediaType));
    },
    deleteManifest: (ref, digest, mayGo = async () => true) =>
      again(async () => (await mayGo()) && deleteManifest(send, ref, digest)),
    copyManifestTag: (ref, tag) => again(() => copyManifestTag(send, ref, tag)),
    // Page by page: a list of many pages would rarely come through in one go.
    listTags: (ref) => listTags((request) => again(() => send(request)), ref),
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
  if (stated !== undefined && stated !== digest) throw corrupted(request.doing, answer, stated, digest);
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
  if (actual !== digest) throw corrupted(doing, answer, digest, actual);
  return answer.body;
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
