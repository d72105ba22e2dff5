import { variablePlaces } from '../env-places.ts';
import type { Rule } from '../rule.ts';

const NAMES = new Set(['CUDA_VISIBLE_DEVICES', 'NVIDIA_VISIBLE_DEVICES']);

/** Which GPUs there are is for whoever starts the container to say. */
export const visibleDevicesFixed: Rule = {
  id: 'visible-devices-fixed',
  severity: 'warning',
  title: 'An image chooses GPUs of the machine that it will run on',
  covers: [],
  *check({ stages }) {
    for (const stage of stages) {
      for (const { start, end, name, raw } of variablePlaces(stage, NAMES, { args: false })) {
        const value = raw.replace(/^(['"])(.*)\1$/, '$2');
        if (!/^(?:\d+(?:,\d+)*|(?:GPU|MIG)-.+)$/.test(value)) continue;
        const message = `"${name}" is "${value}" in every container, whatever GPUs it is given: let who starts it say so, as with "docker run --gpus"`;
        yield { start, end, message };
      }
    }
  },
};
