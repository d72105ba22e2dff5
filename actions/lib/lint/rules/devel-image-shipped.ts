import { plainBase } from '../cuda-base.ts';
import { extensionBuilds } from '../cuda-extensions.ts';
import { invocationOf } from '../invocation.ts';
import { finalStage, type LintedStage, lineageOf } from '../linted-dockerfile.ts';
import { pythonPackages } from '../python-packages.ts';
import type { Rule } from '../rule.ts';

/** They compile kernels when they run, with nvcc or the headers of CUDA. */
const COMPILES_LATER =
  /^(?:triton|deepspeed|nvdiffrast|gsplat|nerfacc|tilelang|flashinfer.*|sglang.*|vllm|cupy.*|pycuda|numba|jax.*|tensorrt.*|torch-tensorrt|torch-extensions|kaolin|warp-lang|cutlass|nvidia-cutlass|xformers|lightning-thunder|mlc-.*|tvm|bitsandbytes|taichi|nerfstudio|k-diffusion|stylegan.*|auto-gptq|exllama.*)$/;
const BUILDS = new Set(['nvcc', 'gcc', 'g++', 'make', 'cmake', 'ninja', 'bazel']);
const WORK = /build|devel|^dev|test|ci$|^ci|base|compile|wheel/i;

/** The compiler of CUDA is several gigabytes that only a build needs. */
export const develImageShipped: Rule = {
  id: 'devel-image-shipped',
  severity: 'info',
  title: 'The image that is shipped holds the compiler of CUDA',
  covers: [],
  *check(file, project) {
    const stage = finalStage(file);
    if (stage === null || WORK.test(stage.name ?? '')) return;
    const facts = plainBase(stage);
    if (facts?.cuda === undefined || facts.cuda === null || facts.cudaFlavour !== 'devel') return;
    if (!startsSomething(stage)) return;
    const { byName } = pythonPackages(stage, file, project);
    if ([...byName.keys()].some((name) => COMPILES_LATER.test(name)) || compilesLater(stage)) return;
    const root = lineageOf(stage).find(({ base }) => base.kind === 'image') ?? stage;
    const isHere = file.stages.includes(root);
    const { start, end } = isHere ? root.from : stage.from;
    const isBuilt = extensionBuilds(stage, project).length > 0 || lineageOf(stage).some(builds);
    const message = isBuilt
      ? `"${facts.tag ?? 'devel'}" is shipped with the compiler of CUDA, which only the build needs: compile in a stage of its own and take the result into one on "${runtimeOf(facts.tag)}"`
      : `"${facts.tag ?? 'devel'}" holds the compiler of CUDA, several gigabytes, and nothing here compiles: take "${runtimeOf(facts.tag)}"`;
    yield { start, end, severity: isBuilt ? 'info' : 'warning', message };
  },
};

/** Nothing, or a shell alone: an image to build with. */
function startsSomething(stage: LintedStage): boolean {
  const started = lineageOf(stage)
    .flatMap(({ instructions }) => instructions)
    .filter(({ keyword }) => keyword === 'CMD' || keyword === 'ENTRYPOINT');
  return started.some(
    ({ body }) => !/^(?:\[\s*"(?:\/bin\/)?(?:ba|z)?sh"\s*\]|(?:\/bin\/)?(?:ba|z)?sh)$/.test(body.text.trim()),
  );
}

function runtimeOf(tag: string | null): string {
  return (tag ?? 'devel').replace('devel', 'runtime');
}

function builds({ instructions }: LintedStage): boolean {
  return instructions.some(
    ({ shell, body }) =>
      /setup\.py|build_ext|-DCMAKE|cpp_extension|-r\s|--requirement|git\+|(?:install|sync)\s.*(?:\s\.|-e)/.test(
        body.text,
      ) || shell?.commands.some((command) => BUILDS.has(invocationOf(command)?.program ?? '')) === true,
  );
}

/** The program asks for it. */
function compilesLater(stage: LintedStage): boolean {
  return lineageOf(stage).some(({ instructions }) =>
    instructions.some(({ body }) =>
      /torch\.compile|TORCHINDUCTOR|TRITON_|TORCH_EXTENSIONS_DIR|DS_BUILD|jupyter/i.test(body.text),
    ),
  );
}
