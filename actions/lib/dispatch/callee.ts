/** The workflow that is dispatched, as far as its file says how. */
import { parseYamlTree, type YamlMap, type YamlValue } from '../matrix/yaml-tree.ts';

/** An input that a workflow declares. */
export interface DeclaredInput {
  readonly name: string;
  /** `string` where it says nothing. */
  readonly type: string;
  readonly isRequired: boolean;
  readonly hasDefault: boolean;
  /** Of a choice. */
  readonly options: readonly string[];
}

/** What a workflow says of being dispatched. */
export interface Callee {
  readonly inputs: readonly DeclaredInput[];
  /** Its input whose value shows in the title of a run, by which a run is found again. */
  readonly idInput: string | null;
}

/** Names that are common for it; the first is ours. */
const ID_INPUTS = ['darkroom-id', 'darkroom_id', 'distinct_id'];

/** Reads a workflow file: `null` where it cannot be dispatched, `undefined` where it cannot be read. */
export function readCallee(text: string, file: string): Callee | null | undefined {
  const { root, problems } = parseYamlTree(text, file);
  if (problems.length > 0 || root?.kind !== 'map') return undefined;
  const events = valueAt(root, 'on');
  const trigger = events?.kind === 'map' ? valueAt(events, 'workflow_dispatch') : undefined;
  if (trigger === undefined && !named(events).includes('workflow_dispatch')) return null;
  const declared = trigger?.kind === 'map' ? valueAt(trigger, 'inputs') : undefined;
  const inputs =
    declared?.kind === 'map' ? declared.entries.map(({ key, value }) => readInput(key, value)) : [];
  const title = textOf(valueAt(root, 'run-name'));
  const names = new Set(inputs.map(({ name }) => name));
  return { inputs, idInput: ID_INPUTS.find((name) => names.has(name) && shows(title, name)) ?? null };
}

function readInput(name: string, value: YamlValue): DeclaredInput {
  const from = value.kind === 'map' ? value : undefined;
  const field = (key: string): YamlValue | undefined => (from === undefined ? undefined : valueAt(from, key));
  const options = field('options');
  return {
    name,
    type: textOf(field('type')) || 'string',
    isRequired: textOf(field('required')) === 'true',
    hasDefault: field('default') !== undefined,
    options: options?.kind === 'list' ? options.items.map(textOf) : [],
  };
}

/** Whether a title holds the value of an input, however it is written. */
function shows(title: string, input: string): boolean {
  return [`inputs.${input}`, `inputs['${input}']`].some((way) => title.includes(way));
}

function named(events: YamlValue | undefined): readonly string[] {
  return events?.kind === 'list' ? events.items.map(textOf) : [textOf(events)];
}

function valueAt(map: YamlMap, key: string): YamlValue | undefined {
  return map.entries.find((entry) => entry.key === key)?.value;
}

function textOf(value: YamlValue | undefined): string {
  return value?.kind === 'scalar' ? value.text : '';
}
