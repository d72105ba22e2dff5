import { describe, expect, it } from '@jest/globals';
import { torchReplaced as rule } from '../../../../../actions/lib/lint/rules/torch-replaced.ts';
import { findings, marked } from '../../../../support/lint-rule.ts';

const TORCH = 'FROM pytorch/pytorch:2.6.0-cuda12.4-cudnn9-runtime\n';
const PLAIN = 'FROM nvidia/cuda:12.4.1-devel-ubuntu22.04\n';
const INDEX = '--index-url https://download.pytorch.org/whl/cu124';

describe('torch-replaced', () => {
  it.each<[string, string, readonly string[]]>([
    ['another version than the base image', `${TORCH}RUN pip install torch==2.5.1`, ['torch==2.5.1']],
    ['an upgrade', `${TORCH}RUN apt-get update && \\\n    pip install -U torch`, ['torch']],
    [
      'a forced install',
      `${PLAIN}RUN pip install torch==2.6.0 ${INDEX} && pip install --force-reinstall torch`,
      ['torch'],
    ],
    [
      'a torchvision for another torch',
      `${TORCH}RUN pip install torchvision==0.20.1`,
      ['torchvision==0.20.1'],
    ],
    [
      'any torchvision',
      `${PLAIN}RUN pip install torch==2.6.0 ${INDEX}\nRUN pip install torchvision`,
      ['torchvision'],
    ],
    [
      'xformers and vllm',
      `${TORCH}RUN <<EOF\npip install xformers\nuv pip install vllm\nEOF`,
      ['xformers', 'vllm'],
    ],
    [
      'on a stage below',
      `FROM pytorch/pytorch:2.6.0-cuda12.4-cudnn9-devel AS a\nFROM a\nRUN pip install torch==2.7.0`,
      ['torch==2.7.0'],
    ],
    [
      'the one of NVIDIA',
      'FROM nvcr.io/nvidia/pytorch:24.01-py3\nRUN pip install torch==2.2.0',
      ['torch==2.2.0'],
    ],
    [
      'the last one alone',
      `${PLAIN}RUN pip install torch==2.5.1\nRUN pip install torch==2.6.0\nRUN pip install torch==2.6.0`,
      ['torch==2.6.0'],
    ],
  ])('catches %s', async (_, text, places) => {
    expect(await marked(rule, `${text}\n`)).toEqual(places);
  });

  it('catches a file of requirements', async () => {
    const text = `${TORCH}WORKDIR /app\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n`;
    const found = await findings(rule, text, {
      files: { 'requirements.txt': 'flask\ntorch==2.4.0 # old\n' },
    });
    expect(found.map(({ message }) => message)).toEqual([
      expect.stringContaining(
        '"torch==2.4.0" in "requirements.txt" brings torch 2.4.0, and torch 2.6.0 of the base image',
      ),
    ]);
    expect(await marked(rule, text, { files: { 'requirements.txt': 'torch==2.6.0\n' } })).toEqual([]);
    const twice = `${text}COPY other.txt .\nRUN pip install -r other.txt\n`;
    const files = { 'requirements.txt': 'torch==2.4.0\n', 'other.txt': 'flask\n' };
    expect(await marked(rule, twice, { files })).toEqual(['pip install -r requirements.txt']);
  });

  it.each([
    `${TORCH}RUN pip install torch`,
    `${TORCH}RUN pip install torch==2.6.0 torchvision==0.21.0`,
    `${TORCH}RUN pip install torchvision torchaudio`,
    `${TORCH}RUN pip install --no-deps torchvision==0.20.1`,
    `${TORCH}RUN pip install xformers -c constraints.txt`,
    `${TORCH}RUN pip install xformers==0.0.29.post3`,
    `${TORCH}RUN pip install "torch>=2.4" numpy`,
    `${PLAIN}RUN pip install torch==2.6.0 torchvision ${INDEX}`,
    `${PLAIN}RUN pip install torch torchvision ${INDEX} && pip install xformers`,
    `${PLAIN}RUN pip install torch==2.10.0 && pip install xformers`,
    `${PLAIN}RUN pip install torch==2.12.1 && pip install torchvision torchaudio==2.11.0`,
    'FROM nvcr.io/nvidia/pytorch:24.01-py3\nRUN pip install torch torchvision',
    'FROM acme/base\nRUN pip install torch==2.5.1',
  ])('passes %s', async (text) => {
    expect(await marked(rule, `${text}\n`)).toEqual([]);
  });
});
