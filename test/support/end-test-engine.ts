/** Program: waits for the process of the first argument, then ends the engine in the folder of the second. */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stopEngine } from '../../scripts/engine/engine.ts';
import { findFolders } from '../../scripts/engine/folders.ts';

const [run = '', state = ''] = process.argv.slice(2);
while (existsSync(`/proc/${run}`)) await sleep(500);
await stopEngine({ ...findFolders(), state });
await rm(path.dirname(state), { recursive: true, force: true });
