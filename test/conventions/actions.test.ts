import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { withTables } from '../../scripts/action-readmes.ts';

const NAMES = readdirSync('actions', { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'lib')
  .map((entry) => entry.name);

interface Definition {
  readonly name: string;
  readonly description: string;
  readonly inputs?: Readonly<Record<string, { readonly description?: string }>>;
  readonly outputs?: Readonly<Record<string, { readonly description?: string }>>;
  readonly runs: { readonly using: string; readonly main: string; readonly post?: string };
}

describe.each(NAMES)('the action %s', (name) => {
  const folder = path.join('actions', name);
  const definition = parse(readFileSync(path.join(folder, 'action.yml'), 'utf8')) as Definition;

  it('has the shape of every action', () => {
    expect(readdirSync(folder).sort()).toEqual(
      ['README.md', 'action.yml', 'dist', 'index.ts', 'inputs.ts', `${name}.ts`].sort(),
    );
  });

  it('runs on Node 24 from its bundle', () => {
    const { post = 'dist/index.js', ...runs } = definition.runs;
    expect({ ...runs, post }).toEqual({ using: 'node24', main: 'dist/index.js', post: 'dist/index.js' });
  });

  it('describes everything', () => {
    const fields = [...Object.values(definition.inputs ?? {}), ...Object.values(definition.outputs ?? {})];
    expect(fields.filter(({ description }) => !description?.endsWith('.'))).toEqual([]);
  });

  it('reads the inputs it declares, and no others', () => {
    const own = readFileSync(path.join(folder, 'inputs.ts'), 'utf8');
    const common = readFileSync('actions/lib/action/common-inputs.ts', 'utf8');
    const sources = own.includes('readCommonInputs(') ? [own, common] : [own];
    const read = sources.flatMap((text) =>
      [...text.matchAll(/\bread\('([\w-]+)'\)/g)].map((match) => match[1]),
    );
    expect([...new Set(read)].sort()).toEqual(Object.keys(definition.inputs ?? {}).sort());
  });

  it('sets the outputs it declares, and no others', () => {
    const text = readFileSync(path.join(folder, `${name}.ts`), 'utf8');
    const set = [...text.matchAll(/setOutput\((?:'([\w-]+)'|`([\w-]+)\$)/g)].map((m) => m[1] ?? `${m[2]}1`);
    const declared = Object.keys(definition.outputs ?? {}).filter((output) => !/-[2-9]$/.test(output));
    expect([...new Set(set)].sort()).toEqual(declared.sort());
  });

  it('has the tables of its action.yml in its README (scripts/action-readmes.ts writes them)', () => {
    const readme = readFileSync(path.join(folder, 'README.md'), 'utf8');
    expect(readme).toBe(withTables(readme, readFileSync(path.join(folder, 'action.yml'), 'utf8')));
  });
});

describe('the bundles', () => {
  it('are what the sources give, byte for byte (scripts/build-actions.ts writes them)', () => {
    const out = mkdtempSync(path.join(tmpdir(), 'darkroom-dist-'));
    try {
      // A process of its own: the bundler keeps much in memory.
      execFileSync(process.execPath, ['scripts/build-actions.ts', out]);
      for (const name of NAMES) {
        const fresh = path.join(out, name, 'dist');
        const kept = path.join('actions', name, 'dist');
        expect(readdirSync(kept).sort()).toEqual(readdirSync(fresh).sort());
        const differing = readdirSync(fresh).filter(
          (file) => !readFileSync(path.join(fresh, file)).equals(readFileSync(path.join(kept, file))),
        );
        expect({ name, differing }).toEqual({ name, differing: [] });
      }
    } finally {
      rmSync(out, { recursive: true, force: true });
    }
  }, 240_000);

  it('hold the licences of what is bundled', () => {
    for (const name of NAMES) {
      const text = readFileSync(path.join('actions', name, 'dist', 'licenses.txt'), 'utf8');
      expect(text).toContain('@actions/core');
      expect(text).toMatch(/Permission is hereby granted/);
    }
  });
});
