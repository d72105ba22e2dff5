import { badInput, type CommonInputs, readCommonInputs } from '../lib/action/common-inputs.ts';
import type { JobNode } from '../lib/plan/cut-jobs.ts';

/** The inputs of the action `build`. */
export interface BuildInputs extends CommonInputs {
  /** The stored plan by digest; `null`: plan here. */
  readonly plan: string | null;
  /** What this job builds; `null`: everything the plan wants built. */
  readonly nodes: readonly JobNode[] | null;
}

/** Reads them; `read` gives an input's text, empty where there is none. @throws DarkroomError `input/…` */
export function readBuildInputs(read: (name: string) => string): BuildInputs {
  const [plan, nodes] = [read('plan'), read('nodes')];
  if (nodes !== '' && plan === '') {
    throw badInput('nodes', 'The input "nodes" needs the input "plan": the nodes are part of a plan.');
  }
  return {
    ...readCommonInputs(read),
    plan: plan === '' ? null : plan,
    nodes: nodes === '' ? null : parseNodes(nodes),
  };
}

function parseNodes(text: string): readonly JobNode[] {
  const nodes = parseJson(text);
  if (Array.isArray(nodes) && nodes.length > 0 && nodes.every(isJobNode)) return nodes;
  const shown = text.length > 100 ? `${text.slice(0, 100)}…` : text;
  throw badInput(
    'nodes',
    `The input "nodes" is ${JSON.stringify(shown)}; expected a JSON array of {name, platform, key}, as the action "plan" puts it out.`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isJobNode(node: Partial<JobNode> | null): boolean {
  const { name, platform, key } = node ?? {};
  return typeof name === 'string' && typeof platform === 'string' && /^[0-9a-f]{64}$/.test(String(key));
}
