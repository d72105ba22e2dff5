/** Writes the list of rules and the table of their pages from the files of the rules; `--check` only compares. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Rule } from '../actions/lib/lint/rule.ts';

const FOLDER = 'actions/lib/lint/rules';
const LIST = 'actions/lib/lint/rules.ts';
const TABLE = 'actions/lib/lint/rules/README.md';

const ids = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.slice(0, -'.ts'.length))
  .sort();
const rules = await Promise.all(ids.map(readRule));
const stale = [
  [LIST, list()],
  [TABLE, table()],
].filter(([file = '', text = '']) => {
  if (readFileSync(file, 'utf8') === text) return false;
  if (!process.argv.includes('--check')) writeFileSync(file, text);
  return true;
});
for (const [file = ''] of stale) process.stderr.write(`${file}\n`);
if (process.argv.includes('--check') && stale.length > 0) process.exitCode = 1;

async function readRule(id: string): Promise<Rule> {
  const module = (await import(pathToFileURL(path.resolve(FOLDER, `${id}.ts`)).href)) as Record<string, Rule>;
  const rule = module[constantOf(id)];
  if (rule?.id === id) return rule;
  throw new Error(`${FOLDER}/${id}.ts must export the rule as "${constantOf(id)}", with the id "${id}"`);
}

function constantOf(id: string): string {
  return id.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function list(): string {
  return [
    "import type { Rule } from './rule.ts';",
    ...ids.map((id) => `import { ${constantOf(id)} } from './rules/${id}.ts';`),
    '',
    '/** Every rule, in the order of their ids; written by `scripts/lint-rules.ts`. */',
    '// biome-ignore format: one line each',
    'export const RULES: readonly Rule[] = [',
    ...ids.map((id) => `  ${constantOf(id)},`),
    '];',
    '',
  ].join('\n');
}

function table(): string {
  const rows = rules.map(({ id, severity, title }) => `| [${id}](${id}.md) | ${severity} | ${title} |`);
  return ['# Rules', '', '| rule | severity | what is wrong |', '| --- | --- | --- |', ...rows, ''].join(
    '\n',
  );
}
