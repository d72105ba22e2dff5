import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, test } from '@jest/globals';
import { DarkroomError } from '../../../../actions/lib/errors/darkroom-error.ts';
import {
  type ConfigPlaces,
  parseHadolintConfig,
  readHadolintConfig,
} from '../../../../actions/lib/hadolint/read-hadolint-config.ts';

function failure(text: string): DarkroomError {
  try {
    parseHadolintConfig(text, '.hadolint.yaml');
  } catch (error) {
    if (error instanceof DarkroomError) return error;
  }
  throw new Error('it was read');
}

describe('parseHadolintConfig', () => {
  it('keeps what bears on findings, and tells the rest', () => {
    const text = [
      'failure-threshold: warning',
      'format: sarif',
      'formats: [tty, json]',
      'ignored: [DL3008, SC2086]',
      'override:',
      '  error: [DL3002]',
      '  style:',
      'trustedRegistries: [docker.io, "ghcr.io:443"]',
      'label-schema: { maintainer: text, version: semver, other: "" }',
      'strict-labels: true',
      'no-fail: true',
      'no-color: false',
      'disable-ignore-pragma: true',
    ].join('\n');
    expect(parseHadolintConfig(text, 'x')).toEqual({
      file: 'x',
      failureThreshold: 'warning',
      isNeverFailing: true,
      settings: {
        ignored: ['DL3008', 'SC2086'],
        override: { error: ['DL3002'] },
        trustedRegistries: ['docker.io', 'ghcr.io:443'],
        'label-schema': { maintainer: 'text', version: 'semver', other: '' },
        'strict-labels': true,
        'disable-ignore-pragma': true,
      },
    });
  });

  test.each(['', '# nothing yet\n', '---\n...\n', '{}', 'ignored:\n', 'override:\n'])('takes %j', (text) => {
    expect(parseHadolintConfig(text, 'x').settings).toEqual({});
  });

  it('follows aliases', () => {
    const { settings } = parseHadolintConfig('ignored: &few [DL3008]\noverride: { info: *few }', 'x');
    expect(settings).toEqual({ ignored: ['DL3008'], override: { info: ['DL3008'] } });
  });

  test.each([
    ['ignore: [DL3008]', 'unknown key "ignore"', 'Did you mean "ignored"?', 1],
    ['\ntrusted-registries: [a]', 'unknown key "trusted-registries"', '"trustedRegistries"', 2],
    ['failureThreshold: error', 'unknown key "failureThreshold"', '"failure-threshold"', 1],
    ['override:\n  warnings: [DL3008]', 'override has an unknown key "warnings"', '"warning"', 2],
    ['rules: {}', 'unknown key "rules", which hadolint would pass over; expected failure-threshold', '', 1],
    ['constructor: 1', 'unknown key "constructor"', '', 1],
  ])('refuses the key of %j', (text, message, hint, line) => {
    const { problems, kind } = failure(text);
    expect(kind).toBe('use');
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({
      code: 'hadolint-config/unknown-key',
      place: { file: '.hadolint.yaml', line },
    });
    expect(problems[0]?.message).toContain(message);
    expect(problems[0]?.hint ?? '').toContain(hint);
  });

  test.each([
    ['ignored: DL3008', 'ignored is "DL3008"; expected a list, such as [DL3008, SC2086].'],
    ['ignored: [3008]', 'ignored is "3008"; expected the code of a rule'],
    ['ignored: [dl3008]', 'ignored is "dl3008"; expected the code of a rule'],
    ['ignored: [~]', 'ignored has no value; expected the code of a rule'],
    ['ignored: { DL3008: true }', 'ignored is a map; expected a list'],
    ['no-fail: yes', 'no-fail is "yes"; expected true or false.'],
    ['strict-labels: 1', 'strict-labels is "1"; expected true or false.'],
    [
      'failure-threshold: warn',
      'failure-threshold is "warn"; expected error, warning, info, style, ignore, none.',
    ],
    ['format: [json]', 'format is a list; expected tty, json,'],
    ['formats: json', 'formats is "json"; expected a list, such as [json].'],
    ['override: [DL3008]', 'override is a list; expected a map with error, warning, info, style.'],
    ['override: { error: DL3008 }', 'override.error is "DL3008"; expected a list'],
    ['label-schema: { a: word }', 'label-schema.a is "word"; expected text, url, semver, hash,'],
    ['label-schema: { a: }', 'label-schema.a has no value; expected text,'],
    ['label-schema: text', 'label-schema is "text"; expected a map, such as { maintainer: text }.'],
    ['trustedRegistries: docker.io', 'trustedRegistries is "docker.io"; expected a list'],
    ['[DL3008]', "hadolint's configuration is a list; expected a map with failure-threshold"],
  ])('refuses the value of %j', (text, message) => {
    const { problems } = failure(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ code: 'hadolint-config/bad-value', place: { line: 1 } });
    expect(problems[0]?.message).toContain(message);
  });

  test.each(['ignored: [DL3008', 'ignored: [DL3008]\nignored: [DL3009]', '{}\n---\n{}', 'a: *b'])(
    'refuses %j, which hadolint cannot read either',
    (text) => {
      expect(failure(text).problems[0]?.code).toMatch(/^yaml\//);
    },
  );

  it('tells everything at once', () => {
    expect(failure('ignore: []\nno-fail: maybe\nformat: pdf').problems).toHaveLength(3);
  });
});

