/**
 * Writes the tables of inputs and outputs into every action's README, between two marks, from its `action.yml`; a test
 * fails where that was forgotten.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { actionNames } from './build-actions.ts';

interface Definition {
  readonly inputs?: Readonly<Record<string, { description: string; default?: string; required?: boolean }>>;
  readonly outputs?: Readonly<Record<string, { description: string }>>;
}

const ACTIONS = path.resolve(import.meta.dirname, '../actions');
const MARKS = /(?<=<!-- from action\.yml -->\n).*?(?=<!-- end -->)/s;

/** A README with the tables its `action.yml` asks for. @throws Error when it has no place for them */
export function withTables(readme: string, definition: string): string {
  if (!MARKS.test(readme)) throw new Error('the README has no "<!-- from action.yml -->" … "<!-- end -->"');
  const { inputs = {}, outputs = {} } = parse(definition) as Definition;
  const inputRows = Object.entries(inputs).map(([name, { description, default: value, required }]) => {
    const fallback = required === true ? 'required' : value === undefined ? '' : `\`${value}\``;
    return [`\`${name}\``, description, fallback];
  });
  const outputRows = Object.entries(outputs).map(([name, { description }]) => [`\`${name}\``, description]);
  const tables = [
    ...tableLines(['input', 'what', 'default'], inputRows),
    '',
    ...tableLines(['output', 'what'], outputRows),
  ];
  return readme.replace(MARKS, () => `\n${tables.join('\n')}\n\n`);
}

/** Lines of a Markdown table whose cells are Markdown. */
export function tableLines(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(columns), `|${' --- |'.repeat(columns.length)}`, ...rows.map(line)];
}

if (process.argv[1] === import.meta.filename) {
  for (const name of await actionNames()) {
    const readme = path.join(ACTIONS, name, 'README.md');
    const definition = await readFile(path.join(ACTIONS, name, 'action.yml'), 'utf8');
    await writeFile(readme, withTables(await readFile(readme, 'utf8'), definition));
  }
}
