/** A fake forge on loopback, for programs that run as a runner or a person would start them. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { createFakeForge, type FakeForge, type FakeForgeOptions, FILES } from './fake-forge.ts';

/** A served forge; `close` fails when something broke the forge's description. */
export interface ServedForge extends FakeForge {
  /** Address of its API. */
  readonly api: string;
  close(): Promise<void>;
}

/** Serves a forge on a free port of 127.0.0.1, by the clock of this machine. */
export async function serveForge(options: Omit<FakeForgeOptions, 'now'>): Promise<ServedForge> {
  const forge = createFakeForge({ ...options, now: Date.now });
  const server = createServer((request, response) => {
    // A break is a break here too.
    answer(forge, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    ...forge,
    api: `http://127.0.0.1:${port}/api/v3`,
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      if (forge.broken.length > 0)
        throw new Error(`the forge's description was broken: ${forge.broken.join('; ')}`);
    },
  };
}

/** What lies elsewhere has another name here, so that it is another origin. */
async function answer(forge: FakeForge, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = 'GET', url: path = '', headers } = request;
  const isFile = headers.host?.startsWith('localhost') === true;
  const body = (await buffer(request)).toString('utf8');
  const {
    status,
    headers: sent,
    body: answered,
  } = await forge.fetch(`${isFile ? FILES : `http://${headers.host}`}${path}`, {
    ...{ method, headers: headers as Record<string, string> },
    ...(body === '' ? {} : { body }),
  });
  const files = `http://localhost:${request.socket.localPort}`;
  const location = sent.get('location')?.replace(FILES, files);
  response.writeHead(status, {
    ...Object.fromEntries(sent),
    ...(location === undefined ? {} : { location }),
  });
  for await (const chunk of answered ?? []) response.write(chunk);
  response.end();
}
