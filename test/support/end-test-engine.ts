/** Program: waits for the process of the first argument, then ends the engine in the folder of the second. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { stopEngine } from '../../scripts/engine/engine.ts';
import { findFolders } from '../../scripts/engine/folders.ts';

const [run = '', state = ''] = process.argv.slice(2);
while (existsSync(`/proc/${run}`)) await sleep(500);
await stopEngine({ ...findFolders(), state });
// Images are hundreds of thousands of files, for which Node takes minutes on a busy machine.
await execa('rm', ['-rf', path.dirname(state)]);
