// Loaded before splat-transform, so that the same scene gives the same bytes: it writes the time of the run into its
// archives and starts its clustering at random.
const begun = Date.UTC(2000, 0, 1);
const clock = performance;
const now = () => begun + clock.now();
globalThis.Date = class extends Date {
  constructor(...parts) {
    super(...(parts.length > 0 ? parts : [begun]));
  }

  static now() {
    return now();
  }
};

// mulberry32: https://gist.github.com/tommyettinger/46a874533244883189143505d203312c (public domain)
let state = 0;
Math.random = () => {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
};
