/** Names content by its digest, and says so when content is not what its name says. */
import { createHash } from 'node:crypto';
import type { DarkroomError } from '../errors/darkroom-error.ts';
import { PassingFailure } from './passing-failure.ts';
import { type Answer, badAnswer } from './registry-failure.ts';

/** `sha256:…` of some bytes. */
export function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** The error for a digest that is not the expected one. */
export function digestMismatch(doing: string, expected: string, actual: string): DarkroomError {
  return badAnswer(doing, `expected digest ${expected}, got ${JSON.stringify(actual)}`, 'digest-mismatch');
}

/** The same for content that was received: a cache or proxy may have spoilt it, so it is asked for once more, not oftener. */
export function corrupted(doing: string, answer: Answer, expected: string, actual: string): DarkroomError {
  const { problems } = digestMismatch(doing, expected, actual);
  return new PassingFailure(problems, { host: answer.url.host, tries: 2 });
}

/** @throws DarkroomError `registry/digest-mismatch` when a registry says it stored something else */
export function checkStored(answer: Answer, digest: string, doing: string): void {
  const stated = answer.headers.get('docker-content-digest');
  if (stated !== null && stated !== digest) throw digestMismatch(doing, digest, stated);
}
