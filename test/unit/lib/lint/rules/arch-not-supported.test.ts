import { describe, expect, it } from '@jest/globals';
import { archNotSupported as rule } from '../../../../../actions/lib/lint/rules/arch-not-supported.ts';
import { findings, marked } from '../../../../support/lint-rule.ts';

describe('arch-not-supported', () => {
  it.each<[string, string, readonly string[]]>([
    ['11.7.1', 'ARG TORCH_CUDA_ARCH_LIST="8.0;8.9"', ['TORCH_CUDA_ARCH_LIST="8.0;8.9"']],
    [
      '11.8.0',
      'ENV A=1 \\\n    TORCH_CUDA_ARCH_LIST="9.0 12.0+PTX" B=2',
      ['TORCH_CUDA_ARCH_LIST="9.0 12.0+PTX"'],
    ],
    ['11.8.0', 'ENV TORCH_CUDA_ARCH_LIST="9.0a"', ['TORCH_CUDA_ARCH_LIST="9.0a"']],
    ['13.0.1', `ARG ARCHS="7.0;8.0"\nENV TORCH_CUDA_ARCH_LIST=\${ARCHS}`, [`TORCH_CUDA_ARCH_LIST=\${ARCHS}`]],
    ['13.0.1', 'ENV TORCH_CUDA_ARCH_LIST Volta', ['TORCH_CUDA_ARCH_LIST Volta']],
    ['12.4.1', 'RUN TORCH_CUDA_ARCH_LIST=10.0 pip install .', ['TORCH_CUDA_ARCH_LIST=10.0']],
    [
      '12.4.1',
      'RUN apt-get update && cmake .. \\\n  -DCMAKE_CUDA_ARCHITECTURES="80;120-real"',
      ['-DCMAKE_CUDA_ARCHITECTURES="80;120-real"'],
    ],
    ['12.0.0', 'RUN <<EOF\nexport CUDAARCHS="35;80"\nmake\nEOF', ['CUDAARCHS="35;80"']],
  ])('catches CUDA %s with %s', async (cuda, text, places) => {
    const file = `FROM nvidia/cuda:${cuda}-devel-ubuntu22.04\n${text}\nRUN true\n`;
    expect(await marked(rule, file)).toEqual(places);
  });

  it.each([
    'FROM nvidia/cuda:11.8.0-devel-ubuntu22.04\nARG TORCH_CUDA_ARCH_LIST="3.7;8.9;9.0+PTX"',
    'FROM nvidia/cuda:12.8.1-devel-ubuntu24.04\nARG TORCH_CUDA_ARCH_LIST="5.0;7.0;9.0a;10.0;12.0+PTX"',
    'FROM nvidia/cuda:12.9.1-devel-ubuntu24.04\nARG CUDAARCHS="70;103;121"',
    'FROM nvidia/cuda:12.4.1-devel-ubuntu22.04\nARG CMAKE_CUDA_ARCHITECTURES=native',
    'FROM nvidia/cuda:12.4.1-devel-ubuntu22.04\nARG TORCH_CUDA_ARCH_LIST',
    'FROM nvidia/cuda:12.4.1-devel-ubuntu22.04\nARG TORCH_CUDA_ARCH_LIST=$UNKNOWN',
    'FROM nvidia/cuda:11.7.1-devel-ubuntu22.04\nARG TORCH_CUDA_ARCH_LIST=8.9\nRUN apt-get install -y cuda-toolkit-12-4',
    'FROM nvidia/cuda:11.7.1-devel-ubuntu22.04\nARG TORCH_CUDA_ARCH_LIST=8.9\nRUN conda install -c nvidia cuda-nvcc',
    'ARG BASE\nFROM $BASE\nARG TORCH_CUDA_ARCH_LIST=8.9',
    'FROM acme/base:1\nARG TORCH_CUDA_ARCH_LIST=8.9',
  ])('passes %s', async (text) => {
    expect(await marked(rule, `${text}\nRUN true\n`)).toEqual([]);
  });

  it('is an error where something is compiled after it, and says since when', async () => {
    const base = 'FROM pytorch/pytorch:2.4.0-cuda12.4-cudnn9-devel\n';
    const arg = 'ARG TORCH_CUDA_ARCH_LIST="12.0"\n';
    const [alone] = await findings(rule, `${base}${arg}RUN true\n`);
    expect(alone?.severity).toBe('warning');
    expect(alone?.message).toContain('"12.0" in "TORCH_CUDA_ARCH_LIST", which came with CUDA 12.8');
    const [used] = await findings(rule, `${base}${arg}RUN pip install ./simple-knn\n`);
    expect(used?.severity).toBe('error');
    const lenient =
      'ARG TCNN_CUDA_ARCHITECTURES="120"\nRUN pip install git+https://github.com/NVlabs/tiny-cuda-nn\n';
    expect((await findings(rule, `${base}${lenient}`))[0]?.severity).toBe('warning');
  });
});
