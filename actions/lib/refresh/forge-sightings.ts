/** Keeps sightings in the repository itself: a file under a ref that is neither branch nor tag, and starts no workflow. */
import type { OpenedRepository } from '../forge/open-forge.ts';
import { parseSightings, printSightings, type SightingStore } from './sightings.ts';

const FILE = 'seen.json';

/** @param ref such as `darkroom/seen` */
export function forgeSightings(ref: string, { repository, patience }: OpenedRepository): SightingStore {
  const readHead = (): Promise<string | null> => patience.politely(() => repository.readRef(ref));
  const readText = async (commit: string | null): Promise<string | null> =>
    commit === null ? null : patience.politely(() => repository.readFile(FILE, commit));
  return {
    read: async () => parseSightings(await readText(await readHead())),
    async write(sightings) {
      const head = await readHead();
      const [before, text] = [await readText(head), printSightings(sightings)];
      if (text === (before ?? printSightings({}))) return;
      // Without a history: what was seen once is of no interest.
      const file = { base: null, path: FILE, text, message: 'When what has no date was seen first' };
      const commit = await patience.politely(() => repository.writeCommit(file));
      // Where another run was faster, what it has seen counts.
      await patience.politely(() => repository.putRef(ref, commit, head));
    },
  };
}
