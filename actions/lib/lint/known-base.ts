import { factsOf, type LintedStage, lineageOf } from './linted-dockerfile.ts';

/** Images that are known to set neither `USER` nor `SHELL`; a name alone may be that of an image built here. */
const PLAIN = new RegExp(
  `^(?:docker\\.io/library/(?:${[
    ...[
      'alpine',
      'debian',
      'ubuntu',
      'fedora',
      'amazonlinux',
      'rockylinux',
      'almalinux',
      'centos',
      'buildpack-deps',
    ],
    ...[
      'python',
      'node',
      'golang',
      'rust',
      'ruby',
      'gcc',
      'perl',
      'openjdk',
      'eclipse-temurin',
      'julia',
      'r-base',
    ],
  ].join('|')})|(?:docker\\.io|nvcr\\.io)/nvidia/cuda|docker\\.io/pytorch/pytorch)$`,
);

/** The lineage of a stage begins with an image that runs as root and lets `/bin/sh` read scripts, or with none. */
export function knownBase(stage: LintedStage): boolean {
  if (lineageOf(stage)[0]?.base.kind === 'scratch') return true;
  return PLAIN.test(factsOf(stage)?.repository ?? '');
}

/** The same, or one of conda's own. */
export function knownCondaBase(stage: LintedStage): boolean {
  const repository = factsOf(stage)?.repository ?? '';
  return knownBase(stage) || /^docker\.io\/(?:continuumio|condaforge)\//.test(repository);
}
