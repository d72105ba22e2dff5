import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readMade, recordMade } from '../../../../../scripts/engine/made/made-lock.ts';

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;

describe('the list of made images', () => {
  let state: string;
  beforeEach(() => {
    state = mkdtempSync(path.join(tmpdir(), 'made-'));
  });
  afterEach(() => rmSync(state, { recursive: true }));

  it('is empty on a new machine', async () => {
    expect(await readMade(state)).toEqual({ version: 1, images: {} });
  });

  it('keeps one entry per reference and platform, the last one made', async () => {
    const reference = 'docker.io/library/debian:bookworm';
    await recordMade(state, { reference, platform: 'linux/amd64', digest: digest('a') });
    await recordMade(state, { reference, platform: 'linux/arm64', digest: digest('b') });
    await recordMade(state, { reference, platform: 'linux/amd64', digest: digest('c') });
    const { images } = await readMade(state);
    const madeAt = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(images).toEqual({
      [reference]: {
        'linux/amd64': { digest: digest('c'), madeAt },
        'linux/arm64': { digest: digest('b'), madeAt },
      },
    });
  });

  it('loses nothing when several images are noted at once', async () => {
    const names = ['a', 'b', 'c', 'd'];
    await Promise.all(
      names.map((name) => recordMade(state, { reference: name, platform: 'p', digest: digest(name) })),
    );
    expect(Object.keys((await readMade(state)).images).sort()).toEqual(names);
  });

  it.each([
    ['not JSON', '{'],
    ['another version', '{"version":2,"images":{}}'],
    ['no images', '{"version":1}'],
    ['null', 'null'],
  ])('says which file is broken when it is %s', async (_, text) => {
    const file = path.join(state, 'made.lock');
    writeFileSync(file, text);
    await expect(readMade(state)).rejects.toMatchObject({
      problems: [{ code: 'made/bad-lock', place: { file } }],
    });
  });
});
