import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** One request that went through. */
export interface Passed {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Milliseconds, on the clock of `performance.now()`: when it came, and when it was answered. */
  readonly from: number;
  readonly to: number;
  /** Bytes of the bodies: what the client got, and what it sent. */
  readonly pulled: number;
  readonly pushed: number;
}

/** A proxy in front of a registry that counts what passes. */
export interface CountingProxy {
  /** `127.0.0.1:<port>` */
  readonly address: string;
  /** Gives what passed since the last call. */
  take(): readonly Passed[];
  close(): void;
}

/** Starts a proxy in front of `registry` (`host:port`). Registries name themselves as they were called, so clients stay on it. */
export async function startCountingProxy(registry: string): Promise<CountingProxy> {
  let passed: Passed[] = [];
  const agent = new Agent({ keepAlive: true });
  const server = createServer((incoming, outgoing) => {
    pass(registry, agent, incoming, outgoing).then(
      (one) => passed.push(one),
      // A client that hangs up is its own affair.
      () => outgoing.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    take: () => {
      const taken = passed;
      passed = [];
      return taken;
    },
    close: () => {
      agent.destroy();
      server.closeAllConnections();
      server.close();
    },
  };
}

async function pass(
  registry: string,
  agent: Agent,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<Passed> {
  const { method = 'GET', url: path = '/', headers } = incoming;
  const from = performance.now();
  const [host, port] = registry.split(':');
  const forwarded = request({ agent, host, port, method, path, headers });
  const sent = countBytes();
  const answered = new Promise<IncomingMessage>((resolve, reject) =>
    forwarded.on('response', resolve).on('error', reject),
  );
  const sending = pipeline(incoming, sent.stream, forwarded);
  const [answer] = await Promise.all([answered, sending]);
  const status = answer.statusCode ?? 502;
  outgoing.writeHead(status, answer.headers);
  const got = countBytes();
  await pipeline(answer, got.stream, outgoing);
  const to = performance.now();
  return { method, path, status, from, to, pulled: got.bytes(), pushed: sent.bytes() };
}

function countBytes(): { readonly stream: Transform; readonly bytes: () => number } {
  let bytes = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _, done) {
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  return { stream, bytes: () => bytes };
}
