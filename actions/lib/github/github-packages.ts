/** The packages of GitHub's container registry, which knows more of them, and deletes more, than its registry API does. */
import { DarkroomError } from '../errors/darkroom-error.ts';
import { systemClock } from '../forge/clock.ts';
import { createForgeExchange } from '../forge/forge-exchange.ts';
import { type ForgeAnswer, ForgeFailure } from '../forge/forge-failure.ts';
import { GITHUB } from '../forge/forge-flavour.ts';
import { type ForgeSession, openForgeSession, parseJson } from '../forge/forge-session.ts';
import { readBase } from '../forge/open-forge.ts';
import { type Fields, fields, list, number, text, time } from '../forge/read-answers.ts';
import { givenToken } from '../forge/token-source.ts';
import type { ListedManifest, ManifestStore } from '../prune/manifest-store.ts';
import { createPatience } from '../registry/polite-retry.ts';
import type { RegistryClient, RepositoryReference } from '../registry/registry.ts';
import { tame } from '../registry/registry-failure.ts';

/** How GitHub's API is reached. */
export interface PackagesAddress {
  readonly api: string;
  readonly token: string;
}

/** What may be changed for a test. */
export interface PackagesOptions {
  readonly say: (line: string) => void;
  readonly fetch?: typeof fetch;
  readonly sleep?: (ms: number) => Promise<unknown>;
}

const PAGE = 100;
const TIMEOUT_MS = 30_000;
/** So many requests of the hour are left to others that use the token. */
const LEFT_TO_OTHERS = 50;
/** What GitHub says of versions that it does not delete. */
const REFUSED: readonly (readonly [RegExp, string])[] = [
  [
    /last (?:tagged )?version/i,
    'GitHub does not delete the last tagged version of a package: delete the package',
  ],
  [/5,?000 downloads/i, 'GitHub does not delete what was downloaded more than 5000 times: its support does'],
];

/** Opens `ghcr.io` as its packages: every version with its tags and age, also those without a tag. */
export function githubPackages(
  { api, token }: PackagesAddress,
  client: Pick<RegistryClient, 'listTags' | 'headManifest'>,
  { say, fetch: fetcher = fetch, sleep }: PackagesOptions,
): ManifestStore {
  const session = openForgeSession({
    ...{ base: readBase(api), headers: GITHUB.headers, tokens: givenToken(token), clock: systemClock },
    needs: '"packages: write"',
    exchange: createForgeExchange({ fetch: fetcher, timeoutMs: TIMEOUT_MS }),
  });
  const patience = createPatience({ sleep, onRetry: say });
  const owners = new Map<string, Promise<string>>();
  const ownerPath = (owner: string): Promise<string> => {
    const known = owners.get(owner) ?? patience.politely(() => readOwnerPath(session, owner));
    owners.set(owner, known);
    return known;
  };
  const pathOf = async ({ repository }: RepositoryReference): Promise<string> => {
    const [owner = '', ...name] = repository.split('/');
    return `${await ownerPath(owner)}/packages/container/${encodeURIComponent(name.join('/'))}/versions`;
  };
  return {
    listsUntagged: true,
    async list(ref) {
      const doing = `list the versions of the package "${ref.repository}"`;
      const path = await pathOf(ref);
      const versions = new Map<string, ListedManifest>();
      for (let page = 1; ; page++) {
        const query = { per_page: String(PAGE), page: String(page) };
        const json = await politely(
          () => session.askJson({ doing, path, query, takes: [200, 404] }),
          patience,
        );
        if (json === null) return page === 1 ? nothingThere(client, ref) : [...versions.values()];
        const items = list({ versions: json }, 'versions', doing);
        const before = versions.size;
        for (const item of items) {
          const version = readVersion(fields(item, doing), doing);
          versions.set(version.digest, version);
        }
        // A page with nothing new would come again and again.
        if (items.length < PAGE || versions.size === before) return [...versions.values()];
      }
    },
    async delete(ref, { id, digest, tags }, lookAgain) {
      if (id === null) return 'GitHub did not list it';
      const { remaining, resetsAt } = session.quota() ?? { remaining: Number.POSITIVE_INFINITY, resetsAt: 0 };
      if (remaining <= LEFT_TO_OTHERS) throw spent(resetsAt);
      const doing = `delete the version ${digest} of the package "${ref.repository}"`;
      const path = `${await pathOf(ref)}/${id}`;
      // After every wait of a request that is sent again somebody may have given it a tag.
      const answer = await politely(async () => {
        const now = await session.askJson({ doing, path, takes: [200, 404] });
        const added = now === null ? [] : readVersion(fields(now, doing), doing).tags;
        const tag = added.find((one) => !tags.includes(one));
        const reason =
          tag === undefined
            ? await lookAgain()
            : `it was given the tag "${tag}" in the meantime: run this again`;
        const takes = [204, 400, 404];
        return reason ?? session.ask({ method: 'DELETE', doing, path, takes });
      }, patience);
      if (typeof answer === 'string') return answer;
      if (answer.status === 400) return refusal(doing, answer);
      // 404: it was gone already, as after an answer that was lost, or this token may not even know of it.
      const isThere = answer.status === 404 && (await client.headManifest({ ...ref, digest })) !== null;
      if (isThere) throw hidden(`Cannot ${doing}: GitHub's API shows no such version to this token.`);
      return null;
    },
  };
}

