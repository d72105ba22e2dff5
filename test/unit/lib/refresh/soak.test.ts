import { describe, expect, it } from '@jest/globals';
import { formatSoak, parseSoak, plausibleDate } from '../../../../actions/lib/refresh/soak.ts';

const NOW = Date.parse('2026-11-02T08:00:00Z');

describe('parseSoak', () => {
  it.each([
    ['90m', 5_400_000],
    ['24h', 86_400_000],
    ['3d', 259_200_000],
    ['0', 0],
    ['0h', 0],
    ['365d', 31_536_000_000],
  ])('reads %s', (text, ms) => {
    expect(parseSoak(text)).toBe(ms);
    expect(parseSoak(formatSoak(ms))).toBe(ms);
  });

  it.each(['', '24', '-1h', '1.5h', '24 h', '24H', '366d', 'P1D', '1w', '9999999m'])('refuses %j', (text) => {
    expect(() => parseSoak(text)).toThrow(/expected minutes, hours or days/);
  });
});

describe('plausibleDate', () => {
  const at = (...dates: readonly string[]) =>
    plausibleDate(
      dates.map((date) => Date.parse(date)),
      NOW,
    );

  it.each<[string, readonly string[], string | null]>([
    ['the date', ['2026-10-01T00:00:00Z'], '2026-10-01T00:00:00Z'],
    [
      'the newest: a layer below may be younger',
      ['2026-10-01T00:00:00Z', '2026-10-20T00:00:00Z'],
      '2026-10-20T00:00:00Z',
    ],
    ['none for an image without history', [], null],
    ['none for 1970', ['1970-01-01T00:00:01Z'], null],
    ['none for 1980', ['1980-01-01T00:00:00Z'], null],
    ['none for the year 1', ['0001-01-01T00:00:00Z'], null],
    [
      'the layers of one dated 1970',
      ['1970-01-01T00:00:00Z', '2026-10-20T00:00:00Z'],
      '2026-10-20T00:00:00Z',
    ],
    ['none for the future', ['2026-11-02T09:00:00Z'], null],
    ['none where one of them is in the future', ['2026-10-01T00:00:00Z', '2036-11-02T09:00:00Z'], null],
    ['a clock a little ahead', ['2026-11-02T08:05:00Z'], '2026-11-02T08:05:00Z'],
    ['nothing that is no date', ['yesterday'], null],
  ])('gives %s', (_, dates, expected) => {
    expect(at(...dates)).toBe(expected === null ? null : Date.parse(expected));
  });
});
