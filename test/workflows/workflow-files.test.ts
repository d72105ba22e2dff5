import { NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser';
import { describe, expect, it } from '@jest/globals';
import { type Job, readOwnAction, readWorkflows, type WorkflowFile } from '../support/workflow-files.ts';

/** Inputs and secrets, as an event declares them. */
interface WrittenForm {
  readonly inputs?: Readonly<Record<string, WrittenInput>>;
  readonly secrets?: Readonly<Record<string, unknown>>;
}

type WrittenInput = Readonly<Record<string, unknown>>;

/** https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onworkflow_dispatchinputs */
const MOST_FIELDS = 25;

/** What a runner would only say once the workflow is on the forge. */
describe.each(readWorkflows().map((file) => [file.path, file] as const))('%s', (path, { text, on, data }) => {
  const jobs = Object.entries(data.jobs);
  const steps = jobs.flatMap(([id, job]) => (job.steps ?? []).map((step) => ({ job: id, ...step })));

  it('is a workflow by the grammar of GitHub', () => {
    const { context, value } = parseWorkflow({ name: path, content: text }, new NoOperationTraceWriter());
    expect(context.errors.getErrors().map(({ message }) => message)).toEqual([]);
    expect(value).toBeDefined();
  });

  it('gives actions of this repository inputs they have, and all they require', () => {
    const problems = steps.flatMap(({ uses = '', with: given = {} }) => {
      const inputs = readOwnAction(uses)?.inputs;
      if (inputs === undefined) return [];
      const unknown = Object.keys(given).filter((name) => !(name in inputs));
      const required = Object.keys(inputs).filter((name) => inputs[name]?.required && !(name in given));
      return [
        ...unknown.map((name) => `${uses} has no input "${name}"`),
        ...required.map((name) => `${uses} requires "${name}"`),
      ];
    });
    expect(problems).toEqual([]);
  });

  it('reads outputs of steps that have them', () => {
    const missing = jobs.flatMap(([, job]) =>
      references(job, /steps\.(?<from>[\w-]+)\.outputs\.(?<name>[\w-]+)/g).filter(({ from, name }) => {
        const step = job.steps?.find(({ id }) => id === from);
        // What actions of others put out is theirs.
        if (step?.uses !== undefined && !step.uses.startsWith('$/')) return false;
        const action = step === undefined ? null : readOwnAction(step.uses ?? '');
        const writes = [`"${name}<<`, `"${name}=`].some((text) => step?.run?.includes(text));
        return !(name in (action?.outputs ?? {})) && !writes;
      }),
    );
    expect(missing).toEqual([]);
  });

  it('reads outputs and results only of jobs it needs', () => {
    const missing = jobs.flatMap(([, job]) =>
      references(job, /needs\.(?<from>[\w-]+)\.(?:result|outputs\.(?<name>[\w-]+))/g).filter(
        ({ from, name }) =>
          ![job.needs ?? []].flat().includes(from) ||
          (name !== '' && !(name in (data.jobs[from]?.outputs ?? {}))),
      ),
    );
    expect(missing).toEqual([]);
  });

  it('reads inputs and secrets that a caller can give', () => {
    const [call, form] = [on.workflow_call, on.workflow_dispatch].map((one) => (one ?? {}) as WrittenForm);
    const read = (kind: string) =>
      references(data, new RegExp(`\\b${kind}\\.(?<name>[\\w-]+)`, 'g')).map(({ name }) => name);
    const unknown = (kind: keyof WrittenForm) =>
      read(kind).filter((name) => !(name in { ...call?.[kind], ...form?.[kind] }));
    expect({ inputs: unknown('inputs'), secrets: unknown('secrets') }).toEqual({ inputs: [], secrets: [] });
  });

  it('shows a person a form that GitHub takes, and that means what a caller means', () => {
    const { inputs: form = {} } = (on.workflow_dispatch ?? {}) as WrittenForm;
    const { inputs: call = form } = (on.workflow_call ?? {}) as WrittenForm;
    const different = Object.keys(form)
      .filter((name) => name in call)
      .filter((name) => ['default', 'required'].some((key) => form[name]?.[key] !== call[name]?.[key]));
    expect({ different, isTooLong: Object.keys(form).length > MOST_FIELDS }).toEqual({
      ...{ different: [], isTooLong: false },
    });
    const undescribed = Object.entries({ ...call, ...form }).filter(([, { description }]) => !description);
    expect(undescribed).toEqual([]);
  });

  it('pins actions of others to a commit, with the version beside it', () => {
    const uses = [...text.matchAll(/^\s*(?:- )?uses: (.*)$/gm)].map(([, value = '']) => value);
    expect(uses.length).toBeGreaterThan(0);
    expect(
      uses.filter((value) => !/^(?:\$\/\S+|[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/.test(value)),
    ).toEqual([]);
  });

  it('grants nothing by default, and every job what it says it needs', () => {
    expect(data.permissions).toEqual({});
    const wrong = jobs.filter(([, { permissions }]) => typeof permissions !== 'object');
    expect(wrong.map(([id]) => id)).toEqual([]);
    const grants = text.split('\n').filter((line) => /^\s+[a-z-]+: (?:read|write)\b/.test(line));
    expect(grants.filter((line) => !/ # \S/.test(line))).toEqual([]);
  });

  it('ends every job that hangs, and says who waits for whom', () => {
    const endless = jobs.filter(([, job]) => typeof job['timeout-minutes'] !== 'number');
    expect(endless.map(([id]) => id)).toEqual([]);
    expect(data.concurrency).toBeDefined();
  });

  it('names itself and its jobs', () => {
    expect(data.name).toBeDefined();
    expect(jobs.filter(([, { name }]) => name === undefined).map(([id]) => id)).toEqual([]);
  });

  it('leaves no token behind in the checkout', () => {
    const keeping = steps
      .filter(({ uses = '' }) => uses.startsWith('actions/checkout@'))
      .filter((step) => step.with?.['persist-credentials'] !== false);
    expect(keeping).toEqual([]);
  });

  it('puts no expression into a script, where its value would be code', () => {
    const scripts = steps.flatMap(({ run, with: given }) => [run, given?.script]);
    expect(scripts.filter((script) => String(script).includes('${{'))).toEqual([]);
  });

  it('never runs the code of a fork with rights of this repository', () => {
    expect(Object.keys(on)).not.toContain('pull_request_target');
  });
});

/** What expressions somewhere in a job or workflow name; empty what the pattern does not hold. */
function references(data: Job | WorkflowFile['data'], pattern: RegExp) {
  return [...JSON.stringify(data).matchAll(pattern)].map(({ groups }) => ({
    from: groups?.from ?? '',
    name: groups?.name ?? '',
  }));
}