describe('readHadolintConfig', () => {
  let base = '';
  let places: ConfigPlaces;
  beforeEach(() => {
    base = mkdtempSync(path.join(tmpdir(), 'hadolint-config-'));
    places = { root: path.join(base, 'root'), home: path.join(base, 'home'), xdgConfigHome: null };
  });
  afterEach(() => rmSync(base, { recursive: true, force: true }));

  function write(file: string, text = 'ignored: [DL3008]'): void {
    mkdirSync(path.dirname(path.join(base, file)), { recursive: true });
    writeFileSync(path.join(base, file), text);
  }

  it('finds nothing', async () => {
    await expect(readHadolintConfig(places, null)).resolves.toMatchObject({ file: null, settings: {} });
  });

  it('looks in the order of hadolint', async () => {
    const files = [
      ...[
        'home/.hadolint.yml',
        'home/.hadolint.yaml',
        'home/.hadolint/config.yml',
        'home/.hadolint/config.yaml',
      ],
      ...['home/.hadolint/hadolint.yml', 'home/.hadolint/hadolint.yaml', 'home/.config/hadolint.yml'],
      ...['home/.config/hadolint.yaml', 'root/.hadolint.yml', 'root/.hadolint.yaml'],
    ];
    for (const file of files) {
      write(file);
      const { file: found } = await readHadolintConfig(places, null);
      expect(path.resolve(places.root, found ?? '')).toBe(path.join(base, file));
    }
  });

  it('names a file of the project from its root', async () => {
    write('root/.hadolint.yaml', 'nonsense: 1');
    await expect(readHadolintConfig(places, null)).rejects.toThrow('.hadolint.yaml:1:1: ');
  });

  it('looks where XDG_CONFIG_HOME says, and nowhere at home unless asked', async () => {
    write('home/.config/hadolint.yaml');
    write('xdg/hadolint.yaml');
    const xdgConfigHome = path.join(base, 'xdg');
    await expect(readHadolintConfig({ ...places, xdgConfigHome }, null)).resolves.toMatchObject({
      file: path.join(xdgConfigHome, 'hadolint.yaml'),
    });
    await expect(readHadolintConfig({ ...places, home: null }, null)).resolves.toMatchObject({ file: null });
  });

  it('passes over folders', async () => {
    mkdirSync(path.join(places.root, '.hadolint.yaml'), { recursive: true });
    write('root/.hadolint.yml');
    await expect(readHadolintConfig(places, null)).resolves.toMatchObject({ file: '.hadolint.yml' });
  });

  it('reads the one that is named, and no other', async () => {
    write('root/.hadolint.yaml', 'nonsense: 1');
    write('root/ci/lint.yaml');
    await expect(readHadolintConfig(places, 'ci/lint.yaml')).resolves.toMatchObject({
      file: 'ci/lint.yaml',
      settings: { ignored: ['DL3008'] },
    });
    await expect(readHadolintConfig(places, 'ci/none.yaml')).rejects.toThrow(
      'the configuration of hadolint "ci/none.yaml" cannot be read: it is not there.',
    );
    await expect(readHadolintConfig(places, 'ci')).rejects.toMatchObject({ kind: 'use' });
  });
});
