/** Asks BuildKit's own frontend what a Dockerfile means, without building it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { startTestEngine } from './engine.ts';

/** What BuildKit would do. */
export interface Conversion {
  /** Set when it refuses the file; nothing else is then known. */
  readonly refused?: string;
  /** Paths it asks of the main context, sorted; `.` is all of it. */
  readonly paths: readonly string[];
  readonly secrets: readonly string[];
  /** The user of every `RUN`, in the order of the file. */
  readonly users: readonly string[];
}

interface Operation {
  readonly inputs?: readonly { readonly digest: string }[];
  readonly source?: { readonly identifier: string; readonly attrs?: Readonly<Record<string, string>> };
  readonly exec?: {
    readonly meta: { readonly user?: string };
    readonly mounts: readonly { readonly secretOpt?: { readonly ID: string } }[];
  };
}

/** Converts Dockerfiles in a folder of its own. */
export interface Converter {
  convert(
    text: string,
    options?: { args?: Readonly<Record<string, string>>; target?: string },
  ): Promise<Conversion>;
  remove(): void;
}

/** Finds or starts the engine. */
export async function createConverter(): Promise<Converter> {
  const folder = mkdtempSync(join(tmpdir(), 'darkroom-convert-'));
  const { buildx, builder, env } = (await startTestEngine()).engine;
  const [program = '', ...first] = buildx;
  return {
    async convert(text, { args = {}, target } = {}) {
      writeFileSync(join(folder, 'Dockerfile'), text);
      const words = Object.entries(args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
      if (target !== undefined) words.push('--target', target);
      const call = [
        ...first,
        'build',
        '--builder',
        builder,
        '--call=convertllb,format=json',
        ...words,
        folder,
      ];
      const done = await execa(program, call, { env, reject: false });
      if (done.exitCode === 0) return read(JSON.parse(done.stdout).def);
      return { refused: done.stderr, paths: [], secrets: [], users: [] };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function read(definition: Readonly<Record<string, Operation>>): Conversion {
  const operations = Object.values(definition);
  const context = operations.find(({ source }) => source?.identifier === 'local://context')?.source;
  const followed = context?.attrs?.['local.followpaths'];
  const all: readonly string[] = followed === undefined ? ['.'] : JSON.parse(followed);
  const secrets = operations.flatMap(({ exec }) => exec?.mounts.map(({ secretOpt }) => secretOpt?.ID) ?? []);
  return {
    paths: context === undefined ? [] : all,
    secrets: [...new Set(secrets.filter((id) => id !== undefined))].sort(),
    users: usersOf(definition),
  };
}

/** Every `RUN` stands on the one before it, so the order is that of their inputs. */
function usersOf(definition: Readonly<Record<string, Operation>>): string[] {
  const after = new Map<string, string>();
  for (const [digest, { exec, inputs }] of Object.entries(definition)) {
    if (exec !== undefined) after.set(inputs?.[0]?.digest ?? '', digest);
  }
  const users: string[] = [];
  for (let at = after.get(''); at !== undefined; at = after.get(at)) {
    users.push(definition[at]?.exec?.meta.user ?? '');
  }
  return users;
}
