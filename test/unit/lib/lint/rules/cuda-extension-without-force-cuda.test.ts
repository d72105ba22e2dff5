import { describe, expect, it } from '@jest/globals';
import { cudaExtensionWithoutForceCuda as rule } from '../../../../../actions/lib/lint/rules/cuda-extension-without-force-cuda.ts';
import { marked } from '../../../../support/lint-rule.ts';

const CUDA = 'FROM nvidia/cuda:12.4.1-devel-ubuntu22.04\n';
const ADDRESS = 'git+https://github.com/facebookresearch/pytorch3d.git@v0.7.8';

describe('cuda-extension-without-force-cuda', () => {
  it.each<[string, readonly string[]]>([
    [`${CUDA}RUN pip install ${ADDRESS}`, [ADDRESS]],
    [`${CUDA}RUN FORCE_CUDA=1 && pip install '${ADDRESS}'`, [`'${ADDRESS}'`]],
    [`${CUDA}ENV FORCE_CUDA=1\n${CUDA}RUN pip install ${ADDRESS}`, [ADDRESS]],
    [
      `FROM pytorch/pytorch:2.6.0-cuda12.4-cudnn9-runtime\nRUN pip install flask && \\\n    pip install \\\n    diso trimesh`,
      ['diso'],
    ],
    [`${CUDA}RUN pip install "mmcv==2.1.0" torch_scatter`, ['"mmcv==2.1.0"', 'torch_scatter']],
    [
      `${CUDA}RUN <<EOF\ngit clone https://github.com/facebookresearch/detectron2 /d\ncd /d/../detectron2\npython setup.py develop\nEOF`,
      ['python setup.py develop'],
    ],
  ])('catches %s', async (text, places) => {
    expect(await marked(rule, `${text}\n`)).toEqual(places);
  });

  it.each([
    `${CUDA}ENV FORCE_CUDA="1"\nRUN pip install ${ADDRESS}`,
    `${CUDA}ARG FORCE_CUDA=1\nRUN pip install ${ADDRESS}`,
    `${CUDA}RUN export FORCE_CUDA=1; pip install ${ADDRESS}`,
    `${CUDA}RUN set -a && FORCE_CUDA=1 && pip install ${ADDRESS}`,
    `${CUDA}RUN FORCE_ONLY_CPU=1 pip install torch-scatter`,
    `${CUDA}RUN pip install torch-scatter -f https://data.pyg.org/whl/torch-2.4.0+cu124.html`,
    `${CUDA}RUN pip install mmcv==2.1.0 --find-links https://download.openmmlab.com/mmcv/dist/cu121/torch2.1/index.html`,
    `${CUDA}RUN pip install torch-scatter --only-binary :all:`,
    `${CUDA}RUN pip install submodules/simple-knn`,
    `FROM python:3.11\nRUN pip install git+https://github.com/facebookresearch/detectron2.git`,
    `FROM acme/base:1\nRUN pip install ${ADDRESS}`,
    `${CUDA}RUN --device=nvidia.com/gpu pip install ${ADDRESS}`,
  ])('passes %s', async (text) => {
    expect(await marked(rule, `${text}\n`)).toEqual([]);
  });
});
