import { createHash } from 'node:crypto';
import { describe, expect, it, test } from '@jest/globals';
import { hashHttpUpstream } from '../../../../actions/lib/upstream/hash-http-upstream.ts';

const URL_A = 'https://files.example/a';

function serve(answers: Record<string, () => Response>): { fetch: typeof fetch; asked: string[] } {
  const asked: string[] = [];
  const fetch = async (input: string | URL | Request): Promise<Response> => {
    asked.push(String(input));
    return answers[String(input)]?.() ?? new Response(null, { status: 404 });
  };
  return { fetch, asked };
}

const redirect = (location: string) => () => new Response(null, { status: 302, headers: { location } });

function stream(
  pull: (controller: ReadableStreamDefaultController<Uint8Array>, turn: number) => void,
): Response {
  let turn = 0;
  return new Response(new ReadableStream<Uint8Array>({ pull: (controller) => pull(controller, turn++) }));
}

describe('hashHttpUpstream', () => {
  it('is the sha256 of what is served, over several chunks and redirects', async () => {
    const { fetch } = serve({
      [URL_A]: redirect('/b'),
      'https://files.example/b': redirect('https://cdn.example/c'),
      'https://cdn.example/c': () =>
        stream((controller, turn) =>
          turn < 3 ? controller.enqueue(Buffer.from(`part ${turn};`)) : controller.close(),
        ),
    });
    const expected = createHash('sha256').update('part 0;part 1;part 2;').digest('hex');
    await expect(hashHttpUpstream(URL_A, { fetch })).resolves.toBe(expected);
  });

  test.each([
    'http://files.example/a',
    'ftp://files.example/a',
    'https://user:secret@files.example/a',
    'nonsense',
  ])('does not ask %s', async (url) => {
    const { fetch, asked } = serve({});
    const failure = hashHttpUpstream(url, { fetch });
    await expect(failure).rejects.toThrow('must be an https:// address without user and password.');
    await expect(failure).rejects.not.toThrow('secret');
    expect(asked).toEqual([]);
  });

  test.each(['http://cdn.example/c', 'https://user:pass@cdn.example/c', '//'])(
    'is not sent on to %s',
    async (location) => {
      const { fetch, asked } = serve({ [URL_A]: redirect(location) });
      await expect(hashHttpUpstream(URL_A, { fetch })).rejects.toThrow(
        `(where "${URL_A}" leads) must be an https://`,
      );
      expect(asked).toEqual([URL_A]);
    },
  );

  it('gives up on a circle', async () => {
    const { fetch, asked } = serve({ [URL_A]: redirect('/a') });
    await expect(hashHttpUpstream(URL_A, { fetch })).rejects.toThrow('redirects more than 5 times.');
    expect(asked).toHaveLength(6);
  });

  test.each([
    [404, {}, 'files.example answered 404.'],
    [206, {}, 'files.example answered 206.'],
    [302, {}, 'files.example answered 302.'],
    [200, { 'content-encoding': 'gzip' }, 'only sends it compressed in transit.'],
  ])('refuses an answer %i %j', async (status, headers, message) => {
    const { fetch } = serve({ [URL_A]: () => new Response('x', { status, headers }) });
    await expect(hashHttpUpstream(URL_A, { fetch })).rejects.toThrow(message);
  });

  it('stops at its size limit', async () => {
    const { fetch } = serve({
      [URL_A]: () => stream((controller) => controller.enqueue(Buffer.alloc(1000))),
    });
    await expect(hashHttpUpstream(URL_A, { fetch, maxBytes: 10_000 })).rejects.toThrow(
      'is larger than the 0.00001 GB',
    );
  });

  it('is nothing when the connection breaks off', async () => {
    const { fetch } = serve({
      [URL_A]: () =>
        stream((controller, turn) =>
          turn === 0
            ? controller.enqueue(Buffer.from('start'))
            : controller.error(new Error('other side closed')),
        ),
    });
    await expect(hashHttpUpstream(URL_A, { fetch })).rejects.toThrow(
      `Cannot read "${URL_A}" to its end: other side closed.`,
    );
  });

  it('waits long for a slow sender but not for a silent one', async () => {
    const slow: typeof fetch = async (_, init) =>
      stream(async (controller, turn) => {
        init?.signal?.addEventListener('abort', () => controller.error(init.signal?.reason));
        if (turn >= 8) return;
        await new Promise((done) => setTimeout(done, 20));
        controller.enqueue(Buffer.from('x'));
      });
    const began = Date.now();
    await expect(hashHttpUpstream(URL_A, { fetch: slow, idleTimeoutMs: 80 })).rejects.toThrow(
      'it stopped sending.',
    );
    expect(Date.now() - began).toBeGreaterThan(160);
  });
});
