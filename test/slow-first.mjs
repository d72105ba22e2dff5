import Sequencer from '@jest/test-sequencer';

/** Beginnings of paths, in the order in which they start: the first two take minutes. */
const SLOW = ['containers/', 'engine/act-', 'engine/', 'dist/', 'conventions/actions'];

/** Starts what is slow first: else one core works through it at the end, while the others have nothing left to do. */
// biome-ignore lint/style/noDefaultExport: Jest reads its sequencer from the default export.
export default class SlowFirst extends Sequencer {
  /** Jest's own order is by size where nothing is known of earlier runs. */
  sort(tests) {
    const rank = ({ path }) => {
      const found = SLOW.findIndex((slow) => path.includes(`/test/${slow}`));
      return found === -1 ? SLOW.length : found;
    };
    return super.sort(tests).sort((a, b) => rank(a) - rank(b));
  }
}
