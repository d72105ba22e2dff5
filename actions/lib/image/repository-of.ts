import { parseImageReference } from './image-reference.ts';

/** Gives the repository of an image's name within one registry. */
export type RepositoryOf = (image: string) => { readonly registry: string; readonly repository: string };

/**
 * Returns where a registry keeps the repository of each image: `ghcr.io/acme/vision` and `colmap` make
 * `ghcr.io/acme/vision/colmap`.
 * @throws DarkroomError `image/bad-reference`
 */
export function repositoryOf(registry: string): RepositoryOf {
  return (image) => {
    const { registry: host, repository } = parseImageReference(`${registry}/${image}`);
    return { registry: host, repository };
  };
}
