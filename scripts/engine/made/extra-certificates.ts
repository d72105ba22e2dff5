/** Owns which certificate authorities this machine trusts beyond those that Debian ships. */
import { X509Certificate } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const BUNDLE = '/etc/ssl/certs/ca-certificates.crt';
const LOCAL = '/usr/local/share/ca-certificates';
const SHIPPED = '/usr/share/ca-certificates';
const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Returns them as PEM: a TLS-inspecting proxy's authority is one of these. */
export async function findExtraCertificates(): Promise<readonly string[]> {
  const trusted = `${await readFile(BUNDLE, 'utf8').catch(() => '')}\n${await readAll(LOCAL)}`;
  return selectExtraCertificates(trusted, await readAll(SHIPPED));
}

/** Returns each certificate of `trusted` that `shipped` lacks, once; both are PEM texts. */
export function selectExtraCertificates(trusted: string, shipped: string): readonly string[] {
  const known = new Set(split(shipped).map(fingerprint));
  const extra = new Map(split(trusted).map((pem) => [fingerprint(pem), pem]));
  return [...extra].filter(([print]) => !known.has(print)).map(([, pem]) => `${pem}\n`);
}

function split(text: string): readonly string[] {
  return text.match(PEM) ?? [];
}

function fingerprint(pem: string): string {
  return new X509Certificate(pem).fingerprint256;
}

async function readAll(folder: string): Promise<string> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const certificates = names.filter((name) => name.endsWith('.crt'));
  return (await Promise.all(certificates.map((name) => readFile(join(folder, name), 'utf8')))).join('\n');
}
