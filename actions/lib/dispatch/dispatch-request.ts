/** What a person asked to be dispatched, checked as far as that takes no server. */
import { DarkroomError, type Problem } from '../errors/darkroom-error.ts';
import { quote } from '../matrix/quote.ts';
import { parseYamlTree, type YamlValue } from '../matrix/yaml-tree.ts';

/** As it was written; an empty text stands for nothing. */
export interface WrittenDispatch {
  /** File name, path or number. */
  readonly workflow: string;
  /** `owner/name` */
  readonly repository: string;
  /** JSON or YAML: an object for one run, a list of them for several. */
  readonly inputs: string;
  readonly timeoutMinutes: string;
  readonly maxParallel: string;
}

/** Inputs of one run. Forges take texts alone. */
export type RunInputs = Readonly<Record<string, string>>;

/** What is to be dispatched. */
export interface DispatchRequest {
  readonly workflow: string;
  readonly repository: string;
  readonly runs: readonly RunInputs[];
  readonly timeoutMs: number;
  readonly maxParallel: number;
}

/** https://docs.github.com/actions/reference/limits; the second counts characters of the object as JSON without blanks. */
const MOST_INPUTS = 25;
const MOST_CHARACTERS = 65_535;
const MOST_RUNS = 256;
/** A run lives no longer. */
const MOST_MINUTES = 35 * 24 * 60;

/** Checks all of it. @throws DarkroomError of kind `use`, with every problem */
export function readDispatchRequest(written: WrittenDispatch): DispatchRequest {
  const problems: Problem[] = [];
  const runs = readRuns(written.inputs, problems);
  const minutes = readNumber('timeout-minutes', written.timeoutMinutes, MOST_MINUTES, problems);
  const maxParallel = readNumber('max-parallel', written.maxParallel, MOST_RUNS, problems);
  if (!/^[\w.-]+\/[\w.-]+$/.test(written.repository)) {
    problems.push(
      bad('repository', `The repository is ${quote(written.repository)}; expected "owner/name".`),
    );
  }
  const workflow = written.workflow.replace(/^\.github\/workflows\//, '');
  if (!/^[\w. -]+\.ya?ml$|^\d+$/.test(workflow)) {
    const message = `The workflow is ${quote(written.workflow)}; expected the name of its file, such as "reconstruct.yml".`;
    problems.push(bad('workflow', message));
  }
  if (problems.length > 0) throw new DarkroomError(problems, { kind: 'use' });
  return { workflow, repository: written.repository, runs, timeoutMs: minutes * 60_000, maxParallel };
}

function readRuns(text: string, problems: Problem[]): readonly RunInputs[] {
  if (text.trim() === '') return [{}];
  const { root, problems: unreadable } = parseYamlTree(text, 'inputs');
  problems.push(...unreadable);
  if (root === undefined) return [];
  const items = root.kind === 'list' ? root.items : [root];
  if (items.length === 0 || items.length > MOST_RUNS) {
    problems.push(
      bad('inputs', `The list of inputs has ${items.length} entries; expected 1 to ${MOST_RUNS}.`),
    );
    return [];
  }
  return items.map((item, index) =>
    readInputs(item, items.length === 1 ? '' : ` of run ${index + 1}`, problems),
  );
}

function readInputs(value: YamlValue, which: string, problems: Problem[]): RunInputs {
  if (value.kind !== 'map') {
    problems.push(
      bad('inputs', `The inputs${which} are a ${value.kind}; expected an object with a value for each name.`),
    );
    return {};
  }
  const nested = value.entries.filter((entry) => entry.value.kind !== 'scalar').map(({ key }) => key);
  for (const name of nested) {
    const message = `The input ${quote(name)}${which} is a ${value.entries.find(({ key }) => key === name)?.value.kind}; expected a text, a number or a boolean.`;
    problems.push({ ...bad('inputs', message), hint: 'Give it as a text that holds JSON.' });
  }
  const inputs = Object.fromEntries(
    value.entries.map(({ key, value: one }) => [
      key,
      one.kind === 'scalar' && one.type !== 'null' ? one.text : '',
    ]),
  );
  problems.push(...sizeProblems(inputs, which));
  return inputs;
}

function sizeProblems(inputs: RunInputs, which: string): readonly Problem[] {
  const count = Object.keys(inputs).length;
  const size = [...JSON.stringify(inputs)].length;
  const problems: Problem[] = [];
  if (count > MOST_INPUTS) {
    problems.push(
      bad('inputs', `There are ${count} inputs${which}; a workflow takes at most ${MOST_INPUTS}.`),
    );
  }
  if (size > MOST_CHARACTERS) {
    const message = `The inputs${which} have ${size} characters as JSON; a workflow takes at most ${MOST_CHARACTERS}.`;
    problems.push({
      ...bad('inputs', message),
      hint: 'Put the large one into a file, and give its address.',
    });
  }
  return problems;
}

function readNumber(name: string, text: string, most: number, problems: Problem[]): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= most) return value;
  problems.push(bad(name, `"${name}" is ${quote(text)}; expected a whole number from 1 to ${most}.`));
  return 1;
}

function bad(input: string, message: string): Problem {
  return { code: `input/${input}`, message };
}
