import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { selectExtraCertificates } from '../../../../../scripts/engine/made/extra-certificates.ts';

const makeCertificate = (name: string): string =>
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      '/dev/null',
      '-subj',
      `/CN=${name}`,
    ],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  );

describe('the authorities this machine trusts beyond Debian’s', () => {
  const [public_, proxy, office] = ['Public', 'Proxy', 'Office'].map(makeCertificate) as [
    string,
    string,
    string,
  ];

  it('are those that Debian does not ship, each once', () => {
    const trusted = `# Proxy\n${proxy}\n${public_}${office}${proxy}`;
    expect(selectExtraCertificates(trusted, public_)).toEqual([proxy, office]);
  });

  it('are none on a machine that trusts what Debian ships', () => {
    expect(selectExtraCertificates(public_, `${public_}${office}`)).toEqual([]);
    expect(selectExtraCertificates('', public_)).toEqual([]);
  });
});
