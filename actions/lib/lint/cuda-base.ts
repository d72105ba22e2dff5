/** What the image that a stage begins with says about CUDA and compilers. */
import type { BaseFacts } from './base-facts.ts';
import { factsOf, type LintedInstruction, type LintedStage, lineageOf } from './linted-dockerfile.ts';

/** Images of which it is known that they set nothing but paths and versions, with all their tags. */
const PLAIN = new Set([
  'docker.io/nvidia/cuda',
  'nvcr.io/nvidia/cuda',
  'docker.io/pytorch/pytorch',
  'docker.io/library/python',
  'docker.io/library/ubuntu',
  'docker.io/library/debian',
  'docker.io/continuumio/miniconda3',
  'docker.io/condaforge/miniforge3',
  'docker.io/mambaorg/micromamba',
]);
const CUDA = new Set(['docker.io/nvidia/cuda', 'nvcr.io/nvidia/cuda']);

/** What the lineage of a stage begins with, where that is one of the well-known images. */
export function plainBase(stage: LintedStage): BaseFacts | null {
  const facts = factsOf(stage);
  return facts !== null && PLAIN.has(facts.repository) ? facts : null;
}

/** The image with PyTorch from NVIDIA: sets `TORCH_CUDA_ARCH_LIST` and holds PyTorch of its own. */
export function isNvidiaPytorch(stage: LintedStage): boolean {
  return factsOf(stage)?.repository === 'nvcr.io/nvidia/pytorch';
}

/** `nvidia/cuda`, on whose CUDA everything is built. */
export function cudaImage(stage: LintedStage): (BaseFacts & { readonly cuda: string }) | null {
  const facts = factsOf(stage);
  return facts !== null && facts.cuda !== null && CUDA.has(facts.repository)
    ? { ...facts, cuda: facts.cuda }
    : null;
}

/** Instructions of a stage and of those that it stands on, in order. */
export function lineageInstructions(stage: LintedStage): readonly LintedInstruction[] {
  return lineageOf(stage).flatMap(({ instructions }) => instructions);
}

/** Instructions of the lineage that come before one of them. */
export function instructionsBefore(
  stage: LintedStage,
  instruction: LintedInstruction,
): readonly LintedInstruction[] {
  const all = lineageInstructions(stage);
  const at = all.indexOf(instruction);
  return at === -1 ? all : all.slice(0, at);
}
