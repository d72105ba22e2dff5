import { describe, expect, it } from '@jest/globals';
import { cudaExtensionWithoutArchList as rule } from '../../../../../actions/lib/lint/rules/cuda-extension-without-arch-list.ts';
import { findings, marked } from '../../../../support/lint-rule.ts';

const CUDA = 'FROM nvidia/cuda:12.4.1-devel-ubuntu22.04\n';
const SPLAT = 'submodules/diff-gaussian-rasterization';

describe('cuda-extension-without-arch-list', () => {
  it.each<[string, string, readonly string[]]>([
    ['a folder', `${CUDA}RUN pip install ${SPLAT}\n`, [SPLAT]],
    [
      'an address over lines',
      `${CUDA}RUN apt-get update \\\n && uv pip install \\\n  "git+https://github.com/NVlabs/tiny-cuda-nn/#subdirectory=bindings/torch"\n`,
      ['"git+https://github.com/NVlabs/tiny-cuda-nn/#subdirectory=bindings/torch"'],
    ],
    [
      'setup.py after cd',
      `${CUDA}RUN git clone https://github.com/camenduru/simple-knn && cd simple-knn && python setup.py install\n`,
      ['python setup.py install'],
    ],
    [
      'setup.py in a here-document',
      `${CUDA}RUN <<EOF\ncd /opt/simple_knn\npython3 setup.py build_ext --inplace\nEOF\n`,
      ['python3 setup.py build_ext --inplace'],
    ],
    [
      'setup.py in WORKDIR',
      `${CUDA}WORKDIR /src/simple-knn\nRUN python setup.py install\n`,
      ['python setup.py install'],
    ],
    ['an editable one', `${CUDA}RUN pip install -e ./simple-knn\n`, ['pip install -e ./simple-knn']],
    [
      'a variable that is not exported',
      `${CUDA}RUN TORCH_CUDA_ARCH_LIST=8.0 && pip install ${SPLAT}\n`,
      [SPLAT],
    ],
    [
      'one that was exported in another RUN',
      `${CUDA}RUN export TORCH_CUDA_ARCH_LIST=8.0\nRUN pip install ${SPLAT}\n`,
      [SPLAT],
    ],
    [
      'the variable of another extension',
      `${CUDA}ENV TORCH_CUDA_ARCH_LIST=8.0\nRUN pip install git+https://github.com/NVlabs/tiny-cuda-nn.git\n`,
      ['git+https://github.com/NVlabs/tiny-cuda-nn.git'],
    ],
    [
      'a base from ARG',
      `ARG BASE=pytorch/pytorch:2.6.0-cuda12.4-cudnn9-devel\nFROM $BASE AS a\nFROM a\nRUN pip install ${SPLAT}\n`,
      [SPLAT],
    ],
    [
      'a variable of another stage',
      `${CUDA}ENV TORCH_CUDA_ARCH_LIST=8.0\n${CUDA}RUN pip install ${SPLAT}\n`,
      [SPLAT],
    ],
    [
      'FORCE_CUDA without the list',
      `${CUDA}ENV FORCE_CUDA=1\nRUN pip install "detectron2 @ git+https://github.com/facebookresearch/detectron2"\n`,
      ['"detectron2 @ git+https://github.com/facebookresearch/detectron2"'],
    ],
    ['the image of NVIDIA', `FROM nvcr.io/nvidia/pytorch:24.01-py3\nRUN pip install ${SPLAT}\n`, [SPLAT]],
  ])('catches %s', async (_, text, places) => {
    expect(await marked(rule, text)).toEqual(places);
  });

  it.each([
    `${CUDA}ARG TORCH_CUDA_ARCH_LIST="8.0;9.0"\nRUN pip install ${SPLAT}`,
    `${CUDA}RUN TORCH_CUDA_ARCH_LIST="8.0" pip install ${SPLAT}`,
    `${CUDA}RUN export TORCH_CUDA_ARCH_LIST="8.0" && cd /a && pip install ${SPLAT}`,
    `${CUDA}RUN export TORCH_CUDA_ARCH_LIST\nRUN env TORCH_CUDA_ARCH_LIST=8.0 pip install ${SPLAT}`,
    `${CUDA}RUN . ./build-env.sh && pip install ${SPLAT}`,
    `${CUDA}ENV TORCH_CUDA_ARCH_LIST=8.0\nFROM 0\nRUN pip install ${SPLAT}`,
    `FROM nvidia/cuda:12.4.1-devel-ubuntu22.04 AS a\nENV TORCH_CUDA_ARCH_LIST=8.0\nFROM a\nRUN pip install ${SPLAT}`,
    `${CUDA}RUN --device=nvidia.com/gpu=all pip install ${SPLAT}`,
    `${CUDA}RUN pip install gsplat flash-attn`,
    `${CUDA}RUN pip install https://example.org/simple-knn/simple_knn-1-cp310-cp310-linux_x86_64.whl`,
    `${CUDA}RUN pip install git+https://github.com/NVlabs/nvdiffrast@v0.3.3`,
    `${CUDA}RUN pip install git+https://github.com/facebookresearch/detectron2`,
    `${CUDA}RUN pip install -r detectron2/requirements.txt`,
    `${CUDA}RUN FORCE_CUDA=1 pip install torch-scatter -f https://data.pyg.org/whl/torch-2.4.0+cu124.html`,
    `FROM python:3.11\nRUN pip install ${SPLAT}`,
    `FROM ghcr.io/acme/gpu-base:1\nRUN pip install ${SPLAT}`,
    `ARG BASE\nFROM $BASE\nRUN pip install ${SPLAT}`,
  ])('passes %s', async (text) => {
    expect(await marked(rule, `${text}\n`)).toEqual([]);
  });

  it('reads the setup.py of a folder of the project', async () => {
    const text = `${CUDA}COPY . /app\nWORKDIR /app\nRUN pip install ./kernels ./plain\n`;
    const files = {
      'kernels/setup.py': 'setup(ext_modules=[CUDAExtension("k", ["k.cu"])])',
      'plain/setup.py': 'setup()',
    };
    expect(await marked(rule, text, { files })).toEqual(['./kernels']);
  });

  it('says how bad it is', async () => {
    const words =
      'git+https://github.com/NVlabs/tiny-cuda-nn git+https://github.com/IDEA-Research/GroundingDINO.git git+https://github.com/Dao-AILab/flash-attention';
    const found = await findings(rule, `${CUDA}RUN pip install ${words}\n`);
    expect(found.map(({ severity }) => severity)).toEqual(['error', 'warning', 'info']);
    expect(found.map(({ message }) => /ARG (\w+)/.exec(message)?.[1])).toEqual([
      'TCNN_CUDA_ARCHITECTURES',
      'TORCH_CUDA_ARCH_LIST',
      'FLASH_ATTN_CUDA_ARCHS',
    ]);
    const [nvidia] = await findings(
      rule,
      `FROM nvcr.io/nvidia/pytorch:24.01-py3\nRUN pip install ${SPLAT}\n`,
    );
    expect(nvidia?.severity).toBe('info');
  });
});
