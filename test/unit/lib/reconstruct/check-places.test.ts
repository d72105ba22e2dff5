import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DarkroomError } from '../../../../actions/lib/errors/darkroom-error.ts';
import { checkPlaces, makeStorage } from '../../../../actions/lib/reconstruct/check-places.ts';
import type { SceneRequest } from '../../../../actions/lib/scene/scene-request.ts';

describe('the places of a request', () => {
  let root: string;
  const at = (...parts: readonly string[]) => path.join(root, ...parts);
  const write = (file: string, text = '') => {
    mkdirSync(path.dirname(at(file)), { recursive: true });
    writeFileSync(at(file), text);
  };
  const request = (more: { frames?: string; storage?: string; baseline?: string }): SceneRequest => ({
    ...{ scene: 'a', preset: 'preview', options: {}, seed: 0, trainer: 'gaussian-splatting-cpu' },
    frames: { kind: 'folder', path: at(more.frames ?? 'photos') },
    storage: { kind: 'folder', path: at(more.storage ?? 'scenes') },
    baseline: more.baseline === undefined ? null : at(more.baseline),
  });
  const problems = async (more: Parameters<typeof request>[0]) => {
    try {
      await checkPlaces(request(more));
      return [];
    } catch (error) {
      if (!(error instanceof DarkroomError)) throw error;
      expect(error.kind).toBe('use');
      return error.problems;
    }
  };

  beforeEach(() => {
    root = realpathSync(mkdtempSync(path.join(tmpdir(), 'darkroom-')));
    write('photos/2024/May 1/a.JPG');
    write('photos/notes.txt');
  });

  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('are fine where photographs lie somewhere below and the storage can be made', async () => {
    expect(await problems({ storage: 'x/y/z' })).toEqual([]);
    expect(readdirSync(root)).toEqual(['photos']);
    await makeStorage(request({ storage: 'x/y/z' }).storage);
    expect(readFileSync(at('x/y/z/.gitignore'), 'utf8')).toBe('*\n');
    mkdirSync(at('mine'));
    await makeStorage(request({ storage: 'mine' }).storage);
    expect(readdirSync(at('mine'))).toEqual([]);
  });

  it('say which storage cannot be made after all', async () => {
    const { storage } = request({ storage: 'x'.repeat(300) });
    await expect(makeStorage(storage)).rejects.toThrow(
      /"storage" is ".*xxx", but it cannot be made \(ENAMETOOLONG\)/,
    );
  });

  it.each([
    ['nowhere', 'scene/bad-frames', 'is not there'],
    ['photos/notes.txt', 'scene/bad-frames', 'is a file'],
    ['empty', 'scene/no-frames', 'no photograph or video lies'],
    ['.', 'scene/frames-hold-storage', 'holds the storage'],
    ['scenes', 'scene/frames-hold-storage', 'holds the storage'],
    ['link', 'scene/frames-hold-storage', 'holds the storage'],
  ])('are wrong with frames in %j', async (frames, code, text) => {
    mkdirSync(at('empty'));
    mkdirSync(at('scenes'));
    symlinkSync(root, at('link'));
    const [problem, ...more] = await problems({ frames });
    expect(problem).toMatchObject({ code });
    expect(problem?.message).toContain(text);
    expect(more).toEqual([]);
  });

  it('may have frames beside the storage whose name begins as theirs, or inside it', async () => {
    write('photos2/frames/b.png');
    expect(await problems({ storage: 'photos2' })).toEqual([]);
    expect(await problems({ frames: 'photos2/frames', storage: 'photos2' })).toEqual([]);
  });

  it('are wrong with a storage that is a file or below one', async () => {
    write('file');
    for (const storage of ['file', 'file/below']) {
      const [problem] = await problems({ storage });
      expect(problem).toMatchObject({ code: 'scene/bad-storage' });
      expect(problem?.message).toContain('is a file');
    }
  });

  it.each([
    ['{"version":1}', 'holds no "sfm"'],
    ['{"sfm":{},"train":{},"photographs":[]}', null],
    ['[1', 'holds no JSON'],
    ['3', 'holds no JSON object'],
  ])('take %j for a baseline', async (text, expected) => {
    write('report.json', text);
    const [problem] = await problems({ baseline: 'report.json' });
    expect(problem?.message ?? null).toEqual(expected === null ? null : expect.stringContaining(expected));
    expect((await problems({ baseline: 'none.json' }))[0]?.message).toContain('cannot be read (ENOENT)');
  });

  it('are told all at once', async () => {
    write('file');
    const found = await problems({ frames: 'nowhere', storage: 'file', baseline: 'none.json' });
    expect(found.map(({ code }) => code)).toEqual([
      'scene/bad-frames',
      'scene/bad-storage',
      'scene/bad-baseline',
    ]);
  });

  it('are wrong where a symlink leads nowhere, or in a circle', async () => {
    symlinkSync(at('gone'), at('dangling'));
    symlinkSync(at('circle'), at('circle'));
    for (const storage of ['dangling', 'dangling/x', 'circle']) {
      expect((await problems({ storage }))[0]?.message).toMatch(/cannot be written \(E(NOENT|LOOP)\)/);
    }
    expect((await problems({ frames: 'circle' }))[0]?.message).toContain('cannot be read (ELOOP)');
  });
});
