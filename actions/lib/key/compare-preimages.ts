/** Explains why two keys differ. */
import { type FileInput, lfsName, type Preimage } from './content-key.ts';

/** Records of a pre-image that hold a text by name. */
export type NamedInput = 'arg' | 'label' | 'lfs' | 'secret' | 'parent' | 'upstream';

/** Inputs of which there is one. */
export type SingleInput = 'platform' | 'target' | 'dockerfile' | 'syntax';

/** One difference. */
export type Reason =
  | { readonly kind: SingleInput; readonly from: string | null; readonly to: string | null }
  | {
      readonly kind: NamedInput;
      readonly name: string;
      /** `null`: there was none. */
      readonly from: string | null;
      /** `null`: there is none any more. */
      readonly to: string | null;
    }
  | FileReason;

/** One file that differs. */
export interface FileReason {
  readonly kind: 'file';
  readonly change: 'added' | 'removed' | 'changed' | 'mode';
  /** `null`: the main context. */
  readonly context: string | null;
  /** As text; bytes that are not UTF-8 are shown as U+FFFD. */
  readonly path: string;
  readonly from: FileInput | null;
  readonly to: FileInput | null;
}

/** Every difference, the most telling first: what the image itself says, its files, then what it stands on. */
export function comparePreimages(before: Preimage, after: Preimage): readonly Reason[] {
  const named = (kind: NamedInput, from: Texts, to: Texts): readonly Reason[] => compareTexts(kind, from, to);
  const lfs = named('lfs', before.lfs, after.lfs);
  const files = [null, ...namesOf(before.contexts, after.contexts)].flatMap((context) =>
    compareFiles(context, filesOf(before, context), filesOf(after, context)),
  );
  const explained = new Set<string | null>(
    lfs.flatMap((reason) => (reason.kind === 'lfs' ? [reason.name] : [])),
  );
  return [
    ...compareSingle('platform', before.platform, after.platform),
    ...compareSingle('target', before.target, after.target),
    ...compareSingle('dockerfile', before.dockerfile.blob, after.dockerfile.blob),
    ...named('arg', before.args, after.args),
    // The pointer of an LFS file changes with its content: the content is the reason worth reading.
    ...files.filter((reason) => !explained.has(explainedBy(reason))),
    ...lfs,
    ...named('secret', before.secrets, after.secrets),
    ...named('upstream', before.upstreams, after.upstreams),
    ...named('parent', before.parents, after.parents),
    ...compareSingle('syntax', before.dockerfile.syntax, after.dockerfile.syntax),
    ...named('label', before.labels, after.labels),
  ];
}

function filesOf({ files, contexts }: Preimage, context: string | null): readonly FileInput[] {
  if (context === null) return files;
  return Object.hasOwn(contexts, context) ? (contexts[context] ?? []) : [];
}

/** Name of the LFS object that explains a changed file. */
function explainedBy({ change, context, to }: FileReason): string | null {
  return change === 'changed' && to !== null ? lfsName(context, to) : null;
}

type Texts = Readonly<Record<string, string>>;

function compareSingle(kind: SingleInput, from: string | null, to: string | null): readonly Reason[] {
  return from === to ? [] : [{ kind, from, to }];
}

function compareTexts(kind: NamedInput, before: Texts, after: Texts): readonly Reason[] {
  return namesOf(before, after).flatMap((name) => {
    const from = own(before, name);
    const to = own(after, name);
    return from === to ? [] : [{ kind, name, from, to }];
  });
}

function own(texts: Texts, name: string): string | null {
  return Object.hasOwn(texts, name) ? (texts[name] ?? null) : null;
}

function namesOf(before: object, after: object): readonly string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
}

const CHANGES = ['changed', 'mode', 'added', 'removed'] as const;

function compareFiles(
  context: string | null,
  before: readonly FileInput[],
  after: readonly FileInput[],
): readonly FileReason[] {
  const old = new Map(before.map((file) => [nameOf(file), file]));
  const current = new Map(after.map((file) => [nameOf(file), file]));
  const reasons = [...new Set([...current.keys(), ...old.keys()])].flatMap((name) => {
    const from = old.get(name) ?? null;
    const to = current.get(name) ?? null;
    const change = changeOf(from, to);
    const file = to ?? from;
    return change === null || file === null
      ? []
      : [{ kind: 'file', change, context, path: shownPath(file), from, to } as const];
  });
  return CHANGES.flatMap((change) => reasons.filter((reason) => reason.change === change));
}

/** A path in base64 never equals one in text. */
function nameOf(file: FileInput): string {
  return file.length === 4 ? `base64\0${file[2]}` : file[2];
}

function changeOf(from: FileInput | null, to: FileInput | null): (typeof CHANGES)[number] | null {
  if (from === null) return 'added';
  if (to === null) return 'removed';
  if (from[1] !== to[1]) return 'changed';
  return from[0] === to[0] ? null : 'mode';
}

function shownPath(file: FileInput): string {
  return file.length === 4 ? Buffer.from(file[2], 'base64').toString('utf8') : file[2];
}
