/** The container packages of one owner on a fake forge: what lies in a registry in memory, with ids and ages. */
import { exampleOf } from './forge-contract.ts';
import type { MemoryRegistry } from './memory-registry.ts';

/** Packages and how a test looks at them. */
export interface FakePackages {
  readonly routes: Readonly<Record<string, (asked: Asked) => Reply>>;
  /** Digests that were downloaded too often to be deleted. */
  readonly popular: Set<string>;
  /** Repositories that the token is not shown. */
  readonly hidden: Set<string>;
  /** Repositories in which it may not delete. */
  readonly readOnly: Set<string>;
}

interface Asked {
  readonly path: string;
  readonly query: URLSearchParams;
}
interface Reply {
  readonly status: number;
  readonly json?: unknown;
}

const notFound: Reply = { status: 404, json: { message: 'Package not found.' } };
const refused = (status: number, message: string): Reply => ({
  status,
  json: { message, status: String(status) },
});

/** Makes them; a version is as old as the moment at which it was first listed says. */
export function createFakePackages(options: {
  readonly registry: MemoryRegistry;
  readonly owner: string;
  readonly kind: 'Organization' | 'User';
  readonly createdAt: (digest: string) => number;
}): FakePackages {
  const { registry, owner, kind, createdAt } = options;
  const ids = new Map<string, number>();
  const [popular, hidden, readOnly] = [new Set<string>(), new Set<string>(), new Set<string>()];
  const idOf = (name: string): number => {
    ids.set(name, ids.get(name) ?? 700_000_000 + ids.size);
    return ids.get(name) ?? 0;
  };
  const repositoryOf = (path: string): string =>
    `${owner}/${decodeURIComponent(/\/packages\/container\/([^/]+)\//.exec(path)?.[1] ?? '')}`;
  const versionsOf = (repository: string) =>
    [...registry.manifests()].flatMap((name) => {
      if (!name.startsWith(`${repository}@`)) return [];
      const digest = name.slice(repository.length + 1);
      const tags = [...registry.tags()].flatMap(([tag, to]) =>
        to === digest && tag.startsWith(`${repository}:`) ? [tag.slice(repository.length + 1)] : [],
      );
      return [{ id: idOf(name), digest, tags }];
    });

  function listed({ path, query }: Asked): Reply {
    const repository = repositoryOf(path);
    const versions = versionsOf(repository);
    if (hidden.has(repository) || versions.length === 0) return notFound;
    const [size, page] = [Number(query.get('per_page') ?? 30), Number(query.get('page') ?? 1)];
    return { status: 200, json: versions.slice((page - 1) * size, page * size).map(shown) };
  }

  function read({ path }: Asked): Reply {
    const repository = repositoryOf(path);
    const version = versionsOf(repository).find(({ id }) => id === Number(path.split('/').at(-1)));
    if (hidden.has(repository) || version === undefined) return notFound;
    return { status: 200, json: shown(version) };
  }

  function shown({ id, digest, tags }: ReturnType<typeof versionsOf>[number]) {
    return {
      ...{ id, name: digest, url: '', package_html_url: '', updated_at: new Date(0).toISOString() },
      created_at: new Date(createdAt(digest)).toISOString(),
      metadata: { package_type: 'container', container: { tags } },
    };
  }

  function deleted({ path }: Asked): Reply {
    const repository = repositoryOf(path);
    const versions = versionsOf(repository);
    const version = versions.find(({ id }) => id === Number(path.split('/').at(-1)));
    if (hidden.has(repository) || version === undefined) return notFound;
    if (readOnly.has(repository)) return refused(403, 'Must have admin rights to Repository.');
    if (popular.has(version.digest)) {
      return refused(
        400,
        'Publicly visible package versions with more than 5000 downloads cannot be deleted. Contact GitHub support for further assistance.',
      );
    }
    const tagged = versions.filter(({ tags }) => tags.length > 0);
    if (tagged.length === 1 && tagged[0] === version) {
      return refused(
        400,
        'You cannot delete the last tagged version of a package. You must delete the package instead.',
      );
    }
    void registry.client.deleteManifest({ registry: 'ghcr.io', repository }, version.digest);
    return { status: 204 };
  }

  const versions = `/${kind === 'User' ? 'users/{username}' : 'orgs/{org}'}/packages/{package_type}/{package_name}/versions`;
  return {
    ...{ popular, hidden, readOnly },
    routes: {
      'get /users/{username}': () => ({
        status: 200,
        json: { ...exampleOf<object>('get /users/{username}'), login: owner, type: kind },
      }),
      [`get ${versions}`]: listed,
      [`get ${versions}/{package_version_id}`]: read,
      [`delete ${versions}/{package_version_id}`]: deleted,
    },
  };
}
