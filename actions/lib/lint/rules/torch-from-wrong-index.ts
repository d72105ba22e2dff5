import { compareVersions, majorOf } from '../compare-versions.ts';
import { cudaImage } from '../cuda-base.ts';
import { extensionBuilds } from '../cuda-extensions.ts';
import { optionValues } from '../installs.ts';
import type { LintedProject } from '../linted-project.ts';
import type { Draft, Rule } from '../rule.ts';
import {
  cudaOfTag,
  hasIndex,
  NEWEST_INDEX,
  NEWEST_TORCH,
  releaseOf,
  TORCH_TABLE_DATE,
  type TorchInstall,
  type TorchRelease,
  tagOfCuda,
  torchBefore,
  torchInstalls,
} from '../torch-installs.ts';

/** Which CUDA a PyTorch is built for depends on the index that it is taken from. */
export const torchFromWrongIndex: Rule = {
  id: 'torch-from-wrong-index',
  severity: 'warning',
  title: 'PyTorch is taken from an index that does not fit',
  covers: [],
  *check({ stages }, project) {
    for (const stage of stages) {
      for (const one of torchInstalls(stage)) {
        const draft = one.name === 'torch' || firstOfCommand(one) ? draftOf(one, project) : null;
        if (draft !== null) yield draft;
      }
    }
  },
};

/** One finding a command is enough: of torch where it is there. */
function firstOfCommand({ install, requirement }: TorchInstall): boolean {
  const names = ['torch', 'torchvision', 'torchaudio'];
  const family = install.packages.filter(({ name }) => names.includes(name));
  return family[0] === requirement && !family.some(({ name }) => name === 'torch');
}

function draftOf(one: TorchInstall, project: LintedProject): Draft | null {
  const { start, end } = one.requirement.word;
  const found = missing(one) ?? wrongMajor(one, project) ?? fromPypi(one);
  return found === null ? null : { start, end, ...found };
}

type Wrong = Pick<Draft, 'message' | 'severity'>;

/** An index, or a version in it, that does not exist. */
function missing(one: TorchInstall): Wrong | null {
  const { version, requirement, index } = one;
  const local = /\+(cu\d+)$/.exec(requirement.constraint)?.[1] ?? null;
  const tag = local ?? (index.kind === 'cuda' ? index.tag : null);
  const cuda = tag === null ? null : cudaOfTag(tag);
  if (tag === null || cuda === null) return null;
  if (!hasIndex(tag)) {
    const severity = compareVersions(cuda, NEWEST_INDEX) > 0 ? 'warning' : 'error';
    return {
      severity,
      message: `PyTorch has no index "${tag}" (${TORCH_TABLE_DATE}): take the next lower one that it has`,
    };
  }
  const release = version === null ? null : releaseOf(version);
  if (release !== null && isOutside(release, cuda)) {
    const there = release.cuda.map(tagOfCuda).join(', ');
    const isFatal = local !== null || (index.kind === 'cuda' && index.isOnly);
    const what = isFatal ? 'is not found' : 'comes from PyPI instead, for another CUDA';
    const message = `"torch==${version ?? ''}" was not built for "${tag}" and ${what}: there is ${there}`;
    return isFatal ? { severity: 'error', message } : { message };
  }
  return retired(one, cuda);
}

/** Between the first and the last there may be builds that nobody announced. */
function isOutside({ cuda: builds }: TorchRelease, cuda: string): boolean {
  return compareVersions(cuda, builds[0] ?? cuda) < 0 || compareVersions(cuda, builds.at(-1) ?? cuda) > 0;
}

/** PyPI has a newer one than an index that is no longer filled, and pip takes the newest of all. */
function retired(
  { version, isLoose, index, install, requirement }: TorchInstall,
  cuda: string,
): Wrong | null {
  const isAny = version === null && !isLoose && requirement.constraint === '';
  if (!isAny || index.kind !== 'cuda' || index.isOnly || install.program !== 'pip') return null;
  const newest = releaseOf(NEWEST_TORCH);
  if (newest === null || !isOutside(newest, cuda) || compareVersions(cuda, NEWEST_INDEX) > 0) return null;
  const message = `the index "${index.tag}" gets no new releases, so pip takes the newer torch of PyPI, for another CUDA: use "--index-url", or name the version`;
  return { message };
}

/** Built for another major version of CUDA than the base image has. */
function wrongMajor({ cuda, stage, requirement }: TorchInstall, project: LintedProject): Wrong | null {
  const base = cudaImage(stage);
  if (base === null || cuda === null || majorOf(base.cuda) === majorOf(cuda)) return null;
  const text = `${requirement.name}${requirement.constraint}`;
  if (compareVersions(cuda, base.cuda) > 0) {
    const message = `"${text}" is built for CUDA ${cuda}, the base image for ${base.cuda}: it needs a newer driver than the base image asks for, and does not start on hosts that are fit for the base`;
    return { message };
  }
  if (extensionBuilds(stage, project).length === 0) return null;
  const message = `"${text}" is built for CUDA ${cuda} and the compiler of the base image is ${base.cuda}: PyTorch refuses to compile extensions with it`;
  return { message };
}

/** The one of PyPI, for whichever CUDA was the usual one when it was released. */
function fromPypi({
  name,
  version,
  isLoose,
  index,
  install,
  stage,
  requirement,
}: TorchInstall): Wrong | null {
  const base = cudaImage(stage);
  if (base === null || name !== 'torch' || index.kind !== 'pypi' || isLoose) return null;
  if (optionValues(install, '-c', '--constraint').length > 0 || requirement.constraint.includes('+'))
    return null;
  if (version === null && torchBefore(stage)(install.command.start) !== null) return null;
  const pypi = releaseOf(version ?? NEWEST_TORCH)?.pypi;
  if (pypi === undefined || majorOf(pypi) === majorOf(base.cuda)) return null;
  const which = version === null ? 'the newest torch of PyPI' : `"torch==${version}" of PyPI`;
  const message = `${which} is built for CUDA ${pypi}, the base image has ${base.cuda}: name the index that fits, as https://download.pytorch.org/whl/cuXXX`;
  return { message };
}
