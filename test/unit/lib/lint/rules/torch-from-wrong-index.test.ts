import { describe, expect, it } from '@jest/globals';
import { torchFromWrongIndex as rule } from '../../../../../actions/lib/lint/rules/torch-from-wrong-index.ts';
import { findings, marked } from '../../../../support/lint-rule.ts';

const CUDA = 'FROM nvidia/cuda:12.4.1-devel-ubuntu22.04\n';
const INDEX = 'https://download.pytorch.org/whl';

describe('torch-from-wrong-index', () => {
  it.each<[string, string, readonly string[]]>([
    ['an index that is not there', `${CUDA}RUN pip install torch --index-url ${INDEX}/cu122`, ['torch']],
    [
      'one put together from a variable',
      `ARG CUDA=12.3.2\nFROM nvidia/cuda:$CUDA-base-ubuntu22.04\nARG TAG=cu123\nRUN pip install \\\n  torch torchvision \\\n  --extra-index-url=${INDEX}/$TAG`,
      ['torch'],
    ],
    [
      'torchvision alone from such an index',
      `${CUDA}RUN uv pip install torchvision torchaudio --torch-backend=cu125`,
      ['torchvision'],
    ],
    [
      'a local version that is not there',
      `${CUDA}RUN pip install torch==2.1.0+cu122 -f ${INDEX}/torch_stable.html`,
      ['torch==2.1.0+cu122'],
    ],
    [
      'a release that is newer than its index',
      `${CUDA}RUN pip install torch==2.8.0 --index-url ${INDEX}/cu121`,
      ['torch==2.8.0'],
    ],
    [
      'an index that is newer than its release',
      `${CUDA}RUN pip install torch==2.5.1 -i ${INDEX}/cu128`,
      ['torch==2.5.1'],
    ],
    [
      'an extra index that is no longer filled',
      `${CUDA}ENV PIP_EXTRA_INDEX_URL=${INDEX}/cu121\nRUN pip install torch numpy`,
      ['torch'],
    ],
    [
      'a newer major version than the base',
      `${CUDA}RUN pip install torch --index-url ${INDEX}/cu130`,
      ['torch'],
    ],
    [
      'an older one where extensions are compiled',
      `${CUDA}RUN pip install torch==2.4.0+cu118 --index-url ${INDEX}/cu118\nRUN pip install ./simple-knn`,
      ['torch==2.4.0+cu118'],
    ],
    ['the newest of PyPI on CUDA 12', `${CUDA}RUN pip install torch`, ['torch']],
    [
      'the one of PyPI on CUDA 11',
      'FROM nvidia/cuda:11.8.0-devel-ubuntu22.04\nRUN <<EOF\npip install torch==2.3.1\nEOF',
      ['torch==2.3.1'],
    ],
    [
      'the one of PyPI on a parent stage',
      `${CUDA.replace('\n', ' AS a\n')}FROM a\nRUN python3 -m pip install "torch==2.12.0"`,
      ['"torch==2.12.0"'],
    ],
  ])('catches %s', async (_, text, places) => {
    expect(await marked(rule, `${text}\n`)).toEqual(places);
  });

  it.each([
    `${CUDA}RUN pip install torch --index-url ${INDEX}/cu126`,
    `${CUDA}RUN pip install torch==2.6.0 --index-url ${INDEX}/cu124 --extra-index-url https://pypi.org/simple`,
    `${CUDA}RUN pip install torch==2.10.0 --index-url ${INDEX}/cu129`,
    `${CUDA}RUN pip install torch==2.4.0 --index-url ${INDEX}/cu118`,
    `${CUDA}RUN pip install torch==2.4.0`,
    `${CUDA}RUN pip install torch==2.99.0 -i ${INDEX}/cu128`,
    `${CUDA}RUN pip install "torch<2.4"`,
    `${CUDA}RUN pip install torch --index-url https://mirror.example.org/simple`,
    `${CUDA}RUN pip install --pre torch --index-url ${INDEX}/nightly/cu133`,
    `${CUDA}RUN pip install torch -c constraints.txt`,
    `${CUDA}RUN PIP_INDEX_URL=${INDEX}/cu124 pip install torch`,
    `${CUDA}RUN export UV_TORCH_BACKEND=cu124 && uv pip install torch`,
    `${CUDA}ARG INDEX\nRUN pip install torch --index-url $INDEX`,
    `${CUDA}RUN pip install torch --index-url ${INDEX}/cpu`,
    `${CUDA}RUN pip install torch==2.4.0 && pip install torch torchmetrics`,
    `${CUDA}RUN conda install pytorch`,
    'FROM nvidia/cuda:13.0.1-devel-ubuntu24.04\nRUN pip install torch',
    'FROM python:3.11\nRUN pip install torch',
    `FROM python:3.11\nRUN pip install torch --extra-index-url ${INDEX}/cu126`,
    'ARG BASE\nFROM $BASE\nRUN pip install torch==2.12.0',
  ])('passes %s', async (text) => {
    expect(await marked(rule, `${text}\n`)).toEqual([]);
  });

  it('is an error where nothing is found', async () => {
    const severities = async (text: string) =>
      (await findings(rule, `${CUDA}RUN ${text}\n`)).map(({ severity }) => severity);
    expect(await severities(`pip install torch -i ${INDEX}/cu122`)).toEqual(['error']);
    expect(await severities(`pip install torch -i ${INDEX}/cu199`)).toEqual(['warning']);
    expect(await severities(`pip install torch==2.8.0 -i ${INDEX}/cu121`)).toEqual(['error']);
    expect(await severities(`pip install torch==2.8.0 --extra-index-url ${INDEX}/cu121`)).toEqual([
      'warning',
    ]);
    expect(await severities('pip install torch')).toEqual(['warning']);
  });
});
