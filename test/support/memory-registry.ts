/** A registry in memory behind the client's port, for tests that ask it very often; it can die at any request. */
import { createHash } from 'node:crypto';
import { parseManifest } from '../../actions/lib/registry/manifest-document.ts';
import type {
  ManifestReference,
  RegistryClient,
  RepositoryReference,
} from '../../actions/lib/registry/registry.ts';

/** A registry and how a test looks at it. */
export interface MemoryRegistry {
  readonly client: RegistryClient;
  /** Every manifest as `repository@digest`. */
  manifests(): ReadonlySet<string>;
  /** Every tag as `repository:tag`, with its digest. */
  tags(): ReadonlyMap<string, string>;
  /** Whether a manifest and everything it names are there. */
  isWhole(repository: string, digest: string): boolean;
  /**
   * The same registry for a process that dies with a request: with the one of that number, before it arrives or before its
   * answer does, and with every later one.
   */
  dying(request: number, when: 'before' | 'after'): RegistryClient;
}

/** Thrown where a process would be dead. */
export class Killed extends Error {}

/** Makes an empty one. */
export function createMemoryRegistry(): MemoryRegistry {
  const manifests = new Map<string, { bytes: Buffer; mediaType: string }>();
  const blobs = new Map<string, Buffer>();
  const tags = new Map<string, string>();
  const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  const find = ({ repository, tag, digest }: ManifestReference) => {
    const named = digest ?? tags.get(`${repository}:${tag}`);
    const manifest = named === undefined ? undefined : manifests.get(`${repository}@${named}`);
    return named === undefined || manifest === undefined ? null : { digest: named, ...manifest };
  };
  const documentOf = (bytes: Buffer, mediaType: string) => {
    const parsed = parseManifest(bytes, mediaType);
    if ('fault' in parsed) throw new Error(parsed.fault);
    return parsed.document;
  };
  const put = ({ repository, tag }: ManifestReference, bytes: Uint8Array, mediaType: string) => {
    documentOf(Buffer.from(bytes), mediaType);
    const digest = digestOf(bytes);
    manifests.set(`${repository}@${digest}`, { bytes: Buffer.from(bytes), mediaType });
    if (tag !== undefined) tags.set(`${repository}:${tag}`, digest);
    return digest;
  };
  const isWhole = (repository: string, digest: string): boolean => {
    const found = manifests.get(`${repository}@${digest}`);
    if (found === undefined) return false;
    const document = documentOf(found.bytes, found.mediaType);
    if (document.kind === 'index') return document.manifests.every((one) => isWhole(repository, one.digest));
    return [document.config, ...document.layers].every((one) => blobs.has(`${repository}@${one.digest}`));
  };
  const client: RegistryClient = {
    async headManifest(ref) {
      const found = find(ref);
      return found && { digest: found.digest, mediaType: found.mediaType, size: found.bytes.length };
    },
    async getManifest(ref) {
      const found = find(ref);
      return found && { ...found, document: documentOf(found.bytes, found.mediaType) };
    },
    async getBlob({ repository }, digest) {
      const blob = blobs.get(`${repository}@${digest}`);
      if (blob === undefined) throw new Error(`no blob ${digest} in ${repository}`);
      return blob;
    },
    async putBlob({ repository }: RepositoryReference, bytes) {
      blobs.set(`${repository}@${digestOf(bytes)}`, Buffer.from(bytes));
      return digestOf(bytes);
    },
    async mountBlob({ repository }, from, digest) {
      const blob = blobs.get(`${from.repository}@${digest}`);
      if (blob !== undefined) blobs.set(`${repository}@${digest}`, blob);
      return blob !== undefined;
    },
    putManifest: async (ref, bytes, mediaType) => put(ref, bytes, mediaType),
    async copyManifestTag(ref, tag) {
      const found = find(ref);
      if (found === null) throw new Error(`nothing at ${ref.repository}@${ref.digest}`);
      return put({ ...ref, tag }, found.bytes, found.mediaType);
    },
    async deleteManifest({ repository }, digest, mayGo) {
      if (mayGo !== undefined && !(await mayGo())) return false;
      for (const [name, named] of tags) {
        if (named === digest && name.startsWith(`${repository}:`)) tags.delete(name);
      }
      return manifests.delete(`${repository}@${digest}`);
    },
    listTags: async ({ repository }) =>
      [...tags.keys()].flatMap((name) =>
        name.startsWith(`${repository}:`) ? [name.slice(repository.length + 1)] : [],
      ),
    probe: async () => ({ answers: true, time: null }),
  };
  return {
    client,
    manifests: () => new Set(manifests.keys()),
    tags: () => tags,
    isWhole,
    dying: (request, when) => dyingClient(client, request, when),
  };
}

function dyingClient(client: RegistryClient, request: number, when: 'before' | 'after'): RegistryClient {
  let left = request;
  const mortal = <A extends readonly unknown[], T>(call: (...args: A) => Promise<T>) => {
    return async (...args: A): Promise<T> => {
      left -= 1;
      if (left < 0 || (left === 0 && when === 'before')) throw new Killed();
      const answer = await call(...args);
      if (left <= 0) throw new Killed();
      return answer;
    };
  };
  return {
    ...client,
    headManifest: mortal(client.headManifest),
    getManifest: mortal(client.getManifest),
    getBlob: mortal(client.getBlob),
    putBlob: mortal(client.putBlob),
    putManifest: mortal(client.putManifest),
    copyManifestTag: mortal(client.copyManifestTag),
    deleteManifest: mortal(client.deleteManifest),
    listTags: mortal(client.listTags),
  };
}
