import { describe, it } from '@jest/globals';
import fc from 'fast-check';
import { parseStageEvent } from '../../actions/lib/scene/stage-event.ts';
import { advance, NO_PROGRESS, secondsLeft } from '../../actions/lib/scene/stage-progress.ts';

const KEY = '0'.repeat(64);
/** Every character that could do something to a terminal but the end of a line, and what a runner would obey. */
const HARMFUL =
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u2028\u2029\u200E\u200F\u202A-\u202E\u2066-\u2069]|^\s*::|##\[/m;

/** Text with what can do harm in it. */
const nasty = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\u001b[2J', '::error::x', '\n', '##[group]', '\u202e', '\u0085'),
    ),
  )
  .map((parts) => parts.join(''));
const field = fc.oneof(nasty, fc.constantFrom('sfm', KEY, true, false), fc.double(), fc.jsonValue());
const event = fc.record(
  {
    event: fc.constantFrom('stage', 'progress', 'notice', 'warning', 'result', 'problem', 'other'),
    ...{
      stage: fc.oneof(fc.constantFrom('sfm', 'train', 'view'), field),
      key: fc.oneof(fc.constant(KEY), field),
    },
    ...{
      skipped: fc.oneof(fc.boolean(), field),
      seconds: fc.oneof(fc.nat(), field),
      done: fc.oneof(fc.double(), field),
    },
    ...{ message: nasty, hint: field, code: field },
    summary: fc.oneof(fc.dictionary(nasty, fc.oneof(nasty, fc.jsonValue())), field),
  },
  { requiredKeys: ['event'] },
);

/** Every text in a value, names included. */
function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, one]) => [name, ...textsOf(one)]);
}

describe('what a container says', () => {
  it('never breaks the reader', () => {
    fc.assert(fc.property(fc.oneof(nasty, fc.json(), fc.string()), (line) => void parseStageEvent(line)));
  });

  it('holds nothing unprintable, and nothing but numbers where numbers belong', () => {
    let read = 0;
    const check = fc.property(event, (value) => {
      const parsed = parseStageEvent(JSON.stringify(value));
      if (parsed === null) return true;
      read += 1;
      const isShare = parsed.event !== 'progress' || (parsed.done >= 0 && parsed.done <= 1);
      return isShare && !textsOf(parsed).some((text) => HARMFUL.test(text));
    });
    fc.assert(check, { numRuns: 3000 });
    // The property means nothing where hardly anything is an event.
    if (read < 300) throw new Error(`only ${read} of 3000 were events`);
  });
});

describe('the time a stage still takes', () => {
  const heard = fc.array(
    fc.record({ after: fc.nat(20_000), done: fc.double({ min: 0, max: 1, noNaN: true }) }),
  );

  it('is nothing but seconds below a day, whatever is heard, and the share never goes back', () => {
    const check = fc.property(heard, fc.nat(100_000), (list, later) => {
      let [now, progress] = [0, NO_PROGRESS];
      return list.every(({ after, done }) => {
        now += after;
        const next = advance(progress, { done, message: '' }, now);
        const left = secondsLeft(next, now + later);
        const isSane = left === null || (left >= 0 && left <= 86_400);
        const isForward = next.done >= progress.done && next.samples.length <= 80;
        progress = next;
        return isSane && isForward;
      });
    });
    fc.assert(check);
  });

  it('falls as fast as the clock for a steady stage, wherever it started', () => {
    const rate = fc.double({ min: 0.0001, max: 0.04, noNaN: true });
    const check = fc.property(rate, fc.double({ min: 0, max: 0.9, noNaN: true }), (perSecond, start) => {
      let progress = NO_PROGRESS;
      for (let second = 0; start + second * perSecond < 1 && second < 300; second += 1) {
        progress = advance(progress, { done: start + second * perSecond, message: '' }, second * 1000);
        const expected = (1 - start) / perSecond - second;
        const left = secondsLeft(progress, second * 1000);
        if (second >= 5 && (left === null || Math.abs(left - expected) > 0.01 * expected + 0.01))
          return false;
      }
      return true;
    });
    fc.assert(check);
  });
});
