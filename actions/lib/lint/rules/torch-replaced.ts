import { compareVersions } from '../compare-versions.ts';
import { isNvidiaPytorch } from '../cuda-base.ts';
import type { Span } from '../finding.ts';
import { type InstallCommand, installsOf } from '../installs.ts';
import type { LintedDockerfile, LintedStage } from '../linted-dockerfile.ts';
import type { LintedProject } from '../linted-project.ts';
import { pythonPackages } from '../python-packages.ts';
import type { Draft, Rule } from '../rule.ts';
import { NEWEST_TORCH, releaseOf, TORCH_RELEASES, type TorchState, torchBefore } from '../torch-installs.ts';

/** Each of their releases asks for exactly one torch, the newest one for the newest. */
const ASK_FOR_ONE = new Set(['torchvision', 'vllm']);
const KEEPS = ['--no-deps', '-c', '--constraint', '--override', '--overrides', '--target', '-t'];

/** A later install takes another PyTorch than the one that was chosen before it. */
export const torchReplaced: Rule = {
  id: 'torch-replaced',
  severity: 'warning',
  title: 'PyTorch is replaced by a later install',
  covers: [],
  *check(file, project) {
    for (const stage of file.stages) {
      const torch = torchBefore(stage);
      for (const install of stage.instructions.flatMap(installsOf)) {
        if (install.manager !== 'pip' || install.options.some(([name]) => KEEPS.includes(name))) continue;
        const before = torch(install.command.start) ?? nvidiaTorch(stage);
        if (before === null) continue;
        yield* replacements(install, before);
        yield* ofRequirements(install, before, stage, file, project);
      }
    }
  },
};

function nvidiaTorch(stage: LintedStage): TorchState | null {
  return isNvidiaPytorch(stage) ? { version: null, cuda: null, origin: 'the base image' } : null;
}

function* replacements(install: InstallCommand, before: TorchState): Iterable<Draft> {
  const isUpgrade = install.options.some(
    ([name]) =>
      name === '--upgrade' ||
      name === '--force-reinstall' ||
      name === '--reinstall' ||
      /^-[a-zA-Z]*U/.test(name),
  );
  const hasPin = install.packages.some(({ name, constraint }) => name === 'torch' && constraint !== '');
  for (const { name, constraint, word } of install.packages) {
    const written = `${name}${constraint}`;
    const why = reason(name, constraint, before, isUpgrade, install);
    // What is pinned together with torch is that one's business.
    if (why === null || (name !== 'torch' && hasPin)) continue;
    yield { ...spanOf(word), message: messageOf(written, why, before) };
  }
}

function spanOf({ start, end }: Span): Span {
  return { start, end };
}

function messageOf(written: string, why: string, { version, origin }: TorchState): string {
  const old = version === null ? `the torch of ${origin}` : `torch ${version} of ${origin}`;
  return `"${written}" ${why}, and ${old} is thrown away though it stays in the image's layers: choose one`;
}

function reason(
  name: string,
  constraint: string,
  before: TorchState,
  isUpgrade: boolean,
  install: InstallCommand,
): string | null {
  const exact = /^==\s*(\d+(?:\.\d+)*)/.exec(constraint)?.[1] ?? null;
  if (name === 'torch') return reasonOfTorch(exact, constraint, before, isUpgrade);
  if (before.version === null) return null;
  if (exact !== null) {
    const wanted = torchOf(name, exact);
    return wanted !== null && !isSame(wanted, before.version) ? `brings torch ${wanted}` : null;
  }
  // The images of PyTorch hold torchvision.
  const isThere = name === 'torchvision' && before.origin === 'the base image' && !isUpgrade;
  if (constraint !== '' || !asksForOne(name, before.version) || isThere) return null;
  const hasIndex = install.options.some(
    ([option]) => option === '--index-url' || option === '-i' || option === '--torch-backend',
  );
  if (hasIndex || releaseOf(before.version) === null || isSame(before.version, NEWEST_TORCH)) return null;
  return `brings the torch that its newest release was made for, such as ${NEWEST_TORCH}`;
}

function reasonOfTorch(
  exact: string | null,
  constraint: string,
  before: TorchState,
  isUpgrade: boolean,
): string | null {
  if (exact !== null) {
    if (before.version === null) return `brings torch ${exact}`;
    return isSame(exact, before.version) ? null : `brings torch ${exact}`;
  }
  return constraint === '' && isUpgrade ? 'brings the newest torch' : null;
}

/** The torch that a torchvision or torchaudio was made for; `null` where it is not known or any will do. */
function torchOf(name: string, version: string): string | null {
  if (name !== 'torchvision' && name !== 'torchaudio') return null;
  if (name === 'torchaudio' && compareVersions(version, '2.11') >= 0) return null;
  const found = [...TORCH_RELEASES].find(([, release]) => compareVersions(release[name], version) === 0);
  return found?.[0] ?? null;
}

/** xformers fits every torch from 2.10 on, and no older one. */
function asksForOne(name: string, torch: string): boolean {
  return ASK_FOR_ONE.has(name) || (name === 'xformers' && compareVersions(torch, '2.10') < 0);
}

function isSame(a: string, b: string): boolean {
  return compareVersions(a, b) === 0;
}

function* ofRequirements(
  install: InstallCommand,
  before: TorchState,
  stage: LintedStage,
  file: LintedDockerfile,
  project: LintedProject,
): Iterable<Draft> {
  const torch = pythonPackages(stage, file, project).byName.get('torch');
  if (torch === undefined || torch.file === null || torch.install !== install) return;
  const exact = /^==\s*(\d+(?:\.\d+)*)/.exec(torch.constraint)?.[1] ?? null;
  const why = exact === null ? null : reasonOfTorch(exact, torch.constraint, before, false);
  if (why === null) return;
  const { start, end } = install.command;
  yield { start, end, message: messageOf(`torch${torch.constraint}" in "${torch.file}`, why, before) };
}
