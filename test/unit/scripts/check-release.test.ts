import { describe, expect, it } from '@jest/globals';
import { releaseNotes } from '../../../scripts/check-release.ts';

const CHANGELOG = `# Changelog

## Unreleased

- Later.

## 1.2.30

- Another.

## 1.2.3 (2026-11-22)

- One thing.

  ### A heading of the notes

## 1.2.2
`;
const SOURCES = { manifest: '{"version": "1.2.3"}', changelog: CHANGELOG, isOnMain: true };

describe('the check of a release', () => {
  it('gives the notes of exactly that version', () => {
    expect(releaseNotes('v1.2.3', SOURCES)).toBe('- One thing.\n\n  ### A heading of the notes');
    expect(releaseNotes('v1.2.30', { ...SOURCES, manifest: '{"version": "1.2.30"}' })).toBe('- Another.');
  });

  it('says everything that is wrong at once', () => {
    const wrong = () => releaseNotes('v1.2.2', { ...SOURCES, isOnMain: false });
    expect(wrong).toThrow(/"version" is "1\.2\.3"; expected "1\.2\.2"/);
    expect(wrong).toThrow(/Nothing stands under "## 1\.2\.2"/);
    expect(wrong).toThrow(/"v1\.2\.2" is not on "main"/);
  });

  it.each(['v1', '1.2.3', 'v1.2.3-rc.1', 'v01.2.3', 'v1.2.3\n', ''])('takes %j for no release', (tag) => {
    expect(() => releaseNotes(tag, SOURCES)).toThrow('expected a version such as "v1.2.3"');
  });
});
