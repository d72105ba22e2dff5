/** Says in plain words why an image is built. */
import type { FileReason, NamedInput, Reason, SingleInput } from './compare-preimages.ts';

const SINGLE: Readonly<Record<SingleInput, string>> = {
  platform: 'platform',
  target: 'target',
  dockerfile: 'the Dockerfile',
  syntax: 'the Dockerfile frontend (# syntax)',
};

const NAMED: Readonly<Record<NamedInput, string>> = {
  arg: 'build arg',
  label: 'label',
  lfs: 'LFS file',
  secret: 'version of secret',
  parent: 'parent',
  upstream: 'upstream',
};

const MODES: Readonly<Record<string, string>> = {
  '100644': 'a file',
  '100755': 'an executable file',
  '120000': 'a symlink',
  '160000': 'a submodule',
  '040000': 'an empty folder',
};

/** One reason as a short sentence without a full stop, for example `upstream debian:12 moved from sha256:ab12… to …`. */
export function describeReason(reason: Reason): string {
  if (reason.kind === 'file') return describeFile(reason);
  if (!('name' in reason)) return describeSingle(reason);
  const { kind, from, to } = reason;
  const subject = `${NAMED[kind]} ${showName(reason.name)}`;
  const which = kind === 'secret' ? `secret ${showName(reason.name)}` : subject;
  if (from === null) return `${which} is new`;
  if (to === null) return `${which} is gone`;
  if (kind === 'parent' || kind === 'lfs') return `${subject} changed`;
  return `${subject} ${kind === 'upstream' ? 'moved' : 'changed'} from ${showValue(from)} to ${showValue(to)}`;
}

function describeSingle(reason: Extract<Reason, { kind: SingleInput }>): string {
  const subject = SINGLE[reason.kind];
  if (reason.kind === 'dockerfile') return `${subject} changed`;
  const verb = reason.kind === 'syntax' ? 'moved' : 'changed';
  return `${subject} ${verb} from ${showValue(reason.from)} to ${showValue(reason.to)}`;
}

function describeFile(reason: FileReason): string {
  const path = showName(reason.path);
  const subject = reason.context === null ? path : `${path} of context ${showName(reason.context)}`;
  if (reason.change !== 'mode')
    return `${subject} ${reason.change === 'changed' ? 'changed' : `was ${reason.change}`}`;
  return `${subject} became ${MODES[reason.to?.[0] ?? ''] ?? 'something else'}`;
}

/** Names that could break a line or hide in it are quoted. */
function showName(name: string): string {
  return /^[^\p{C}\p{Z}"]+$/u.test(name) ? name : JSON.stringify(name);
}

function showValue(value: string | null): string {
  if (value === null) return 'none';
  const [, prefix = '', digest = ''] = /^(.*?)([0-9a-f]{40,})$/.exec(value) ?? [];
  return digest === '' ? showName(value) : `${prefix}${digest.slice(0, 12)}…`;
}
