/** A connection to a browser over the Chrome DevTools Protocol (https://chromedevtools.github.io/devtools-protocol/). */

export type Fields = Readonly<Record<string, unknown>>;

/** Called with each event of the browser: its name, its fields and the session (one target) it belongs to. */
export type Listener = (method: string, params: Fields, session: string | undefined) => void;

export interface Devtools {
  /** Sends one command and gives its result. @throws Error with the browser's own words when it refuses. */
  readonly send: (method: string, params?: Fields, session?: string) => Promise<Fields>;
  readonly listen: (listener: Listener) => void;
  readonly close: () => void;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Fields;
  readonly result?: Fields;
  readonly error?: { readonly message: string };
  readonly sessionId?: string;
}

/** Gives a connection to the browser whose DevTools listen at `url` (`ws://127.0.0.1:PORT/devtools/browser/…`). */
export async function connectDevtools(url: string): Promise<Devtools> {
  const socket = new WebSocket(url);
  const waiting = new Map<number, (answer: Message | Error) => void>();
  const listeners: Listener[] = [];
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as Message;
    if (message.id === undefined) {
      for (const listener of listeners)
        listener(message.method ?? '', message.params ?? {}, message.sessionId);
      return;
    }
    waiting.get(message.id)?.(message);
    waiting.delete(message.id);
  });
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve());
    socket.addEventListener('error', () => reject(new Error(`no answer from the browser at ${url}`)));
  });
  let closed: Error | undefined;
  socket.addEventListener('close', () => {
    closed = new Error('the browser closed its connection');
    for (const settle of waiting.values()) settle(closed);
  });
  let last = 0;
  return {
    send: async (method, params = {}, sessionId = undefined) => {
      last += 1;
      const id = last;
      const { promise, resolve } = Promise.withResolvers<Message | Error>();
      if (closed === undefined) waiting.set(id, resolve);
      else resolve(closed);
      socket.send(JSON.stringify({ id, method, params, sessionId }));
      const answer = await promise;
      const error = answer instanceof Error ? answer : answer.error;
      if (error !== undefined) throw new Error(`${method}: ${error.message}`);
      return (answer as Message).result ?? {};
    },
    listen: (listener) => listeners.push(listener),
    close: () => socket.close(),
  };
}
