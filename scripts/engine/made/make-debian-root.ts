/** Owns a small Debian system as one archive, made by mmdebstrap. */
import { createHash } from 'node:crypto';
import { mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { DarkroomError } from '../../../actions/lib/errors/darkroom-error.ts';
import { findExtraCertificates } from './extra-certificates.ts';

/** As the official slim images: no documentation but the licences, no translations. */
const LEFT_OUT = [
  ...[
    '/usr/share/doc/*',
    '/usr/share/man/*',
    '/usr/share/info/*',
    '/usr/share/groff/*',
    '/usr/share/lintian/*',
  ],
  ...['/usr/share/linda/*', '/usr/share/locale/*'],
];

/** Debian's packages of yesterday are good enough for another image of today. */
const KEPT_MS = 24 * 60 * 60 * 1000;

/**
 * Returns the path of an archive of Debian's minimal system with apt, trusting this machine's own certificate
 * authorities. It is kept in `cache` for a day; `work` is an empty folder of the caller's.
 *
 * @throws DarkroomError `made/failed` with the last lines of mmdebstrap
 */
export async function makeDebianRoot(suite: string, cache: string, work: string): Promise<string> {
  const files: Record<string, string> = { ...systemFiles(suite) };
  for (const [index, pem] of (await findExtraCertificates()).entries()) {
    files[`usr/local/share/ca-certificates/host-${index + 1}.crt`] = pem;
  }
  const inputs = createHash('sha256')
    .update(JSON.stringify([suite, process.arch, LEFT_OUT, files]))
    .digest('hex');
  const kept = join(cache, 'made', `debian-${suite}-${inputs.slice(0, 16)}.tar`);
  const age = Date.now() - ((await stat(kept).catch(() => undefined))?.mtimeMs ?? 0);
  if (age < KEPT_MS) return kept;

  const overlay = join(work, 'overlay');
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(overlay, path)), { recursive: true });
    await writeFile(join(overlay, path), text, { mode: path.endsWith('policy-rc.d') ? 0o755 : 0o644 });
  }
  await runMmdebstrap(suite, overlay, join(work, 'rootfs.tar'));
  await mkdir(dirname(kept), { recursive: true });
  await rename(join(work, 'rootfs.tar'), kept);
  return kept;
}

async function runMmdebstrap(suite: string, overlay: string, archive: string): Promise<void> {
  const result = await execa(
    'mmdebstrap',
    [
      ...['--variant=minbase', '--include=ca-certificates'],
      ...LEFT_OUT.map((pattern) => `--dpkgopt=path-exclude=${pattern}`),
      '--dpkgopt=path-include=/usr/share/doc/*/copyright',
      `--customize-hook=sync-in ${overlay} /`,
      '--customize-hook=chroot "$1" update-ca-certificates',
      '--customize-hook=rm -f "$1/etc/apt/sources.list" "$1/etc/hostname" "$1/etc/resolv.conf"',
      ...[suite, archive],
    ],
    { reject: false, all: true, cwd: dirname(archive) },
  );
  if (!result.failed) return;
  const tail = (result.all || result.shortMessage || '').trimEnd().split('\n').slice(-8).join('\n  ');
  throw new DarkroomError({
    code: 'made/failed',
    message: `Debian ${suite} could not be made: mmdebstrap said:\n  ${tail}`,
  });
}

/** What the official images add to a plain installation: no services started, no downloads kept, sources in one place. */
function systemFiles(suite: string): Readonly<Record<string, string>> {
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
  const source = (uri: string, suites: string): string =>
    `Types: deb\nURIs: ${uri}\nSuites: ${suites}\nComponents: main\nSigned-By: ${keyring}\n`;
  return {
    'usr/sbin/policy-rc.d': '#!/bin/sh\nexit 101\n',
    'etc/apt/apt.conf.d/docker-clean':
      'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true"; };\n' +
      'APT::Update::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true"; };\n' +
      'Dir::Cache::pkgcache "";\nDir::Cache::srcpkgcache "";\n',
    'etc/apt/apt.conf.d/docker-no-languages': 'Acquire::Languages "none";\n',
    'etc/apt/sources.list.d/debian.sources': [
      source('http://deb.debian.org/debian', `${suite} ${suite}-updates`),
      source('http://deb.debian.org/debian-security', `${suite}-security`),
    ].join('\n'),
  };
}
