import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import { startRegistry, stopRegistry } from '../../actions/lib/docker/registry-process.ts';
import { buildEngine } from '../../scripts/engine/build-engine.ts';
import { startTestEngine } from '../support/engine.ts';

it('gives registries that are started at once ports of their own', async () => {
  const { folders } = await startTestEngine();
  const program = path.join(await buildEngine(folders.cache, ['registry'], () => undefined), 'registry');
  const states = Array.from({ length: 3 }, () => mkdtempSync(path.join(tmpdir(), 'darkroom-ports-')));
  try {
    const addresses = await Promise.all(
      states.map((state) => {
        mkdirSync(path.join(state, 'registry'));
        return startRegistry(state, async () => ({ kind: 'program', path: program }));
      }),
    );
    expect(new Set(addresses).size).toBe(states.length);
  } finally {
    await Promise.all(states.map((state) => stopRegistry(state)));
    for (const state of states) rmSync(state, { recursive: true, force: true });
  }
}, 60_000);
