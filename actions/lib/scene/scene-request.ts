/** What a person asks for: one scene from some photographs, kept in a storage. */
import path from 'node:path';
import { DarkroomError, type Problem } from '../errors/darkroom-error.ts';
import { isSamePlace, parsePlace, placeBelow, type ScenePlace } from './scene-place.ts';
import type { Trainer } from './stage.ts';

/** How much time is spent: minutes on a CPU; 7,000 or 30,000 steps on a GPU. */
export type Preset = 'preview' | 'standard' | 'high';

/** A scene that is asked for. */
export interface SceneRequest {
  readonly scene: string;
  /** `null`: they lie in the storage already. */
  readonly frames: ScenePlace | null;
  readonly storage: ScenePlace;
  readonly preset: Preset;
  /** Options of the stages, which they check themselves. */
  readonly options: Readonly<Record<string, string>>;
  readonly seed: number;
  /** Absolute path of the report of an earlier run; `null`: nothing to compare with. */
  readonly baseline: string | null;
  readonly trainer: Trainer;
}

/** The same as it was written, on a command line or as inputs of an action; empty where nothing was said. */
export interface WrittenRequest {
  readonly frames: string;
  readonly scene: string;
  readonly storage: string;
  readonly preset: string;
  /** `key=value` each. */
  readonly set: readonly string[];
  readonly seed: string;
  readonly baseline: string;
}

/** Where it was written. */
export interface RequestPlace {
  /** Absolute; relative paths start here. */
  readonly directory: string;
  readonly hasGpu: boolean;
  readonly trainer: Trainer;
}

const PRESETS: readonly Preset[] = ['preview', 'standard', 'high'];
/** A part of a path and of an S3 key that needs no quoting anywhere; the stages ask for the same: `object_path.py`. */
const SCENE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const OPTION = /^(?<key>[a-z][a-z0-9_]{0,63})=(?<value>[^\u0000-\u001F\u007F]{0,1000})$/;
/** COLMAP's seeds are signed and of 32 bits. */
const MAX_SEED = 2 ** 31 - 1;

/** Reads a request. @throws DarkroomError `scene/bad-…`, `scene/no-gpu`: everything that is wrong with it, at once */
export function readRequest(written: WrittenRequest, at: RequestPlace): SceneRequest {
  const problems: Problem[] = [];
  const checked = <T>(value: T | Problem): T | null => {
    if (!isProblem(value)) return value;
    problems.push(value);
    return null;
  };
  const scene = checked(readScene(written.scene));
  const frames = checked(parsePlace('frames', written.frames, at.directory));
  const storage = checked(parsePlace('storage', written.storage || 'scenes', at.directory));
  const preset = checked(readPreset(written.preset, at));
  const options = checked(readOptions(written.set));
  const seed = checked(readSeed(written.seed));
  const complete = scene !== null && frames !== null && storage !== null;
  if (!complete || preset === null || options === null || seed === null) {
    throw new DarkroomError(problems, { kind: 'use' });
  }
  const own = parsePlace('frames', placeBelow(storage, 'frames', scene), '/');
  return {
    ...{ scene, storage, preset, options, seed, trainer: at.trainer },
    // What was uploaded into the storage is used where it lies.
    frames: !isProblem(own) && isSamePlace(own, frames) ? null : frames,
    baseline: written.baseline === '' ? null : path.resolve(at.directory, written.baseline),
  };
}

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'code' in value && 'message' in value;
}

function readScene(text: string): string | Problem {
  if (SCENE.test(text) && !text.includes('..')) return text;
  return {
    code: 'scene/bad-scene',
    message: `"scene" is ${JSON.stringify(text)}; expected at most 64 letters, digits, ".", "_" and "-", of which the first is a letter or digit, without "..".`,
  };
}

function readPreset(text: string, { hasGpu, trainer }: RequestPlace): Preset | Problem {
  const onGpu = trainer === 'gaussian-splatting';
  if (text === '') return onGpu ? 'standard' : 'preview';
  const preset = PRESETS.find((one) => one === text);
  if (preset === undefined) {
    return {
      code: 'scene/bad-preset',
      message: `"preset" is ${JSON.stringify(text)}; expected one of ${PRESETS.join(', ')}.`,
    };
  }
  if (preset === 'preview' || onGpu) return preset;
  const why = hasGpu
    ? 'trains on a GPU, and the matrix has no image "gaussian-splatting" that uses the one of this machine'
    : 'needs a GPU, and "nvidia-smi" finds none on this machine';
  return {
    code: 'scene/no-gpu',
    message: `"preset" is "${preset}", which ${why}; expected "preview" here.`,
    hint: 'Leave it out, or give more work to the CPU with "steps=…".',
  };
}

/** A key that is given twice is most often a slip, and only one of its values would count. */
function readOptions(set: readonly string[]): Readonly<Record<string, string>> | Problem {
  const options = new Map<string, string>();
  for (const text of set) {
    const { key, value } = OPTION.exec(text)?.groups ?? {};
    const wrong = (expected: string): Problem => {
      return { code: 'scene/bad-set', message: `"set" is ${JSON.stringify(text)}; expected ${expected}.` };
    };
    if (key === undefined || value === undefined) return wrong('"key=value", such as "steps=2000"');
    if (options.has(key)) return wrong(`"${key}" once`);
    options.set(key, value);
  }
  return Object.fromEntries(options);
}

function readSeed(text: string): number | Problem {
  const seed = Number(text === '' ? '0' : text);
  if (/^\d{0,10}$/.test(text) && seed <= MAX_SEED) return seed;
  return {
    code: 'scene/bad-seed',
    message: `"seed" is ${JSON.stringify(text)}; expected a whole number from 0 to ${MAX_SEED}.`,
  };
}
