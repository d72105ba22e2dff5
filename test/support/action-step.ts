/** Runs an action's bundle as a runner would: a process of its own, with inputs, files and nothing else of the project. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { parse } from 'yaml';

/** One step of a workflow. */
export interface StepRequest {
  /** Folder below `actions/`. */
  readonly action: string;
  /** Of this repository, or of a copy. */
  readonly root?: string;
  /** The checkout: `GITHUB_WORKSPACE`. */
  readonly cwd: string;
  readonly inputs?: Readonly<Record<string, string>>;
  /** What the run says of itself; `ref` is `refs/heads/main` unless given. */
  readonly event?: {
    readonly name: string;
    readonly ref?: string;
    readonly headRef?: string;
    readonly payload?: unknown;
  };
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Kept between the steps of one job. */
  readonly temp?: string;
  /** Told how to send the step a signal, once it runs. */
  readonly onStart?: (kill: (signal: NodeJS.Signals) => void) => void;
}

/** What came of it. */
export interface StepResult {
  readonly exitCode: number | undefined;
  readonly outputs: Readonly<Record<string, string>>;
  /** What was kept for the step's end: the environment of its `post`. */
  readonly state: Readonly<Record<string, string>>;
  readonly summary: string;
  /** `error`, `warning` and `notice` commands, as the runner shows them. */
  readonly annotations: readonly Annotation[];
  /** Everything that was printed. */
  readonly log: string;
  /** What was asked to be masked. */
  readonly masked: readonly string[];
}

/** An annotation with its text as a person reads it. */
export interface Annotation {
  readonly level: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly text: string;
}

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Runs a step to its end. */
export async function runStep(request: StepRequest): Promise<StepResult> {
  const files = await mkdtemp(path.join(tmpdir(), 'darkroom-step-'));
  try {
    const { exitCode, all } = await startStep(request, files);
    const outputs = parseOutputs(await readFile(path.join(files, 'output'), 'utf8'));
    const kept = parseOutputs(await readFile(path.join(files, 'state'), 'utf8'));
    const state = Object.fromEntries(Object.entries(kept).map(([name, value]) => [`STATE_${name}`, value]));
    const summary = await readFile(path.join(files, 'summary'), 'utf8');
    const commands = [...all.matchAll(/^::(?<name>[\w-]+)(?: (?<properties>.*?))?::(?<text>.*)$/gm)];
    return {
      ...{ exitCode, outputs, state, summary, log: all },
      annotations: commands.flatMap(({ groups }) => toAnnotation(groups ?? {})),
      masked: commands.flatMap(({ groups }) =>
        groups?.name === 'add-mask' ? [unescapeData(groups.text ?? '')] : [],
      ),
    };
  } finally {
    await rm(files, { recursive: true, force: true });
  }
}

/** Starts a step whose runner files lie in `files`. */
export async function startStep(request: StepRequest, files: string) {
  const { action, cwd, event = { name: 'push' }, root = ROOT } = request;
  const folder = path.join(root, 'actions', action);
  const definition = parse(await readFile(path.join(folder, 'action.yml'), 'utf8')) as ActionDefinition;
  for (const name of ['output', 'summary', 'state', 'env', 'path'])
    await writeFile(path.join(files, name), '');
  await writeFile(path.join(files, 'event.json'), JSON.stringify(event.payload ?? DEFAULT_EVENT));
  const temp = request.temp ?? path.join(files, 'temp');
  await mkdir(temp, { recursive: true });
  const ref = event.ref ?? 'refs/heads/main';
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(GITHUB|INPUT|RUNNER|ACTIONS|XDG)_/.test(name),
  );
  const child = execa(process.execPath, [path.join(folder, definition.runs.main)], {
    ...{ cwd, extendEnv: false, reject: false, all: true, stdin: 'ignore' },
    env: {
      ...Object.fromEntries(inherited),
      ...{ CI: 'true', GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: cwd, RUNNER_TEMP: temp },
      ...{ GITHUB_OUTPUT: path.join(files, 'output'), GITHUB_STEP_SUMMARY: path.join(files, 'summary') },
      ...{ GITHUB_STATE: path.join(files, 'state'), GITHUB_EVENT_PATH: path.join(files, 'event.json') },
      ...{ GITHUB_REPOSITORY: 'acme/vision', GITHUB_ACTOR: 'octocat', GITHUB_EVENT_NAME: event.name },
      ...{ GITHUB_REF: ref, GITHUB_REF_TYPE: ref.startsWith('refs/tags/') ? 'tag' : 'branch' },
      ...{ GITHUB_REF_NAME: ref.replace(/^refs\/[^/]+\//, ''), GITHUB_HEAD_REF: event.headRef ?? '' },
      ...inputVariables(definition, request.inputs ?? {}),
      ...request.env,
    },
  });
  request.onStart?.((signal) => child.kill(signal));
  return child;
}

interface ActionDefinition {
  readonly inputs?: Readonly<Record<string, { readonly default?: string; readonly required?: boolean }>>;
  readonly runs: { readonly main: string };
}

const DEFAULT_EVENT = { repository: { default_branch: 'main', full_name: 'acme/vision' } };

/** Defaults are the runner's work; a default that is an expression is the workflow's token, empty unless given. */
function inputVariables(
  { inputs = {} }: ActionDefinition,
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  const unknown = Object.keys(given).filter((name) => !(name in inputs));
  if (unknown.length > 0) throw new Error(`the action has no input "${unknown.join('", "')}"`);
  const value = (name: string): string => {
    const fallback = inputs[name]?.default ?? '';
    return given[name] ?? (fallback.includes('${{') ? '' : fallback);
  };
  return Object.fromEntries(
    Object.keys(inputs).map((name) => [`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, value(name)]),
  );
}

/** https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#multiline-strings */
function parseOutputs(text: string): Record<string, string> {
  const blocks = text.matchAll(/^(?<name>[^\n<]+)<<(?<end>\S+)\n(?<value>.*?)\n?^\k<end>$/gms);
  return Object.fromEntries([...blocks].map(({ groups }) => [groups?.name ?? '', groups?.value ?? '']));
}

function toAnnotation(groups: Record<string, string | undefined>): readonly Annotation[] {
  const { name = '', properties = '', text = '' } = groups;
  if (!['error', 'warning', 'notice'].includes(name)) return [];
  const pairs = properties.split(',').map((pair) => pair.split('=') as [string, string]);
  const unescaped = pairs.map(([key, value]) => [
    key,
    unescapeData(value ?? '')
      .replaceAll('%3A', ':')
      .replaceAll('%2C', ','),
  ]);
  return [{ level: name, properties: Object.fromEntries(unescaped), text: unescapeData(text) }];
}

function unescapeData(text: string): string {
  return text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
}
