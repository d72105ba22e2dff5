import { reachesCommand } from '../command-environment.ts';
import { plainBase } from '../cuda-base.ts';
import { type ExtensionBuild, extensionBuilds } from '../cuda-extensions.ts';
import type { Rule } from '../rule.ts';

/** Some extensions leave their CUDA code out where they see no GPU, and say nothing of it. */
export const cudaExtensionWithoutForceCuda: Rule = {
  id: 'cuda-extension-without-force-cuda',
  severity: 'warning',
  title: 'An extension leaves its CUDA code out without a word',
  covers: [],
  *check({ stages }, project) {
    for (const build of stages.flatMap((stage) => extensionBuilds(stage, project))) {
      const { extension, stage, written, start, end, instruction } = build;
      if (!extension.forceCuda || plainBase(stage)?.cuda === undefined || plainBase(stage)?.cuda === null)
        continue;
      if (isWheel(build) || isForced(build)) continue;
      if (instruction.flags.some((flag) => flag.startsWith('--device'))) continue;
      const message = `"${written}" is compiled without CUDA where there is no GPU, as while an image is built: set "FORCE_CUDA=1" for it`;
      yield { start, end, message };
    }
  },
};

function isWheel({ isByName, extension, install }: ExtensionBuild): boolean {
  if (!isByName) return false;
  return (
    !extension.sourceOnly ||
    (install?.options ?? []).some(([name]) =>
      ['-f', '--find-links', '--index-url', '-i', '--extra-index-url', '--only-binary'].includes(name),
    )
  );
}

function isForced(build: ExtensionBuild): boolean {
  return (
    ['FORCE_CUDA', 'FORCE_ONLY_CUDA', 'FORCE_ONLY_CPU', 'PYTORCH3D_FORCE_NO_CUDA'].some((name) =>
      reachesCommand(name, build),
    ) || build.command.words.some(({ raw }) => /force[_-]cuda/i.test(raw))
  );
}
