/** What is known of PyTorch in a stage: which version, built for which CUDA, and from where it was taken. */
import { type CommandPlace, reachesCommand, valueForCommand } from './command-environment.ts';
import known from './data/torch-releases.json' with { type: 'json' };
import { type InstallCommand, type InstalledPackage, installsOf, optionValues } from './installs.ts';
import { factsOf, type LintedStage, lineageOf } from './linted-dockerfile.ts';

/** A release, with what belongs to it. */
export interface TorchRelease {
  readonly torchvision: string;
  readonly torchaudio: string;
  /** Of these CUDA versions there are wheels. */
  readonly cuda: readonly string[];
  /** The CUDA of the wheels on PyPI. */
  readonly pypi: string;
}

/** Releases by version. */
export const TORCH_RELEASES: ReadonlyMap<string, TorchRelease> = new Map(Object.entries(known.releases));
/** The newest release that the table has. */
export const NEWEST_TORCH = Object.keys(known.releases).at(-1) ?? '';
/** CUDA of the newest index that the table has. */
export const NEWEST_INDEX = cudaOfTag(`cu${known.indexes.at(-1) ?? ''}`) ?? '';
/** When the table was made. */
export const TORCH_TABLE_DATE = known.date;

/** Where pip looks for PyTorch. */
export type TorchIndex =
  | { readonly kind: 'pypi' | 'cpu' | 'other' | 'unknown' }
  /** An index of PyTorch for one CUDA; `isOnly`: PyPI is not looked at. */
  | { readonly kind: 'cuda'; readonly cuda: string; readonly tag: string; readonly isOnly: boolean };

/** One of torch, torchvision and torchaudio that a command installs. */
export interface TorchInstall {
  readonly stage: LintedStage;
  readonly install: InstallCommand;
  readonly requirement: InstalledPackage;
  readonly name: 'torch' | 'torchvision' | 'torchaudio';
  /** Exact version without `+cu121`; `null` where any will do or it is not known. */
  readonly version: string | null;
  /** A constraint that is no exact version. */
  readonly isLoose: boolean;
  /** `12.1` of `+cu121`, else of the index. */
  readonly cuda: string | null;
  readonly index: TorchIndex;
}

const FAMILY = new Set(['torch', 'torchvision', 'torchaudio']);
const ONLY_VARIABLES = ['PIP_INDEX_URL', 'UV_INDEX_URL', 'UV_DEFAULT_INDEX', 'UV_TORCH_BACKEND'];
const MORE_VARIABLES = [
  'PIP_EXTRA_INDEX_URL',
  'PIP_FIND_LINKS',
  'UV_INDEX',
  'UV_EXTRA_INDEX_URL',
  'UV_FIND_LINKS',
];

/** The release of a version such as `2.6` or `2.6.0`. */
export function releaseOf(version: string): TorchRelease | null {
  return TORCH_RELEASES.get(version.split('.').concat('0').slice(0, 3).join('.')) ?? null;
}

/** `12.1` of `cu121`; `null` where it is no tag of CUDA. */
export function cudaOfTag(tag: string): string | null {
  const digits = /^cu(\d{2,3})$/.exec(tag)?.[1];
  return digits === undefined ? null : `${digits.slice(0, -1)}.${digits.slice(-1)}`;
}

/** `cu121` of `12.1`. */
export function tagOfCuda(cuda: string): string {
  return `cu${cuda.replace('.', '')}`;
}

/** Whether PyTorch has, or ever had, an index for a CUDA. */
export function hasIndex(tag: string): boolean {
  return known.indexes.includes(tag.replace(/^cu/, ''));
}

/** Every one of the family that commands of pip install into a stage itself. */
export function torchInstalls(stage: LintedStage): readonly TorchInstall[] {
  return stage.instructions.flatMap(installsOf).flatMap((install) => torchInstallsOf(install, stage));
}

/** The same for the stage and those that it stands on. */
export function torchInstallsInto(stage: LintedStage): readonly TorchInstall[] {
  return lineageOf(stage).flatMap(torchInstalls);
}

function torchInstallsOf(install: InstallCommand, stage: LintedStage): readonly TorchInstall[] {
  const family = install.packages.filter(({ name }) => FAMILY.has(name));
  if (install.manager !== 'pip' || family.length === 0) return [];
  const index = torchIndex(install, stage);
  return family.map((requirement) => {
    const [, version = null, tag = ''] =
      /^={2,3}\s*(\d+(?:\.\d+)*)(?:\+([\w.]+))?$/.exec(requirement.constraint) ?? [];
    const isLoose = version === null && requirement.constraint !== '';
    const cuda = cudaOfTag(tag) ?? (index.kind === 'cuda' && tag === '' ? index.cuda : null);
    const name = requirement.name as TorchInstall['name'];
    return { stage, install, requirement, name, version, isLoose, cuda, index };
  });
}

/** Where a command of pip looks for PyTorch. */
export function torchIndex(install: InstallCommand, stage: LintedStage): TorchIndex {
  const place: CommandPlace = { stage, instruction: install.instruction, command: install.command };
  const valuesOf = (names: readonly string[]) =>
    names.filter((name) => reachesCommand(name, place)).map((name) => valueForCommand(name, place) ?? null);
  const only = [
    ...optionValues(install, '--index-url', '-i', '--default-index', '--torch-backend'),
    ...valuesOf(ONLY_VARIABLES),
  ];
  const more = optionValues(install, '--extra-index-url', '--index', '-f', '--find-links');
  const written = [...only, ...more, ...valuesOf(MORE_VARIABLES)];
  if (written.includes(null) || reachesCommand('PIP_CONFIG_FILE', place)) return { kind: 'unknown' };
  const texts = written.flatMap((text) => text ?? []).filter((text) => !isPypi(text));
  if (texts.length === 0) return { kind: 'pypi' };
  for (const text of texts) {
    const tag = /(?:^|\/whl\/)(cu\d{2,3})(?:\/|$)/.exec(text)?.[1];
    const cuda = tag === undefined ? null : cudaOfTag(tag);
    const isOnly = only.includes(text);
    if (tag !== undefined && cuda !== null) return { kind: 'cuda', cuda, tag, isOnly };
    if (/(?:^|\/whl\/)cpu(?:\/|$)/.test(text)) return { kind: 'cpu' };
  }
  return { kind: 'other' };
}

function isPypi(text: string): boolean {
  return /^https:\/\/pypi\.(?:org|python\.org)\/simple\/?$/.test(text);
}

/** PyTorch as it is when a command begins. */
export interface TorchState {
  readonly version: string | null;
  readonly cuda: string | null;
  /** What put it there, as messages name it. */
  readonly origin: string;
}

/**
 * Tells which PyTorch a command of a stage finds, by where the command begins: that of the base image, or of the last
 * command before it; `null` where none is known.
 */
export function torchBefore(stage: LintedStage): (start: number) => TorchState | null {
  const facts = factsOf(stage);
  const first: TorchState | null =
    facts?.torch === undefined || facts.torch === null
      ? null
      : { version: facts.torch, cuda: facts.cuda, origin: 'the base image' };
  const installs = torchInstallsInto(stage).filter(({ name }) => name === 'torch');
  return (start) => {
    const last = installs.findLast((one) => one.stage !== stage || one.install.command.start < start);
    return last === undefined ? first : stateAfter(last);
  };
}

/** PyTorch as a command leaves it. */
export function stateAfter({ version, cuda, requirement }: TorchInstall): TorchState {
  return { version, cuda, origin: `"${requirement.name}${requirement.constraint}"` };
}
