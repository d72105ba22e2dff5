import { refKind } from '../git-ref.ts';
import { hubDownloadsOf } from '../hub-downloads.ts';
import type { Rule } from '../rule.ts';

/** `snapshot_download("org/model")` without a revision: each build takes what is newest on its day. */
export const hubDownloadUnpinned: Rule = {
  id: 'hub-download-unpinned',
  severity: 'warning',
  title: 'A model without a revision',
  covers: [],
  *check(file) {
    for (const instruction of file.stages.flatMap(({ instructions }) => instructions)) {
      for (const { by, repository, revision, start, end } of hubDownloadsOf(instruction, file.source.text)) {
        const kind = refKind(revision);
        if (kind === 'commit' || kind === 'unknown') continue;
        const how = howToPin(by, repository);
        if (kind === 'version') {
          const message = `"${repository}" is taken at "${revision}", which can be moved to another commit; give ${how}`;
          yield { start, end, severity: 'info', message };
        } else {
          const at = revision === '' ? 'as it is' : `at the newest commit of "${revision}"`;
          const message = `"${repository}" is taken ${at} on the day of the build, so that two builds differ; give ${how}`;
          yield { start, end, message };
        }
      }
    }
  },
};

function howToPin(by: string, repository: string): string {
  if (by === 'torch.hub.load') return `"${repository}:<commit>"`;
  if (by === 'address') return 'a commit in the address';
  return by.endsWith(' download') ? '"--revision <commit>"' : '"revision=" with a commit';
}
