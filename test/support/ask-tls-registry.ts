/** Program: stores a blob in the registry `registry.test:<first argument>`, a name for this machine, and prints its digest or what went wrong. */
import dns from 'node:dns';
import { createRegistryClient } from '../../actions/lib/registry/registry-client.ts';

const { lookup } = dns;
dns.lookup = ((host: string, ...rest: never[]) =>
  (lookup as (...all: unknown[]) => void)(
    host === 'registry.test' ? '127.0.0.1' : host,
    ...rest,
  )) as typeof lookup;

let retries = 0;
const client = createRegistryClient({
  credentials: { find: async () => ({ username: 'ann', password: 'correct horse', from: 'the test' }) },
  sleep: async () => undefined,
  onRetry: () => {
    retries++;
  },
});
const repository = { registry: `registry.test:${process.argv[2]}`, repository: 'acme/tools' };
const outcome = await client
  .putBlob(repository, Buffer.from('over TLS'))
  .catch((error: unknown) => String(error));
process.stdout.write(JSON.stringify({ outcome, retries }));