/** https://docs.github.com/rest/packages/packages#list-package-versions-for-a-package-owned-by-an-organization */
async function readOwnerPath(session: ForgeSession, owner: string): Promise<string> {
  const doing = `read who "${owner}" is`;
  const answer = fields(await session.askJson({ doing, path: `users/${owner}`, takes: [200] }), doing);
  return text(answer, 'type', doing) === 'Organization' ? `orgs/${owner}` : `users/${owner}`;
}

function readVersion(version: Fields, doing: string): ListedManifest {
  const { container } = (version.metadata ?? {}) as { container?: unknown };
  const tags = list(fields(container, doing), 'tags', doing);
  return {
    ...{ digest: text(version, 'name', doing), tags: tags.map(String) },
    ...{ createdAt: time(version, 'created_at', doing), id: number(version, 'id', doing) },
  };
}

/** GitHub hides packages that a token may not see. */
async function nothingThere(
  client: Pick<RegistryClient, 'listTags'>,
  ref: RepositoryReference,
): Promise<readonly ListedManifest[]> {
  if ((await client.listTags(ref)).length === 0) return [];
  const name = `"${ref.registry}/${ref.repository}"`;
  throw hidden(`${name} has tags, but GitHub's API shows no such package to this token.`);
}

function hidden(message: string): DarkroomError {
  return new DarkroomError({ code: 'packages/denied', message, hint: ADVICE });
}

const ADVICE =
  'In a workflow the job needs "permissions: { packages: write }", and the package must list this repository with the role Admin in its settings under "Manage Actions access"; elsewhere the token needs the scopes read:packages and delete:packages.';

/** Asks with patience; what GitHub says of rights is said with the rights that packages want. */
async function politely<T>(work: () => Promise<T>, patience: ReturnType<typeof createPatience>): Promise<T> {
  try {
    return await patience.politely(work);
  } catch (error) {
    const [problem] = error instanceof DarkroomError ? error.problems : [];
    const isDenied = /^forge\/(?:denied|unauthorized)$/.test(problem?.code ?? '');
    if (problem === undefined || !isDenied || error instanceof ForgeFailure) throw error;
    throw new DarkroomError({ ...problem, hint: ADVICE }, { cause: error });
  }
}

function refusal(doing: string, answer: ForgeAnswer): string {
  const { message } = fields(parseJson(doing, answer), doing);
  const said = typeof message === 'string' ? message : '';
  return REFUSED.find(([pattern]) => pattern.test(said))?.[1] ?? `GitHub refused: ${tame(said)}`;
}

function spent(resetsAt: number): DarkroomError {
  const at = new Date(resetsAt).toISOString().slice(11, 16);
  return new DarkroomError({
    code: 'prune/requests-spent',
    message: `GitHub's API takes almost no more requests of this token until ${at} UTC.`,
    hint: 'The rest goes with the next run.',
  });
}
