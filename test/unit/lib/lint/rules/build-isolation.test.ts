import { describe, expect, it } from '@jest/globals';
import { buildIsolation as rule } from '../../../../../actions/lib/lint/rules/build-isolation.ts';
import { findings, marked, mended } from '../../../../support/lint-rule.ts';

const BASE = 'FROM nvidia/cuda:12.4.1-devel-ubuntu22.04\n';

describe('build-isolation', () => {
  it.each<[string, readonly string[]]>([
    ['RUN pip install flash-attn==2.7.4.post1', ['flash-attn==2.7.4.post1']],
    ['RUN uv pip install --system ./submodules/simple-knn', ['./submodules/simple-knn']],
    ['RUN pip install --upgrade pip setuptools\nRUN pip install ./simple-knn', ['./simple-knn']],
    [
      'RUN python3 -m pip install -U pip && \\\n  pip install \\\n  git+https://github.com/NVlabs/tiny-cuda-nn',
      ['git+https://github.com/NVlabs/tiny-cuda-nn'],
    ],
    [
      'RUN <<EOF\npip install torch\npip install git+https://github.com/facebookresearch/pytorch3d\nEOF',
      ['git+https://github.com/facebookresearch/pytorch3d'],
    ],
  ])('catches %s', async (text, places) => {
    expect(await marked(rule, `${BASE}${text}\n`)).toEqual(places);
  });

  it.each([
    `${BASE}RUN pip install --no-build-isolation flash-attn`,
    `${BASE}RUN uv pip install flash-attn --no-build-isolation-package flash-attn`,
    `${BASE}ENV PIP_NO_BUILD_ISOLATION=0\nRUN pip install flash-attn`,
    `${BASE}RUN UV_NO_BUILD_ISOLATION=1 uv pip install flash-attn`,
    `${BASE}RUN pip install ./simple-knn`,
    `${BASE}RUN pip install --upgrade "pip<25" && pip install ./simple-knn`,
    `${BASE}RUN pip install ./simple-knn && pip install --upgrade pip`,
    `${BASE}RUN cd simple-knn && python setup.py install`,
    `${BASE}RUN pip install --global-option="--cuda_ext" git+https://github.com/NVIDIA/apex`,
    `${BASE}RUN pip install torch-scatter -f https://data.pyg.org/whl/torch-2.4.0+cu124.html`,
    `FROM nvcr.io/nvidia/pytorch:24.01-py3\nRUN pip install git+https://github.com/NVIDIA/apex`,
    `FROM acme/base\nRUN pip install numpy`,
  ])('passes %s', async (text) => {
    expect(await marked(rule, `${text}\n`)).toEqual([]);
  });

  it('is sure where uv or the newest pip builds, and advises elsewhere', async () => {
    const severities = async (text: string) =>
      (await findings(rule, `${BASE}${text}\n`)).map(({ severity }) => severity);
    expect(await severities('RUN pip install flash-attn')).toEqual(['info']);
    expect(await severities('RUN uv pip install flash-attn')).toEqual(['warning']);
    expect(await severities('RUN pip install -U pip && pip install flash-attn')).toEqual(['warning']);
  });

  it('adds the option behind the verb', async () => {
    expect(await mended(rule, `${BASE}RUN uv pip install --system flash-attn\n`)).toBe(
      `${BASE}RUN uv pip install --no-build-isolation --system flash-attn\n`,
    );
  });
});
