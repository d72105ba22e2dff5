import { arch } from 'node:os';
import type { Platform } from '../matrix/matrix.ts';

/** What this machine runs without emulation. */
export const NATIVE_PLATFORM: Platform = `linux/${arch() === 'x64' ? 'amd64' : arch()}`;
