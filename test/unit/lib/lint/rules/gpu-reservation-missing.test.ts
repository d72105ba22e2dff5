import { describe, expect, it } from '@jest/globals';
import { gpuReservationMissing as rule } from '../../../../../actions/lib/lint/rules/gpu-reservation-missing.ts';
import { findings } from '../../../../support/lint-rule.ts';

const CUDA = 'FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04\n';
const service = (lines: string, name = 'train') => `services:\n  ${name}:\n    build: .\n${lines}`;
const devices = (device: string) =>
  `    deploy:\n      resources:\n        reservations:\n          devices:\n            - ${device}\n`;
const found = (text: string, dockerfile = CUDA, others: Record<string, string> = {}) =>
  findings(rule, dockerfile, { files: { 'compose.yaml': text, ...others } });

describe('gpu-reservation-missing', () => {
  it.each([
    CUDA,
    'FROM pytorch/pytorch:2.6.0-cuda12.4-cudnn9-runtime\n',
    'FROM nvcr.io/nvidia/pytorch:24.12-py3\n',
    'ARG TAG=12.4.1-base-ubuntu22.04\nFROM nvidia/cuda:$TAG AS base\nFROM base\nRUN true\n',
  ])('catches no reservation for %j', async (dockerfile) => {
    const text = service('    ports: ["80:80"]\n');
    const [finding, ...others] = await found(text, dockerfile);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ severity: 'info', file: 'compose.yaml' });
    expect(text.slice(finding?.start, finding?.end)).toBe('train');
  });

  it('looks at the target', async () => {
    const dockerfile = `FROM python:3.12 AS web\n${CUDA.trim()} AS gpu\nRUN true\n`;
    expect(await found('services:\n  a:\n    build: { context: ., target: GPU }\n', dockerfile)).toHaveLength(
      1,
    );
    expect(await found('services:\n  a:\n    build: { context: ., target: web }\n', dockerfile)).toEqual([]);
  });

  it.each([
    devices('{ driver: nvidia, count: 1, capabilities: [gpu] }'),
    devices("{ driver: nvidia, device_ids: ['0'], capabilities: [compute, utility] }"),
    devices('{ driver: cdi, device_ids: [nvidia.com/gpu=all] }'),
    devices('{ driver: "$DRIVER", count: "$COUNT", capabilities: [gpu] }'),
    '    gpus: all\n',
    '    runtime: nvidia\n',
    '    devices: ["nvidia.com/gpu=all"]\n',
    '    extends: { file: gpu.yaml, service: base }\n',
    '    environment:\n      - CUDA_VISIBLE_DEVICES=\n',
    '    environment:\n      CUDA_VISIBLE_DEVICES: "-1"\n',
  ])('passes %j', async (lines) => {
    expect(await found(service(lines))).toEqual([]);
  });

  it('passes a service for the processor, another image, and one that another file completes', async () => {
    expect(await found(service('', 'train-cpu'))).toEqual([]);
    expect(await found(service(''), 'FROM python:3.12\n')).toEqual([]);
    expect(await found(service(''), 'ARG BASE\nFROM $BASE\n')).toEqual([]);
    expect(
      await found(service(''), CUDA, { 'compose.gpu.yaml': 'services:\n  train:\n    gpus: all\n' }),
    ).toEqual([]);
    expect(
      await found(`x-gpu: &gpu\n  gpus: all\nservices:\n  train:\n    <<: *gpu\n    build: .\n`),
    ).toEqual([]);
  });

  describe('in files that run the image', () => {
    const found = async (
      file: string,
      text: string,
      dockerfile = 'FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04\n',
    ) => {
      const files = { [file]: text, 'build.sh': 'docker build -t train .\n' };
      const all = await findings(rule, dockerfile, { files });
      return all.map(({ start, end }) => text.slice(start, end));
    };
    const pod = (more: string, name = 'a') =>
      `apiVersion: v1\nkind: Pod\nspec:\n  containers: [{ name: ${name}, image: train${more} }]\n`;

    it.each<[string, string, string]>([
      ['k8s.yaml', pod(''), 'train'],
      ['k8s.yaml', pod(', resources: { limits: { cpu: 2 } }'), 'train'],
      [
        'job-definition.json',
        '{ "jobDefinitionName": "a", "containerProperties": { "image": "train:latest" } }',
        '"train:latest"',
      ],
    ])('catches %s %j', async (file, text, place) => {
      expect(await found(file, text)).toEqual([place]);
    });

    it.each<readonly [string, string, string?]>([
      ['k8s.yaml', pod(', resources: { limits: { nvidia.com/gpu: 1 } }')],
      ['k8s.yaml', pod(', resources: { claims: [{ name: gpu }] }')],
      ['k8s.yaml', pod('', 'cpu-test')],
      ['k8s.yaml', pod(', env: [{ name: CUDA_VISIBLE_DEVICES, value: "" }]')],
      ['k8s.yaml', pod('').replace('containers', 'initContainers')],
      ['k8s.yaml', pod('').replace('spec:', 'spec:\n  runtimeClassName: nvidia')],
      ['k8s.yaml', pod(''), 'FROM python:3.12\n'],
      [
        'job-definition.json',
        '{ "containerProperties": { "image": "train", "resourceRequirements": [{ "type": "GPU", "value": "1" }] } }',
      ],
    ])('passes %s %j', async (...given) => {
      expect(await found(...given)).toEqual([]);
    });
  });
});
