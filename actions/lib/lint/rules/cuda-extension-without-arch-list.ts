import { reachesCommand } from '../command-environment.ts';
import { isNvidiaPytorch, plainBase } from '../cuda-base.ts';
import { type ExtensionBuild, extensionBuilds } from '../cuda-extensions.ts';
import type { Draft, Rule } from '../rule.ts';

/** Without a GPU nothing tells the compiler for which GPUs it works. */
export const cudaExtensionWithoutArchList: Rule = {
  id: 'cuda-extension-without-arch-list',
  severity: 'warning',
  title: 'A CUDA extension is built and nothing says for which GPUs',
  covers: [],
  *check({ stages }, project) {
    for (const build of stages.flatMap((stage) => extensionBuilds(stage, project))) {
      if (build.isByName && (!build.extension.sourceOnly || hasWheels(build))) continue;
      if (build.extension.variables.some((name) => reachesCommand(name, build))) continue;
      if (build.instruction.flags.some((flag) => flag.startsWith('--device'))) continue;
      const draft = draftOf(build);
      if (draft !== null) yield draft;
    }
  },
};

/** Another place than the package index is given, which may have wheels. */
function hasWheels({ install }: ExtensionBuild): boolean {
  return (install?.options ?? []).some(([name]) =>
    ['-f', '--find-links', '--index-url', '-i', '--extra-index-url', '--only-binary'].includes(name),
  );
}

function draftOf(build: ExtensionBuild): Draft | null {
  const { extension, written, stage, start, end } = build;
  const [variable = ''] = extension.variables;
  const advice = `name them with ARG ${variable}`;
  if (isNvidiaPytorch(stage) && variable === 'TORCH_CUDA_ARCH_LIST') {
    const message = `"${written}" is compiled for every GPU that the base image lists, which takes long and changes with the base: ${advice}`;
    return extension.without === 'fails' ? { start, end, severity: 'info', message } : null;
  }
  const base = plainBase(stage);
  if (base === null && !isNvidiaPytorch(stage)) return null;
  if (base !== null && base.cuda === null) return null;
  if (extension.forceCuda && !reachesCommand('FORCE_CUDA', build)) return null;
  if (extension.without === 'all') {
    if (!compilesCuda(build)) return null;
    const message = `"${written}" is compiled for every GPU it knows, because nothing names them while an image is built: ${advice}`;
    return { start, end, severity: 'info', message };
  }
  if (extension.without === 'cpu' && !extension.forceCuda) {
    const message = `"${written}" is compiled without CUDA, because there is no GPU while an image is built and "${variable}" is not set: ${advice}`;
    return { start, end, message };
  }
  const message = `"${written}" asks the GPU for which architectures to compile, and there is none while an image is built: ${advice}`;
  return { start, end, severity: 'error', message };
}

/** Apex is all Python unless it is asked for more. */
function compilesCuda({ extension, command, instruction }: ExtensionBuild): boolean {
  if (!extension.names.includes('apex')) return true;
  return (
    command.words.some(({ raw }) => /cuda_ext|cpp_ext/.test(raw)) ||
    instruction.variables.has('APEX_CUDA_EXT')
  );
}
