import { describe, expect, it } from '@jest/globals';
import { gpuRequestInvalid as rule } from '../../../../../actions/lib/lint/rules/gpu-request-invalid.ts';
import { findings } from '../../../../support/lint-rule.ts';

const pod = (resources: string, kind = 'Pod') =>
  `apiVersion: v1\nkind: ${kind}\nspec:\n  containers:\n    - name: a\n      image: a\n      resources: ${resources}\n`;

async function marked(text: string, file = 'k8s/pod.yaml') {
  const found = await findings(rule, 'FROM a\n', { files: { [file]: text } });
  return found.map((one) => text.slice(one.start, one.end));
}

describe('gpu-request-invalid', () => {
  it.each<[string, string]>([
    ['{ requests: { nvidia.com/gpu: 1 } }', 'nvidia.com/gpu: 1'],
    ['{ requests: { nvidia.com/gpu: 1 }, limits: { nvidia.com/gpu: 2 } }', 'nvidia.com/gpu: 1'],
    ['{ requests: { nvidia.com/mig-1g.5gb: 1 }, limits: { cpu: 2 } }', 'nvidia.com/mig-1g.5gb: 1'],
    ['{ limits: { nvidia.com/gpu: 0.5 } }', 'nvidia.com/gpu: 0.5'],
    ['{ limits: { nvidia.com/gpu: "500m" } }', 'nvidia.com/gpu: "500m"'],
    ['{ limits: { nvidia.com/gpus: 1 } }', 'nvidia.com/gpus: 1'],
    ['{ limits: { gpu: 1 } }', 'gpu: 1'],
    ['{ limits: { alpha.kubernetes.io/nvidia-gpu: 1 } }', 'alpha.kubernetes.io/nvidia-gpu: 1'],
  ])('catches %s', async (resources, place) => {
    expect(await marked(pod(resources))).toEqual([place]);
  });

  it('looks into every document and kind', async () => {
    const job =
      'apiVersion: batch/v1\nkind: CronJob\nspec:\n  jobTemplate:\n    spec:\n      template:\n        spec:\n          containers: [{ name: a, image: a, resources: { limits: { gpus: 1 } } }]\n';
    const list = `apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  spec: { initContainers: [{ name: a, image: b, resources: { limits: { gpu: 1 } } }] }\n`;
    expect(await marked(`kind: Service\napiVersion: v1\n---\n${job}---\n${list}`)).toEqual([
      'gpus: 1',
      'gpu: 1',
    ]);
  });

  it.each([
    pod('{ limits: { nvidia.com/gpu: 1 } }'),
    pod('{ limits: { nvidia.com/gpu: 1 }, requests: { nvidia.com/gpu: 1, cpu: 2 } }'),
    pod('{ limits: { nvidia.com/gpu: "1" } }'),
    pod('{ limits: { nvidia.com/gpumem: 3000, nvidia.com/gpu: 1.0 } }'),
    pod('{ requests: { cpu: 500m, memory: 1Gi } }'),
    pod('{ limits: { gpu: 1 } }', 'Thing'),
    pod('{ limits: { gpu: {{ .Values.gpu }} } }'),
    'apiVersion: v1\nkind: Pod\nspec: [\n  gpu: 1\n  image: x\n',
  ])('passes %j', async (text) => {
    expect(await marked(text)).toEqual([]);
  });

  it('reads no bomb of aliases, nothing endless and nothing deep', async () => {
    const bomb = Array.from(
      { length: 30 },
      (_, at) => `a${at}: &a${at} [${`*a${at - 1},`.repeat(at === 0 ? 0 : 9)}1]\n`,
    );
    expect(await marked(`${bomb.join('')}image: gpu\n`)).toEqual([]);
    expect(await marked(`# gpu:\nimage: ${'['.repeat(50_000)}\n`)).toEqual([]);
    expect(await marked(`${pod('{ limits: { gpu: 1 } }')}#${'x'.repeat(300_000)}\n`)).toEqual([]);
  });

  describe('in Compose', () => {
    const compose = (lines: string) => `services:\n  train:\n    image: x\n${lines}`;
    const devices = (device: string) =>
      `    deploy:\n      resources:\n        reservations:\n          devices:\n            - ${device}\n`;
    const found = (lines: string) =>
      findings(rule, 'FROM a\n', { files: { 'compose.yaml': compose(lines) } });

    it.each([
      [
        '    deploy: { resources: { limits: { devices: [{ count: 1, capabilities: [gpu] }] } } }\n',
        'limits.devices" reserves nothing',
      ],
      ['    deploy: { reservations: { devices: [{ capabilities: [gpu] }] } }\n', 'reserves nothing'],
      [devices('{ driver: nvidia, count: 1 }'), 'without "capabilities"'],
      [devices('{ driver: nvidia, capabilities: gpu }'), 'is the text "gpu"'],
      [devices("{ count: 1, device_ids: ['0'], capabilities: [gpu] }"), 'exclude each other'],
    ])('catches what is refused %#', async (lines, message) => {
      expect(await found(lines)).toMatchObject([
        { file: 'compose.yaml', severity: 'error', message: expect.stringContaining(message) },
      ]);
    });

    it.each([
      [devices('{ driver: nvidia, capabilities: [gpus] }'), 'the capability "gpus"'],
      [devices('{ driver: nvida, capabilities: [gpu] }'), 'no driver "nvida"'],
      [devices('{ count: 0, capabilities: [gpu] }'), '"count: 0"'],
      [devices('driver: nvidia\n              capabilities:\n                - GPU'), 'the capability "GPU"'],
    ])('warns of what the daemon refuses %#', async (lines, message) => {
      expect(await found(lines)).toMatchObject([
        { severity: 'warning', message: expect.stringContaining(message) },
      ]);
    });

    it.each([
      devices('{ driver: nvidia, count: 1, capabilities: [gpu] }'),
      devices("{ driver: nvidia, device_ids: ['0'], capabilities: [compute, utility] }"),
      devices('{ driver: cdi, device_ids: [nvidia.com/gpu=all] }'),
      devices('{ driver: "$DRIVER", count: "$COUNT", capabilities: [gpu] }'),
      '    gpus: all\n',
    ])('passes %j', async (lines) => {
      expect(await found(lines)).toEqual([]);
    });
  });
});
