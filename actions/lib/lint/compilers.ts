/** Whether a stage has compilers when a command begins. */
import { instructionsBefore } from './cuda-base.ts';
import { type InstallCommand, installsOf } from './installs.ts';
import { invocationOf } from './invocation.ts';
import { factsOf, type LintedInstruction, type LintedStage } from './linted-dockerfile.ts';

/** Of C++, and of CUDA; `null` where it is not known. */
export interface Compilers {
  readonly host: boolean | null;
  readonly cuda: boolean | null;
}

const HOST =
  /^(?:build-essential|g\+\+(?:-\d+)?|gcc-c\+\+|clang(?:-\d+)?|build-base|gfortran(?:-\d+)?|rustc|dpkg-dev|gxx(?:_linux-64)?|cxx-compiler|compilers|nvidia-cuda-toolkit|@?development-tools|@Development|libtool|ruby-dev|golang(?:-go)?)$/i;
/** Bring a compiler, unless what is recommended is left out. */
const RECOMMENDING =
  /^(?:python3-pip|python3-dev|cmake|ninja-build|libtool|autoconf|automake|dkms|devscripts|debhelper|make)$/;
const CUDA =
  /^(?:cuda(?:-\d+-\d+)?|cuda-(?:toolkit|nvcc|compiler|minimal-build)(?:-.*)?|nvidia-cuda-toolkit|nvidia-cuda-nvcc(?:-cu\d+)?|cudatoolkit-dev)$/;
const NO_HOST = /^docker\.io\/(?:library\/(?:debian|ubuntu)|continuumio\/miniconda3|condaforge\/miniforge3)$/;
const NO_CUDA =
  /^docker\.io\/(?:library\/(?:python|debian|ubuntu)|continuumio\/miniconda3|condaforge\/miniforge3)$/;

/** What a command of an instruction finds; `host` is the compiler of C++. */
export function compilersAt(stage: LintedStage, instruction: LintedInstruction, start: number): Compilers {
  const before = [...instructionsBefore(stage, instruction), instruction];
  const installs = before
    .flatMap(installsOf)
    .filter(({ instruction: of, command }) => of !== instruction || command.start < start);
  const isOpen =
    installs.some(isUnknown) || before.some((one) => bringsUnknown(one, one === instruction ? start : null));
  const base = baseCompilers(stage);
  const names = installs.flatMap(({ packages }) => packages.map(({ name }) => name));
  const recommended = installs.some(
    ({ manager, packages, options }) =>
      manager === 'apt' &&
      !options.some(([name]) => name === '--no-install-recommends') &&
      packages.some(({ name }) => RECOMMENDING.test(name)),
  );
  const host = base.host === true || recommended || names.some((name) => HOST.test(name));
  const cuda = base.cuda === true || names.some((name) => CUDA.test(name));
  return {
    host: host ? true : isOpen || base.host === null ? null : false,
    cuda: cuda ? true : isOpen || base.cuda === null ? null : false,
  };
}

function baseCompilers(stage: LintedStage): Compilers {
  const facts = factsOf(stage);
  if (facts === null) return { host: null, cuda: null };
  const { repository, tag, cudaFlavour, cuda } = facts;
  if (cuda !== null && /(?:^|\/)(?:nvidia\/cuda|pytorch\/pytorch)$/.test(repository)) {
    if (cudaFlavour === null) return { host: null, cuda: null };
    const isDevel = cudaFlavour === 'devel';
    return { host: isDevel, cuda: isDevel };
  }
  const isSlim = /(?:^|-)(?:slim|alpine)/.test(tag ?? '');
  const isPython = repository === 'docker.io/library/python';
  return {
    host: NO_HOST.test(repository) || (isPython && isSlim) ? false : isPython ? true : null,
    cuda: NO_CUDA.test(repository) ? false : null,
  };
}

/** Installs what cannot be read. */
function isUnknown({ manager, others, options, command }: InstallCommand): boolean {
  if (manager === 'conda') return options.some(([name]) => name === '--file' || name === '-f');
  if (manager !== 'apt' && manager !== 'dnf' && manager !== 'apk') return false;
  return others.length > 0 || command.words.some(({ text }) => text === null);
}

const SCRIPT = /\.(?:sh|run|bash|py)$|^https?:/;
const GROUPS = new Set(['groupinstall', 'group', 'build-dep', 'builddep']);

/** Runs a script, unpacks a toolchain, or copies a part of another image. */
function bringsUnknown({ keyword, command, shell }: LintedInstruction, until: number | null): boolean {
  if (command.kind === 'copy')
    return command.from !== '' && /\/(?:usr|opt|cuda)/.test(command.sources.join(' '));
  if (keyword !== 'RUN') return false;
  return (shell?.commands ?? []).some((one) => {
    if (until !== null && one.start >= until) return false;
    const invocation = invocationOf(one);
    if (invocation === null) return true;
    if (/^(?:ba|da|z)?sh$/.test(invocation.program)) return true;
    if (SCRIPT.test(invocation.program)) return true;
    if (['dpkg', 'rpm', 'brew', 'nix', 'spack', 'xargs', '.', 'source'].includes(invocation.program))
      return true;
    return invocation.args.some(({ text }) => GROUPS.has(text ?? ''));
  });
}
