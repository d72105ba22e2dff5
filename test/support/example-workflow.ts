/** Examples of workflows on our pages, made whole so that a linter can look at them. */
import { existsSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import type { Job } from './workflow-files.ts';

type Fields = Readonly<Record<string, unknown>>;

/** How our pages name this repository. */
const OURS = /<owner>\/darkroom\/(?<inside>[\w./-]+)@v1(?![\w.])/g;
const RUNNER = 'ubuntu-24.04';

/** Whether a YAML text is a workflow, or jobs, a job, or steps of one. */
export function isWorkflowPart(data: unknown): boolean {
  if (Array.isArray(data)) return data.every((step) => isFields(step) && ('uses' in step || 'run' in step));
  return isFields(data) && ['jobs', 'steps', 'on'].some((name) => name in data);
}

/** What names this repository in a way that nobody could copy. */
export function wrongNames(text: string): readonly string[] {
  const rest = text.replaceAll(OURS, '').replaceAll(/repository: <owner>\/darkroom\b/g, '');
  const named = [...text.matchAll(OURS)].map(({ groups }) => groups?.inside ?? '');
  return [
    ...named.filter((inside) => !existsSync(inside)).map((inside) => `there is no "${inside}"`),
    ...[...rest.matchAll(/\S*<owner>\S*|\S+\/darkroom\/\S*/g)].map(
      ([name]) => `"${name}" is not <owner>/darkroom/…@v1`,
    ),
  ];
}

/**
 * The whole workflow, with our own actions and workflows at their path in this repository. What a part leaves to what is
 * around it is put there: a job `plan` whose outputs are those of the action `plan`, and a job matrix.
 */
export function exampleWorkflow(text: string): string {
  const local = text.replaceAll(OURS, './$<inside>');
  const data = parse(local) as unknown;
  if (isFields(data) && 'jobs' in data && 'on' in data) return local;
  return stringify({ name: 'Example', on: 'push', jobs: {}, ...aroundOf(data) }, { lineWidth: 0 });
}

function aroundOf(data: unknown): Fields {
  if (!isFields(data)) return { jobs: jobsAround({ steps: data }) };
  if ('jobs' in data) return data;
  if ('steps' in data) return { jobs: jobsAround(data) };
  return { ...data, jobs: jobsAround({ steps: [{ run: 'true' }] }) };
}

function jobsAround(job: Fields): Fields {
  const text = JSON.stringify(job);
  const needed = Map.groupBy(
    text.matchAll(/\bneeds\.(?<from>[\w-]+)\.outputs\.(?<name>[\w-]+)/g),
    ({ groups }) => groups?.from ?? '',
  );
  const before = [...needed].map(([from, named]) => {
    const outputs = named.map(({ groups }) => [groups?.name, `\${{ steps.own.outputs.${groups?.name} }}`]);
    const steps = [{ id: 'own', uses: `./actions/${from}` }];
    return [from, { 'runs-on': RUNNER, outputs: Object.fromEntries(outputs), steps }];
  });
  const strategy = text.includes('matrix.') ? { strategy: { matrix: `\${{ fromJson(github.token) }}` } } : {};
  return {
    ...Object.fromEntries(before),
    example: {
      ...(before.length === 0 ? {} : { needs: [...needed.keys()] }),
      ...strategy,
      'runs-on': RUNNER,
      ...job,
    },
  };
}

/** What jobs that call a workflow of this repository do not grant, though its jobs ask for it. */
export function missingGrants(
  workflow: string,
  readCalled: (path: string) => { readonly jobs: Readonly<Record<string, Job>> },
): readonly string[] {
  const { jobs = {}, permissions } = parse(workflow) as {
    jobs?: Record<string, Fields>;
    permissions?: unknown;
  };
  return Object.entries(jobs).flatMap(([id, job]) => {
    const { uses } = job;
    if (typeof uses !== 'string' || !uses.startsWith('./.github/workflows/')) return [];
    const granted = grantsOf(job.permissions ?? permissions);
    const asked = Object.values(readCalled(uses.slice(2)).jobs).flatMap((called) =>
      Object.entries(grantsOf(called.permissions)),
    );
    const missing = asked.filter(
      ([name, level]) => RANKS.indexOf(granted[name] ?? 'none') < RANKS.indexOf(level),
    );
    return [...new Set(missing.map(([name, level]) => `"${id}" does not grant ${name}: ${level}`))];
  });
}

const RANKS = ['none', 'read', 'write'];

function grantsOf(permissions: unknown): Readonly<Record<string, string>> {
  return isFields(permissions) ? (permissions as Record<string, string>) : {};
}

function isFields(data: unknown): data is Fields {
  return typeof data === 'object' && data !== null && !Array.isArray(data);
}
