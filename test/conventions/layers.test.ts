import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';

const LIB = path.resolve('actions/lib');
/** Decisions over data; whatever they import, directly or not, must not reach outside the process either. */
const PURE = [
  'bake',
  'dispatch',
  'dockerfile',
  'errors',
  'graph',
  'image',
  'key',
  'matrix',
  'plan',
  'prune',
  'publish',
  'refresh',
  'scene',
];
/** Node modules that compute and touch nothing. */
const HARMLESS = new Set([
  ...['node:crypto', 'node:path', 'node:util', 'node:buffer', 'node:url', 'node:string_decoder'],
]);
const OUTSIDE = new Set(['execa', '@actions/core', '@actions/exec', '@actions/cache', '@actions/github']);

describe('the layers of actions/lib', () => {
  const pureFiles = PURE.flatMap((folder) => sourcesBelow(path.join(LIB, folder)));

  it('finds the pure files', () => {
    expect(pureFiles.length).toBeGreaterThan(30);
  });

  it.each(pureFiles.map((file) => [path.relative(LIB, file), file]))(
    '%s reaches nothing outside the process',
    (_, file) => {
      const reached = [...closure(file)].flatMap((one) =>
        outsideImports(one).map((name) => `${path.relative(LIB, one)} → ${name}`),
      );
      expect(reached).toEqual([]);
    },
  );

  it('reads the environment nowhere in the pure files', () => {
    const readers = pureFiles.filter((file) => /\bprocess\.|\bfetch\(/.test(readFileSync(file, 'utf8')));
    expect(readers.map((file) => path.relative(LIB, file))).toEqual([]);
  });

  it('imports nothing of scripts/ from actions/', () => {
    const importers = sourcesBelow(path.resolve('actions')).filter((file) =>
      localImports(file).some((one) => one.startsWith(path.resolve('scripts'))),
    );
    expect(importers.map((file) => path.relative('.', file))).toEqual([]);
  });
});

/** The file and everything it imports for more than its types. */
function closure(file: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const next of localImports(file)) closure(next, seen);
  return seen;
}

function localImports(file: string): readonly string[] {
  return runtimeImports(file)
    .filter((name) => name.startsWith('.') && name.endsWith('.ts'))
    .map((name) => path.resolve(path.dirname(file), name));
}

function outsideImports(file: string): readonly string[] {
  return runtimeImports(file).filter((name) => {
    const isNode = name.startsWith('node:') || builtinModules.includes(name);
    return (isNode && !HARMLESS.has(name)) || OUTSIDE.has(name);
  });
}

/** Module names of imports that leave something behind when types are stripped. */
function runtimeImports(file: string): readonly string[] {
  const text = readFileSync(file, 'utf8');
  const imports = text.matchAll(
    /^(?:import\s+(?!type\b)(?:(?<what>[^'";]*?)\s+from\s+)?|export\s+(?<more>\{[^}]*\}|\*)\s+from\s+)'(?<name>[^']+)'/gms,
  );
  return [...imports].flatMap(({ groups }) => {
    const names = /^\{(?<list>[^}]*)\}$/s.exec(groups?.what ?? groups?.more ?? '')?.groups?.list;
    const isTypesOnly = names?.split(',').every((one) => one.trim() === '' || one.trim().startsWith('type '));
    return isTypesOnly === true ? [] : [groups?.name ?? ''];
  });
}

function sourcesBelow(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => {
    const file = path.join(folder, name);
    if (statSync(file).isDirectory()) return name === 'dist' ? [] : sourcesBelow(file);
    return file.endsWith('.ts') ? [file] : [];
  });
}
