import { compareVersions } from '../compare-versions.ts';
import type { Fix } from '../finding.ts';
import type { LintedStage } from '../linted-dockerfile.ts';
import type { Draft, Rule } from '../rule.ts';
import { releaseOf, type TorchInstall, torchInstalls, torchInstallsInto } from '../torch-installs.ts';

/** Each release of torchvision and torchaudio is compiled for one of torch. */
export const torchFamilyMismatch: Rule = {
  id: 'torch-family-mismatch',
  severity: 'warning',
  title: 'Versions of torch, torchvision and torchaudio do not belong together',
  covers: [],
  *check({ stages }) {
    for (const stage of stages) {
      for (const one of torchInstalls(stage)) {
        const torch = one.name === 'torch' ? null : torchOf(one, stage);
        const draft = torch === null ? null : draftOf(one, torch);
        if (draft !== null) yield draft;
      }
    }
  },
};

/** The torch of the same command, else the last one before it, else the first one after it. */
function torchOf({ install }: TorchInstall, stage: LintedStage): TorchInstall | null {
  const all = torchInstallsInto(stage).filter(({ name }) => name === 'torch');
  const same = all.find((other) => other.install.command === install.command);
  if (same !== undefined) return same;
  const before = all.filter(
    (other) => other.stage !== stage || other.install.command.start < install.command.start,
  );
  return before.at(-1) ?? all[0] ?? null;
}

function draftOf(one: TorchInstall, torch: TorchInstall): Draft | null {
  const { requirement, name, version, install } = one;
  const { start, end } = requirement.word;
  const severity = install.command === torch.install.command ? 'error' : 'warning';
  const pin = `torch==${torch.version ?? ''}`;
  const expected = expectedOf(one, torch);
  if (expected !== null) {
    const message = `"${name}==${version ?? ''}" is compiled for another torch than "${pin}", to which ${name} ${expected} belongs`;
    return { start, end, severity, message, ...fixOf(one, expected) };
  }
  const [left, right] = [torch, one].map((two) => /\+(\w+)$/.exec(two.requirement.constraint)?.[1]);
  if (left === undefined || right === undefined || left === right) return null;
  const message = `"${name}${requirement.constraint}" is built for "${right}" and torch for "${left}": take both from one index`;
  return { start, end, severity: 'warning', message };
}

/** The version that belongs to a torch, where another one is asked for; `null` where all is well or not known. */
function expectedOf({ name, version }: TorchInstall, torch: TorchInstall): string | null {
  if (name === 'torch' || version === null || torch.version === null) return null;
  // From 2.11 on torchaudio fits every later torch.
  const isLate = compareVersions(torch.version, '2.11') >= 0;
  if (name === 'torchaudio' && isLate && compareVersions(version, '2.11') >= 0) return null;
  const expected = releaseOf(torch.version)?.[name];
  // Before 1.12 several of them went with one torch.
  const isExact = compareVersions(torch.version, '1.12') >= 0;
  if (expected === undefined || compareVersions(expected, version) === 0) return null;
  return !isExact && minorOf(expected) === minorOf(version) ? null : expected;
}

function minorOf(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}

function fixOf({ requirement, version }: TorchInstall, expected: string): { readonly fix?: Fix } {
  const { raw, start } = requirement.word;
  const at = raw.indexOf(`==${version ?? ''}`);
  if (at === -1 || version === null) return {};
  const from = start + at + 2;
  const edits = [{ start: from, end: from + version.length, text: expected }];
  return { fix: { description: `take the ${requirement.name} that belongs to torch`, safe: false, edits } };
}
