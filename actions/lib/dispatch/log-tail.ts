/** The last lines of a job's log that say why it failed. */
const MOST_LINES = 30;
/** What runners write in front of every line. */
const STAMP = /^\uFEFF?\d{4}-\d\d-\d\dT[\d:.]+Z /;
const FOLD = /^##\[(?:end)?group\]/;

/** Lines before and with the last error; without one simply the last. */
export function failingLines(tail: string): readonly string[] {
  const lines = tail.split(/\r?\n/).map((line) => line.replace(STAMP, ''));
  const last = lines.findLastIndex((line) => line.startsWith('##[error]'));
  return (last === -1 ? lines : lines.slice(0, last + 1))
    .filter((line) => line !== '' && !FOLD.test(line))
    .slice(-MOST_LINES)
    .map((line) =>
      line.replace(/^##\[(\w+)\]/, (_, kind: string) => (kind === 'command' ? '' : `${kind}: `)),
    );
}
