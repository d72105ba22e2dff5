/** Reads blobs through one `git cat-file --batch`, as they come, with no more than one chunk held. */
import { DarkroomError } from '../errors/darkroom-error.ts';
import { type GitRepository, lastLine, startGit } from './git-command.ts';

/** One blob on its way. */
export interface StreamedBlob {
  readonly id: string;
  /** Bytes of the content. */
  readonly size: number;
  /** The content; what is not read is skipped when the next blob is asked for. */
  readonly chunks: AsyncIterable<Buffer>;
}

const NEWLINE = 0x0a;

/**
 * Gives the blobs of some ids, each once, in the order first named.
 * @throws DarkroomError `git/missing-object`
 */
export async function* streamBlobs(
  repository: GitRepository,
  ids: Iterable<string>,
): AsyncGenerator<StreamedBlob, void, undefined> {
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return;
  const child = startGit(repository, ['cat-file', '--batch', '--buffer'], `${wanted.join('\n')}\n`);
  const reader = new ChunkReader(child.stdout);
  try {
    for (const id of wanted) {
      const header = await reader.line();
      if (header === null) throw missingObject(id, lastLine(Buffer.from((await child).stderr).toString()));
      const [, type, size] = header.split(' ');
      if (type !== 'blob' || size === undefined) throw missingObject(id, `git answered "${header}"`);
      let rest = Number(size);
      const chunks = (async function* () {
        while (rest > 0) {
          const chunk = await reader.upTo(rest);
          if (chunk === null) throw missingObject(id, lastLine(Buffer.from((await child).stderr).toString()));
          rest -= chunk.length;
          yield chunk;
        }
      })();
      yield { id, size: rest, chunks };
      while (rest > 0) {
        const skipped = await reader.upTo(rest);
        if (skipped === null) throw missingObject(id, 'its content ended early');
        rest -= skipped.length;
      }
      await reader.line();
    }
  } finally {
    child.stdout.destroy();
    child.kill();
    await child;
  }
}

/** Gives the whole contents of some blobs by id. @throws DarkroomError `git/missing-object` */
export async function readBlobs(
  repository: GitRepository,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Buffer>> {
  const contents = new Map<string, Buffer>();
  for await (const { id, chunks } of streamBlobs(repository, ids)) {
    contents.set(id, await collect(chunks));
  }
  return contents;
}

/** Gives all chunks as one. */
export async function collect(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

function missingObject(id: string, said: string): DarkroomError {
  return new DarkroomError({
    code: 'git/missing-object',
    message: `git cannot read the content "${id}": ${said || 'it is not in the repository'}`,
    hint: 'In a partial clone, run "git fetch --refetch" while the remote can be reached; otherwise "git fsck" says what is broken.',
  });
}

/** Cuts a stream of chunks into lines and pieces of known length. */
class ChunkReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #held: Buffer = Buffer.alloc(0);

  constructor(stream: AsyncIterable<unknown>) {
    this.#chunks = (stream as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  }

  /** The next line without its end; `null` when the stream is over. */
  async line(): Promise<string | null> {
    let end = this.#held.indexOf(NEWLINE);
    while (end < 0) {
      const next = await this.#chunks.next();
      if (next.done) return null;
      this.#held = Buffer.concat([this.#held, next.value]);
      end = this.#held.indexOf(NEWLINE);
    }
    const line = this.#held.toString('latin1', 0, end);
    this.#held = this.#held.subarray(end + 1);
    return line;
  }

  /** At least one and at most `length` bytes; `null` when the stream is over. */
  async upTo(length: number): Promise<Buffer | null> {
    if (this.#held.length === 0) {
      const next = await this.#chunks.next();
      if (next.done) return null;
      this.#held = next.value;
    }
    const piece = this.#held.subarray(0, length);
    this.#held = this.#held.subarray(piece.length);
    return piece;
  }
}
