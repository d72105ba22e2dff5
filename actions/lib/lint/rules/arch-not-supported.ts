import { compareVersions } from '../compare-versions.ts';
import { instructionsBefore, lineageInstructions, plainBase } from '../cuda-base.ts';
import { extensionBuilds } from '../cuda-extensions.ts';
import known from '../data/cuda-architectures.json' with { type: 'json' };
import { variablePlaces } from '../env-places.ts';
import type { Span } from '../finding.ts';
import { installsOf } from '../installs.ts';
import type { LintedInstruction, LintedStage } from '../linted-dockerfile.ts';
import type { LintedProject } from '../linted-project.ts';
import type { Rule } from '../rule.ts';
import { wordValue } from '../shell-script.ts';

const VARIABLES = new Set([
  ...['TORCH_CUDA_ARCH_LIST', 'TCNN_CUDA_ARCHITECTURES', 'CUDAARCHS', 'CUDA_ARCHITECTURES'],
  ...['CMAKE_CUDA_ARCHITECTURES', 'FLASH_ATTN_CUDA_ARCHS', 'NVTE_CUDA_ARCHS'],
]);
const NAMED: Readonly<Record<string, string>> = {
  ...{ kepler: '3.5', maxwell: '5.0', pascal: '6.0', volta: '7.0', turing: '7.5', ampere: '8.0' },
  ...{ ada: '8.9', hopper: '9.0', blackwell: '10.0' },
};
const ARCHITECTURES: Readonly<Record<string, { readonly first: string; readonly last: string | null }>> =
  known.architectures;
const TOOLKIT =
  /^(?:cuda|cuda-(?:toolkit|nvcc|compiler|minimal-build|command-line-tools).*|nvidia-cuda-toolkit|cudatoolkit-dev)$/;

/** A compiler of CUDA knows neither what came after it nor what it dropped. */
export const archNotSupported: Rule = {
  id: 'arch-not-supported',
  severity: 'warning',
  title: 'The CUDA of the base image cannot compile for an architecture',
  covers: [],
  *check({ stages }, project) {
    for (const stage of stages) {
      const cuda = plainBase(stage)?.cuda ?? null;
      if (cuda === null || hasOtherToolkit(stage)) continue;
      for (const { start, end, name, value, instruction } of listsOf(stage)) {
        for (const arch of (value ?? '').split(/[;,\s]+/)) {
          const why = whyNot(arch, cuda);
          if (why === null) continue;
          // tiny-cuda-nn takes what the compiler does know instead.
          const severity =
            name !== 'TCNN_CUDA_ARCHITECTURES' && isCompiled(stage, instruction, project)
              ? 'error'
              : 'warning';
          const message = `CUDA ${cuda} of the base image cannot compile for "${arch}" in "${name}", ${why}`;
          yield { start, end, severity, message };
        }
      }
    }
  },
};

interface List extends Span {
  readonly name: string;
  readonly value: string | null;
  readonly instruction: LintedInstruction;
}

function listsOf(stage: LintedStage): readonly List[] {
  const commands = stage.instructions.flatMap((instruction) =>
    (instruction.shell?.commands ?? []).flatMap(({ words, assignments }) => {
      const lookup = (name: string) => instruction.variables.get(name);
      const set = assignments.flatMap(({ name, value, start, end }) =>
        VARIABLES.has(name) && value !== null
          ? [{ name, value: wordValue(value, lookup), start, end, instruction }]
          : [],
      );
      const given = words.flatMap((word) => {
        const [, name = '', value = null] =
          /^-D(CMAKE_CUDA_ARCHITECTURES)(?::\w+)?=(.*)$/s.exec(wordValue(word, lookup) ?? '') ?? [];
        // What ENV or ARG set is found there.
        return name === '' || word.text === null
          ? []
          : [{ name, value, start: word.start, end: word.end, instruction }];
      });
      return [...set, ...given];
    }),
  );
  return [...variablePlaces(stage, VARIABLES, { args: true }), ...commands];
}

/** Why a compiler does not take an architecture such as `8.9+PTX`, `90a`, `120-real` or `Volta`; `null` where it does. */
function whyNot(arch: string, cuda: string): string | null {
  const match = /^(\d{1,2})\.?(\d)([af]?)(?:-real|-virtual|\+PTX)?$/i.exec(arch);
  const name = match === null ? NAMED[arch.replace(/\+.*$/, '').toLowerCase()] : `${match[1]}.${match[2]}`;
  const support = name === undefined ? undefined : ARCHITECTURES[name];
  if (support === undefined) return null;
  const first = name === '9.0' && match?.[3] === 'a' ? '12.0' : support.first;
  if (compareVersions(cuda, first) < 0)
    return `which came with CUDA ${first}: leave it out or take a newer base`;
  if (support.last !== null && compareVersions(cuda, `${support.last}.99`) > 0)
    return `which CUDA ${support.last} was the last to know: leave it out or take an older base`;
  return null;
}

function hasOtherToolkit(stage: LintedStage): boolean {
  return lineageInstructions(stage)
    .flatMap(installsOf)
    .some(({ packages }) => packages.some(({ name }) => TOOLKIT.test(name)));
}

function isCompiled(stage: LintedStage, instruction: LintedInstruction, project: LintedProject): boolean {
  const before = new Set(instructionsBefore(stage, instruction));
  return (
    extensionBuilds(stage, project).some((build) => !before.has(build.instruction)) ||
    stage.instructions.some(
      (one) =>
        !before.has(one) &&
        one.shell?.commands.some(({ name }) => name === 'cmake' || name === 'nvcc') === true,
    )
  );
}
