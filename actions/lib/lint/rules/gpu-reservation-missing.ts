import { posix } from 'node:path';
import type { YamlMap, YamlValue } from '../../matrix/yaml-tree.ts';
import { MISPLACED_DEVICES } from '../compose-gpu-faults.ts';
import { composeFiles, servicesOf, textsOf, valueAt } from '../compose-services.ts';
import { factsOf, type LintedDockerfile, type LintedStage } from '../linted-dockerfile.ts';
import type { LintedProject } from '../linted-project.ts';
import type { ImageUse } from '../orchestration/image-use.ts';
import { usesOf } from '../orchestration/tied-uses.ts';
import type { Rule } from '../rule.ts';

/** A service that is made for a GPU and is not given one. */
export const gpuReservationMissing: Rule = {
  id: 'gpu-reservation-missing',
  severity: 'info',
  title: 'A container is not given the GPU that it is made for',
  covers: [],
  *check(file, project) {
    for (const service of servicesOf(file, project)) {
      const isForGpu = isCuda(file, service.target) && !/cpu/i.test(service.name);
      if (!isForGpu || isGivenSomewhere(service.file, service.name, project)) continue;
      const { start, end } = service.namePlace;
      const message = `service "${service.name}" is built on an image with CUDA, and nothing gives it a GPU: it runs on the processor or not at all; write "gpus: all", or reserve a device with the capability "gpu" under deploy.resources.reservations.devices`;
      yield { file: service.file, start, end, message };
    }
    for (const { use, stage } of usesOf(file, project)) {
      const isForGpu =
        use.hasGpu === false && isCudaStage(stage) && !/cpu/i.test(use.name.text + use.image.text);
      if (!isForGpu || use.environment.some(({ name }) => /VISIBLE_DEVICES$/.test(name))) continue;
      const { start, end } = use.image;
      const message = `this runs an image with CUDA, and nothing gives it a GPU: it runs on the processor or not at all; ${WAYS[use.runner]}`;
      yield { file: use.file, start, end, message };
    }
  },
};

const WAYS: Readonly<Record<ImageUse['runner'], string>> = {
  kubernetes: 'write "nvidia.com/gpu: 1" under resources.limits',
  ecs: 'write { "type": "GPU", "value": "1" } under resourceRequirements',
  batch: 'write { "type": "GPU", "value": "1" } under resourceRequirements',
  compose: 'write "gpus: all"',
};

function isCuda(file: LintedDockerfile, target: string | null): boolean {
  const stage =
    target === null ? file.stages.at(-1) : file.stages.find(({ name }) => name === target.toLowerCase());
  return stage !== undefined && isCudaStage(stage);
}

function isCudaStage(stage: LintedStage): boolean {
  const facts = factsOf(stage);
  if (facts === null) return false;
  return (
    facts.cuda !== null ||
    /^docker\.io\/nvidia\/cuda$|^nvcr\.io\/nvidia\/(?:pytorch|tensorflow|cuda)$/.test(facts.repository)
  );
}

/** In this file, or in one beside it that is laid over it, such as `compose.gpu.yaml`. */
function isGivenSomewhere(file: string, name: string, project: LintedProject): boolean {
  const folder = posix.dirname(file);
  return [...composeFiles(project)].some(([path, { all }]) => {
    const service = posix.dirname(path) === folder ? all.get(name) : undefined;
    return service !== undefined && mayHaveGpu(service);
  });
}

function mayHaveGpu(service: YamlMap): boolean {
  if (['gpus', 'runtime', 'extends', 'devices'].some((key) => valueAt(service, key) !== undefined))
    return true;
  if (valueAt(service, 'deploy', 'resources', 'reservations', 'devices') !== undefined) return true;
  // `gpu-request-invalid` tells it.
  if (MISPLACED_DEVICES.some((keys) => valueAt(service, ...keys) !== undefined)) return true;
  return hidesGpus(valueAt(service, 'environment'));
}

function hidesGpus(environment: YamlValue | undefined): boolean {
  const value = valueAt(environment, 'CUDA_VISIBLE_DEVICES');
  const inMap = value?.kind === 'scalar' && /^(?:|-1|none)$/.test(value.text);
  return inMap || textsOf(environment).some((text) => /^CUDA_VISIBLE_DEVICES=(?:|-1|none)$/.test(text ?? ''));
}
