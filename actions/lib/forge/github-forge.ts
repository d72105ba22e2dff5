/** A repository on GitHub, or on a forge that speaks like it. */
import { DarkroomError } from '../errors/darkroom-error.ts';
import type { Dispatched, Forge, Workflow } from './forge.ts';
import { ForgeFailure } from './forge-failure.ts';
import type { ForgeFlavour } from './forge-flavour.ts';
import { type ForgeSession, parseJson, type Question } from './forge-session.ts';
import { fields, list, number, type Reader, readJob, readRun, readWorkflow, text } from './read-answers.ts';

const PAGE = 100;
/** The API lists no more: https://docs.github.com/rest/actions/workflow-runs#list-workflow-runs-for-a-workflow */
const MOST_PAGES = 10;
const LOG_TAIL = 64 * 1024;
/** Far above what {@link Forge.readArtifact} is used for. */
const MOST_ARTIFACT = 1024 * 1024;

/** @param repository `owner/name` */
export function createGitHubForge(session: ForgeSession, repository: string, flavour: ForgeFlavour): Forge {
  const at = `repos/${repository}`;
  const actions = `${at}/actions`;
  const { runDetails } = flavour;
  let givesDetails = true;

  async function page<T>(
    question: Omit<Question, 'takes'>,
    field: string,
    read: Reader<T>,
  ): Promise<readonly T[]> {
    const found: T[] = [];
    for (let number_ = 1; number_ <= MOST_PAGES; number_++) {
      const query = { ...question.query, per_page: String(PAGE), page: String(number_) };
      const json = fields(await session.askJson({ ...question, query, takes: [200] }), question.doing);
      const items = list(json, field, question.doing).map((item) => read(item, question.doing));
      found.push(...items);
      if (items.length < PAGE) break;
    }
    return found;
  }

  async function send(
    workflow: Workflow,
    ref: string,
    inputs: Readonly<Record<string, string>>,
  ): Promise<Dispatched> {
    const doing = `dispatch "${workflow.path}"`;
    const wish = givesDetails ? { [runDetails.name]: true } : {};
    const answer = await session.ask({
      ...{ method: 'POST', doing, path: `${actions}/workflows/${workflow.id}/dispatches` },
      ...(runDetails.place === 'query' && givesDetails ? { query: { [runDetails.name]: 'true' } } : {}),
      body: { ref, inputs, ...(runDetails.place === 'body' ? wish : {}) },
      takes: givesDetails ? [200, 201, 204, 400] : [200, 201, 204],
    });
    if (answer.status === 400) {
      // GHES 3.20 and older: '"return_run_details" is not a permitted key'.
      if (!answer.body.includes(runDetails.name)) throw refused(doing, answer.body);
      givesDetails = false;
      return send(workflow, ref, inputs);
    }
    if (answer.status === 204 || answer.body.length === 0) return { kind: 'accepted' };
    const json = fields(parseJson(doing, answer), doing);
    return {
      kind: 'started',
      id: number(json, runDetails.id, doing),
      url: text(json, runDetails.url, doing),
    };
  }

  return {
    async readWorkflow(file) {
      const doing = `read the workflow "${file}" of ${repository}`;
      const path = `${actions}/workflows/${encodeURIComponent(file)}`;
      const json = await session.askJson({ doing, path, takes: [200, 404] });
      return json === null ? null : readWorkflow(json, doing);
    },
    listWorkflows: () =>
      page(
        { doing: `list the workflows of ${repository}`, path: `${actions}/workflows` },
        'workflows',
        readWorkflow,
      ),
    async readFile(path, ref) {
      const doing = `read "${path}" of ${repository}`;
      const place = path.split('/').map(encodeURIComponent).join('/');
      const json = await session.askJson({
        doing,
        path: `${at}/contents/${place}`,
        query: { ref },
        takes: [200, 403, 404],
      });
      if (json === null) return null;
      return Buffer.from(text(fields(json, doing), 'content', doing), 'base64').toString('utf8');
    },
    async readDefaultBranch() {
      const doing = `read the repository ${repository}`;
      return text(
        fields(await session.askJson({ doing, path: at, takes: [200] }), doing),
        'default_branch',
        doing,
      );
    },
    async dispatch(workflow, ref, inputs) {
      try {
        return await send(workflow, ref, inputs);
      } catch (error) {
        if (!mayHaveHappened(error)) throw error;
        return { kind: 'lost', reason: error.problems[0]?.message ?? '' };
      }
    },
    listRuns: (workflow, branch, since) =>
      page(
        {
          doing: `list the runs of "${workflow.path}"`,
          path: `${actions}/workflows/${workflow.id}/runs`,
          query: {
            event: 'workflow_dispatch',
            ...(branch === null ? {} : { branch }),
            created: `>=${new Date(since).toISOString().slice(0, 19)}Z`,
          },
        },
        'workflow_runs',
        readRun,
      ),
    async readRun(id) {
      const doing = `read the run ${id} of ${repository}`;
      const json = await session.askJson({
        doing,
        path: `${actions}/runs/${id}`,
        takes: [200, 404],
        isRepeated: true,
      });
      return json === null ? null : readRun(json, doing);
    },
    async readJobs(id) {
      const doing = `list the jobs of the run ${id}`;
      const question = { doing, path: `${actions}/runs/${id}/jobs`, isRepeated: true };
      try {
        return await page(question, 'jobs', readJob);
      } catch (error) {
        if (error instanceof DarkroomError && error.problems[0]?.code === 'forge/not-found') return null;
        throw error;
      }
    },
    async readLogTail(job) {
      const doing = `read the log of the job ${job}`;
      const limits = { maxBytes: LOG_TAIL, keepsEnd: true };
      const answer = await session.ask({
        doing,
        path: `${actions}/jobs/${job}/logs`,
        takes: [200, 404, 410],
        ...limits,
      });
      return answer.status === 200 ? answer.body.toString('utf8') : null;
    },
    async readArtifact(run, name) {
      const doing = `read the artifact "${name}" of the run ${run}`;
      const question = { doing, path: `${actions}/runs/${run}/artifacts`, query: { name } };
      const found = await page(question, 'artifacts', (value) => fields(value, doing));
      const newest = found
        .filter((one) => one.expired !== true && one.name === name)
        .map((one) => number(one, 'id', doing));
      if (newest.length === 0) return null;
      const path = `${actions}/artifacts/${Math.max(...newest)}/zip`;
      const answer = await session.ask({ doing, path, takes: [200, 404, 410], maxBytes: MOST_ARTIFACT });
      return answer.status === 200 ? answer.body : null;
    },
    async cancel(id) {
      const path = `${actions}/runs/${id}/cancel`;
      await session.ask({ method: 'POST', doing: `cancel the run ${id}`, path, takes: [202, 404, 409] });
    },
    async readLogin() {
      const doing = 'read whose token this is';
      const json = await session.askJson({ doing, path: 'user', takes: [200, 401, 403, 404] });
      return json === null ? null : text(fields(json, doing), 'login', doing);
    },
    ...{ time: session.time, quota: session.quota, requests: session.requests },
  };
}

/** An answer that cannot be read came after something was done. */
function mayHaveHappened(error: unknown): error is DarkroomError {
  if (error instanceof ForgeFailure) return error.mayHaveHappened;
  return error instanceof DarkroomError && error.problems[0]?.code === 'forge/bad-answer';
}

function refused(doing: string, body: Buffer): DarkroomError {
  const said = JSON.stringify(body.toString('utf8').slice(0, 200));
  return new DarkroomError({
    code: 'forge/refused',
    message: `Cannot ${doing}: the answer was 400 with ${said}.`,
  });
}
