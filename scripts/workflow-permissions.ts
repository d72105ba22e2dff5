/**
 * Writes the table of permissions into the README of the workflows, between two marks, from the workflows themselves; a test
 * fails where that was forgotten.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Document, isAlias, isMap, isScalar, parseDocument, type YAMLMap } from 'yaml';
import { tableLines } from './action-readmes.ts';

const WORKFLOWS = path.resolve(import.meta.dirname, '../.github/workflows');
const README = path.join(WORKFLOWS, 'README.md');
const MARKS = /(?<=<!-- from the workflows -->\n).*?(?=<!-- end -->)/s;

/** A README with the table that the workflows ask for; `workflows` holds their texts by file name. @throws Error when it has no place for it */
export function withPermissions(readme: string, workflows: ReadonlyMap<string, string>): string {
  if (!MARKS.test(readme))
    throw new Error('the README has no "<!-- from the workflows -->" … "<!-- end -->"');
  const rows = [...workflows].sort().flatMap(([name, text]) => rowsOf(name, text));
  const table = tableLines(['workflow', 'jobs', 'permission', 'what for'], rows);
  return readme.replace(MARKS, () => `\n${table.join('\n')}\n\n`);
}

/** Texts of the workflows by file name. */
export async function readWorkflowTexts(): Promise<ReadonlyMap<string, string>> {
  const names = (await readdir(WORKFLOWS)).filter((name) => name.endsWith('.yml'));
  const read = async (name: string) => [name, await readFile(path.join(WORKFLOWS, name), 'utf8')] as const;
  return new Map(await Promise.all(names.map(read)));
}

/** Jobs with the same permissions share their rows. */
function rowsOf(workflow: string, text: string): readonly (readonly string[])[] {
  const document = parseDocument(text);
  const jobs = document.get('jobs');
  const byGrants = new Map<string, { readonly jobs: string[]; readonly grants: readonly Grant[] }>();
  for (const { key, value } of isMap(jobs) ? jobs.items : []) {
    const grants = isMap(value) ? grantsOf(document, value) : [];
    const known = JSON.stringify(grants);
    const same = byGrants.get(known) ?? { jobs: [], grants };
    same.jobs.push(String(key));
    byGrants.set(known, same);
  }
  return [...byGrants.values()].flatMap(({ jobs, grants }) =>
    grants.map(([permission, reason], index) => [
      index === 0 ? `\`${workflow}\`` : '',
      index === 0 ? shorten(jobs) : '',
      `\`${permission}\``,
      reason,
    ]),
  );
}

/** A permission, and the comment beside it. */
type Grant = readonly [string, string];

function grantsOf(document: Document, job: YAMLMap): readonly Grant[] {
  const written = job.get('permissions', true);
  const granted = isAlias(written) ? written.resolve(document) : written;
  if (!isMap(granted)) return [];
  return granted.items.map(({ key, value }) => {
    const comment = isScalar(value) ? (value.comment ?? '') : '';
    return [`${key}: ${isScalar(value) ? value.value : ''}`, comment.trim()];
  });
}

/** `wave-1`, `wave-2`, … are written as the first and the last. */
function shorten(jobs: readonly string[]): string {
  const numbered = jobs.filter((name) => /-\d+$/.test(name));
  if (numbered.length < 3) return jobs.join(', ');
  const [first = '', last = ''] = [numbered[0], numbered.at(-1)];
  return jobs
    .filter((name) => !numbered.includes(name) || name === first)
    .map((name) => (name === first ? `${first} to ${last}` : name))
    .join(', ');
}

if (import.meta.main) {
  await writeFile(README, withPermissions(await readFile(README, 'utf8'), await readWorkflowTexts()));
}
