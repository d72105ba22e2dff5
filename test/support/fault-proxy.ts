/** An HTTP proxy on loopback in front of a real registry: does damage by rule and counts requests and bytes. */
import { Agent, createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

/** What happens to a request instead of being passed on, or to its answer. */
export type Damage =
  /** This answer; the registry does not see the request. */
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  /** The connection is reset before an answer; the registry does not see the request. */
  | 'reset'
  /** No answer, ever; the registry does not see the request. */
  | 'hang'
  /** The registry gets half of the request's body, then both connections break. */
  | 'reset-upload'
  /** The registry does what it was asked to; the connection is reset before its answer gets through. */
  | 'lose-answer'
  /** Half of the answer's body, then the connection is reset. */
  | 'reset-answer'
  /** Half of the answer's body, then the connection is closed as if all was well. */
  | 'truncate'
  /** The whole answer with one byte changed. */
  | 'corrupt'
  /** The answer's body one byte at a time, ten a second. */
  | 'drip';

/** Which requests suffer; each one takes the first rule that fits. */
export interface Rule {
  readonly method?: string;
  /** Compared with path and query. */
  readonly path?: RegExp;
  /** How often it strikes; default always. */
  readonly times?: number;
  readonly damage: Damage;
}

/** One request that went through, in the order of arrival. */
export interface ProxiedRequest {
  readonly method: string;
  /** With query. */
  readonly path: string;
  /** Of the answer the client was sent, if any. */
  status?: number;
  /** Bytes of the bodies alone. */
  bodyUp: number;
  bodyDown: number;
}

/** Bytes between client and proxy with everything, as they lie on the wire above TCP. */
export interface Traffic {
  readonly requests: number;
  /** From the client to the registry. */
  readonly bytesUp: number;
  /** From the registry to the client. */
  readonly bytesDown: number;
}

/** A running proxy. */
export interface FaultProxy {
  /** `127.0.0.1:port` */
  readonly host: string;
  /** Since the last `resetCounts`. */
  readonly requests: readonly ProxiedRequest[];
  inject(rule: Rule): void;
  /** Forgets every rule. */
  heal(): void;
  /** Since the last `resetCounts`. */
  traffic(): Traffic;
  resetCounts(): void;
  close(): Promise<void>;
}

interface ActiveRule {
  readonly rule: Rule;
  left: number;
}

/** Starts a proxy on a free port of 127.0.0.1 that passes requests on to `target` (`host:port`, plain HTTP). */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const agent = new Agent({ keepAlive: true });
  const wire = createWireCount();
  const requests: ProxiedRequest[] = [];
  let rules: ActiveRule[] = [];
  const server = createServer((incoming, response) => {
    const seen = { method: incoming.method ?? '', path: incoming.url ?? '', bodyUp: 0, bodyDown: 0 };
    requests.push(seen);
    incoming.on('error', () => undefined);
    const damage = takeDamage(rules, seen);
    handle({ incoming, response, seen, target, agent }, damage).catch(() => incoming.socket.destroy());
  });
  server.on('connection', wire.add);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    inject: (rule) => rules.push({ rule, left: rule.times ?? Number.POSITIVE_INFINITY }),
    heal() {
      rules = [];
    },
    traffic: () => ({ requests: requests.length, ...wire.total() }),
    resetCounts() {
      requests.length = 0;
      wire.reset();
    },
    async close() {
      server.closeAllConnections();
      agent.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}

interface Passage {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly seen: ProxiedRequest;
  readonly target: string;
  readonly agent: Agent;
}

function takeDamage(rules: readonly ActiveRule[], seen: ProxiedRequest): Damage | undefined {
  const active = rules.find(
    ({ rule, left }) =>
      left > 0 && (rule.method ?? seen.method) === seen.method && (rule.path?.test(seen.path) ?? true),
  );
  if (active !== undefined) active.left--;
  return active?.rule.damage;
}

async function handle(passage: Passage, damage: Damage | undefined): Promise<void> {
  const { incoming, response, seen } = passage;
  if (damage === 'hang') return;
  if (damage === 'reset') {
    incoming.socket.resetAndDestroy();
  } else if (damage === 'reset-upload') {
    await passHalfTheBody(passage);
    incoming.socket.resetAndDestroy();
  } else if (typeof damage === 'object') {
    seen.bodyUp = (await buffer(incoming)).length;
    seen.status = damage.status;
    response.writeHead(damage.status, damage.headers).end(incoming.method === 'HEAD' ? '' : damage.body);
  } else {
    await answer(passage, await passOn(passage), damage);
  }
}

async function answer(passage: Passage, origin: IncomingMessage, damage?: Damage): Promise<void> {
  const { incoming, response, seen } = passage;
  if (damage === 'lose-answer') {
    origin.resume();
    incoming.socket.resetAndDestroy();
    return;
  }
  seen.status = origin.statusCode ?? 0;
  response.writeHead(seen.status, origin.rawHeaders);
  if (damage === undefined) {
    origin.on('data', (chunk: Buffer) => {
      seen.bodyDown += chunk.length;
    });
    origin.on('error', () => incoming.socket.destroy());
    origin.pipe(response);
    return;
  }
  const body = await buffer(origin);
  const half = body.subarray(0, body.length / 2);
  if (damage === 'corrupt') {
    body.writeUInt8(body.readUInt8(half.length) ^ 1, half.length);
    response.end(body);
  } else if (damage === 'drip') {
    for (const byte of body) {
      response.write(Buffer.of(byte));
      await sleep(100);
      if (response.destroyed) return;
    }
    response.end();
  } else {
    response.write(half);
    // Time for the first half to be read: a reset overtakes what the other side has not taken yet.
    await sleep(50);
    if (damage === 'truncate') incoming.socket.end();
    else incoming.socket.resetAndDestroy();
  }
}

function passOn({ incoming, seen, target, agent }: Passage): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = openRequest(incoming, target, agent);
    outgoing.once('response', resolve).once('error', reject);
    incoming.on('data', (chunk: Buffer) => {
      seen.bodyUp += chunk.length;
    });
    incoming.pipe(outgoing);
  });
}

