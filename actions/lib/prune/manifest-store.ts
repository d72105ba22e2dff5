/** Port: what lies in a registry's repositories, and how it is deleted there. */
import type { RepositoryReference } from '../registry/registry.ts';

/** One manifest as a registry lists it. */
export interface ListedManifest {
  readonly digest: string;
  readonly tags: readonly string[];
  /** Milliseconds since 1970; `null` where a registry does not tell. */
  readonly createdAt: number | null;
  /** The name it is deleted by, where that is not its digest. */
  readonly id: number | null;
}

/** Looks again whether something may still go: `null`, or why it stays, as part of a sentence. */
export type LookAgain = () => Promise<string | null>;

/** A registry that can be looked through. */
export interface ManifestStore {
  /** Whether {@link list} has what carries no tag, too. */
  readonly listsUntagged: boolean;
  /** Everything in a repository; nothing where there is none. @throws DarkroomError where that cannot be known */
  list(ref: RepositoryReference): Promise<readonly ListedManifest[]>;
  /**
   * Deletes a manifest with all its tags. Gives `null` when it is gone, and why it stays where the registry wants that
   * one kept, as part of a sentence.
   * @param lookAgain asked right before the request that deletes, also before each that is sent again after a wait
   * @throws DarkroomError where nothing is deleted there at all
   */
  delete(ref: RepositoryReference, manifest: ListedManifest, lookAgain: LookAgain): Promise<string | null>;
}
