import { badInput, type CommonInputs, readCommonInputs } from '../lib/action/common-inputs.ts';
import { NATIVE_PLATFORM } from '../lib/build/native-platform.ts';
import type { Platform } from '../lib/matrix/matrix.ts';
import { PLATFORMS } from '../lib/matrix/value-kinds.ts';
import type { JobNode } from '../lib/plan/cut-jobs.ts';

/** The inputs of the action `build`. */
export interface BuildInputs extends CommonInputs {
  /** The stored plan by digest; `null`: plan here. */
  readonly plan: string | null;
  /** What this job builds; `null`: everything the plan wants built. */
  readonly nodes: readonly JobNode[] | null;
  /** What is built without a plan; a plan says for every job what it builds. */
  readonly platforms: ReadonlySet<Platform>;
  /** Variables that the matrix's secrets are read from, beside those of the step. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** Reads them; `read` gives an input's text, empty where there is none. @throws DarkroomError `input/…` */
export function readBuildInputs(read: (name: string) => string): BuildInputs {
  const [plan, nodes] = [read('plan'), read('nodes')];
  if (nodes !== '' && plan === '') {
    throw badInput('nodes', 'The input "nodes" needs the input "plan": the nodes are part of a plan.');
  }
  const platforms = parsePlatforms(read('platforms'));
  if (platforms.length > 0 && plan !== '') {
    throw badInput(
      'platforms',
      'The input "platforms" is for a build without the input "plan", which says it itself.',
    );
  }
  return {
    ...readCommonInputs(read),
    plan: plan === '' ? null : plan,
    nodes: nodes === '' ? null : parseNodes(nodes),
    platforms: new Set(platforms.length === 0 ? [NATIVE_PLATFORM] : platforms),
    secrets: parseSecrets(read('secrets')),
  };
}

function parsePlatforms(text: string): readonly Platform[] {
  const given = text.split(/[\s,]+/).filter((platform) => platform !== '');
  const unknown = given.find((platform) => !PLATFORMS.some((known) => known === platform));
  if (unknown === undefined) return given;
  throw badInput(
    'platforms',
    `The input "platforms" has ${JSON.stringify(unknown)}; expected platforms as the matrix writes them, such as "linux/amd64,linux/arm64".`,
  );
}

/**
 * A value ends with its line; nothing of it may be shown, not even where it is wrong. Without one there is no such secret: that is
 * what `NAME=${{ secrets.NAME }}` becomes in a pull request from a fork, and only an image that needs it may fail.
 */
function parseSecrets(text: string): Record<string, string> {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const pairs = lines.map((line, index) => {
    const { name, value } = /^(?<name>[A-Za-z_]\w*)=(?<value>.*)$/.exec(line)?.groups ?? {};
    if (name !== undefined && value !== undefined) return [name, value] as const;
    throw badInput('secrets', `Line ${index + 1} of the input "secrets" is not "NAME=value".`);
  });
  return Object.fromEntries(pairs.filter(([, value]) => value !== ''));
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