async function passHalfTheBody({ incoming, seen, target, agent }: Passage): Promise<void> {
  const body = await buffer(incoming);
  const half = body.subarray(0, body.length / 2);
  seen.bodyUp = half.length;
  const outgoing = openRequest(incoming, target, agent);
  outgoing.once('error', () => undefined);
  await new Promise((done) => outgoing.write(half, done));
  outgoing.destroy();
}

/** The client's own `Host` goes along: a registry makes the address of an upload from it. */
function openRequest(incoming: IncomingMessage, target: string, agent: Agent) {
  const { method, url, rawHeaders } = incoming;
  const { hostname, port } = new URL(`http://${target}`);
  return send({ agent, hostname, port, method, path: url, headers: rawHeaders as never });
}

/** Counts what goes over sockets, those that are closed and those that live. */
function createWireCount() {
  const live = new Map<Socket, { up: number; down: number }>();
  let closed = { bytesUp: 0, bytesDown: 0 };

  function add(socket: Socket): void {
    live.set(socket, { up: 0, down: 0 });
    socket.once('close', () => {
      closed = plus(closed, socket, live.get(socket) ?? { up: 0, down: 0 });
      live.delete(socket);
    });
  }

  function plus(sum: typeof closed, socket: Socket, start: { up: number; down: number }): typeof closed {
    return {
      bytesUp: sum.bytesUp + socket.bytesRead - start.up,
      bytesDown: sum.bytesDown + socket.bytesWritten - start.down,
    };
  }

  return {
    add,
    total: () => [...live].reduce((sum, [socket, start]) => plus(sum, socket, start), closed),
    reset() {
      closed = { bytesUp: 0, bytesDown: 0 };
      for (const socket of live.keys()) live.set(socket, { up: socket.bytesRead, down: socket.bytesWritten });
    },
  };
}
