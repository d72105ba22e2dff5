import { readFile } from 'node:fs/promises';

/** What a run is for, as far as it is compared with something else. */
export interface RunEvent {
  /** The pull request, or `null`. */
  readonly number: number | null;
  /** Commit of the branch that a pull request or a group of a merge queue goes into, or `null`. */
  readonly base: string | null;
  /** Last commit of the pull request, or `null`. */
  readonly head: string | null;
}

const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** Reads the file that the runner writes; what it does not say is `null`. */
export async function readRunEvent(env: Readonly<Record<string, string | undefined>>): Promise<RunEvent> {
  const isPullRequest = (env.GITHUB_EVENT_NAME ?? '').startsWith('pull_request');
  const { pull_request: pull, merge_group: group } = await readPayload(env.GITHUB_EVENT_PATH);
  if (!isPullRequest) return { number: null, base: commitOf(group?.base_sha), head: null };
  const number = pull?.number;
  return {
    number: typeof number === 'number' && Number.isSafeInteger(number) ? number : null,
    ...{ base: commitOf(pull?.base?.sha), head: commitOf(pull?.head?.sha) },
  };
}

/** The parts of https://docs.github.com/webhooks/webhook-events-and-payloads that are used. */
interface Payload {
  readonly pull_request?: {
    readonly number?: unknown;
    readonly base?: { readonly sha?: unknown };
    readonly head?: { readonly sha?: unknown };
  };
  readonly merge_group?: { readonly base_sha?: unknown };
}

async function readPayload(file: string | undefined): Promise<Payload> {
  try {
    return (file === undefined ? null : (JSON.parse(await readFile(file, 'utf8')) as Payload | null)) ?? {};
  } catch {
    return {};
  }
}

function commitOf(value: unknown): string | null {
  return typeof value === 'string' && COMMIT.test(value) ? value : null;
}
