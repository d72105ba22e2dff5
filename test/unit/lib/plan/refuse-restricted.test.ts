import { describe, expect, it } from '@jest/globals';
import type { PlannedAction, Restriction } from '../../../../actions/lib/plan/plan.ts';
import { refuseRestricted } from '../../../../actions/lib/plan/refuse-restricted.ts';
import { isRestrictedLicence } from '../../../../actions/lib/plan/restricted-licence.ts';
import { madePlan } from '../../../support/plan-to-publish.ts';

const SMPL: Restriction = {
  kind: 'licence',
  name: 'SMPL-non-commercial',
  origin: 'upstream smpl',
  through: 'pose-base',
};
const MADE: Restriction = {
  kind: 'made',
  name: 'docker.io/library/python:3.11',
  origin: 'image pose',
  through: null,
};

interface Case {
  readonly target?: string;
  readonly action?: PlannedAction;
  readonly tags?: readonly string[];
  readonly homeIsPrivate?: boolean;
}

/** What is said of an image that holds something. */
function refusal(
  restrictions: readonly Restriction[],
  { target = 'ghcr.io/acme', homeIsPrivate, ...image }: Case,
) {
  const images = [{ name: 'pose', content: '1', restrictions, ...image }];
  try {
    refuseRestricted(madePlan({ target, images, ...(homeIsPrivate ? { homeIsPrivate } : {}) }));
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

describe('refuseRestricted', () => {
  it('names image, licence, where it came from and through what, and says what to do', () => {
    expect(refusal([SMPL], {})).toBe(
      'action-matrix.yml: "pose" may not go to "ghcr.io/acme": it holds material under "SMPL-non-commercial" (from the upstream smpl through its parent pose-base), which not everybody may be given.\n' +
        '  Write "home: private" into the matrix if everybody who can read that registry may hold it, let the image take the material when it runs, or give it "tags: []": then it is built only where it is asked for.',
    );
    expect(refusal([{ ...SMPL, origin: 'image pose', through: null }], {})).toContain(
      '"SMPL-non-commercial", which',
    );
    expect(refusal([MADE], {})).toContain(
      '"pose" may not go to "ghcr.io/acme": its upstream "docker.io/library/python:3.11" was made on this machine',
    );
  });

  it.each<[string, Restriction, Case, boolean]>([
    ['what is built', SMPL, { action: 'build', tags: [] }, true],
    ['what is there and gets a tag', SMPL, { action: 'hit' }, true],
    ['not what is there and gets none', SMPL, { action: 'hit', tags: [] }, false],
    ['not what nothing needs', SMPL, { action: 'unneeded' }, false],
    ['not what is blocked', SMPL, { action: 'blocked' }, false],
    ['nothing on loopback', SMPL, { target: '127.0.0.1:5000/acme' }, false],
    ['no licence where home is private', SMPL, { homeIsPrivate: true }, false],
    ['what was made here, though home is private', MADE, { homeIsPrivate: true }, true],
    ['nothing made here on loopback', MADE, { target: 'localhost:5000/acme' }, false],
  ])('refuses %s', (_, restriction, image, isRefused) => {
    expect(refusal([restriction], image) !== null).toBe(isRefused);
  });
});

describe('isRestrictedLicence', () => {
  it.each([
    ...['MIT', 'Apache-2.0', 'GPL-2.0', 'GPL-3.0-only', 'AGPL-3.0-or-later', 'CC-BY-4.0', 'CC-BY-SA-4.0'],
    ...['CC0-1.0', 'ODbL-1.0', 'OFL-1.1', 'BSD-3-Clause', 'ISC', 'Zlib'],
  ])('lets %s go', (id) => {
    expect(isRestrictedLicence(id)).toBe(false);
  });

  it.each([
    ...['SMPL-non-commercial', 'Proprietary', 'mit', 'constructor', 'CC-BY-NC-4.0', 'CC-BY-NC-SA-3.0'],
    ...[
      'CC-BY-ND-4.0',
      'CC-BY-NC-SA-2.0-FR',
      'PolyForm-Noncommercial-1.0.0',
      'NCGL-UK-2.0',
      'Aladdin',
      'MS-LPL',
    ],
  ])('keeps %s back', (id) => {
    expect(isRestrictedLicence(id)).toBe(true);
  });
});
