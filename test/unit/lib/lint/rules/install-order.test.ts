import { describe, expect, it } from '@jest/globals';
import { installOrder as rule } from '../../../../../actions/lib/lint/rules/install-order.ts';
import { findings, marked } from '../../../../support/lint-rule.ts';

const BASE = 'FROM nvidia/cuda:12.4.1-devel-ubuntu22.04\n';

describe('install-order', () => {
  it.each<[string, readonly string[]]>([
    ['RUN pip install flash-attn && pip install torch==2.6.0', ['flash-attn']],
    ['RUN pip install --no-build-isolation torch==2.6.0 flash-attn', ['flash-attn']],
    ['RUN uv pip install \\\n   ./simple-knn\nRUN uv pip install torch', ['./simple-knn']],
    [
      'RUN pip install 4dhumans numpy\nRUN pip install git+https://github.com/brjathu/PHALP.git\nRUN pip install joblib',
      ['git+https://github.com/brjathu/PHALP.git'],
    ],
    ['RUN <<EOF\npip install phalp[all]\npip install joblib\nEOF', ['phalp[all]']],
    [
      'RUN pip install "git+https://github.com/cocodataset/cocoapi.git#subdirectory=PythonAPI"\nRUN pip install numpy cython',
      [
        '"git+https://github.com/cocodataset/cocoapi.git#subdirectory=PythonAPI"',
        '"git+https://github.com/cocodataset/cocoapi.git#subdirectory=PythonAPI"',
      ],
    ],
    ['RUN pip install chumpy\nRUN conda install numpy', ['chumpy']],
  ])('catches %s', async (text, places) => {
    expect(await marked(rule, `${BASE}${text}\n`)).toEqual(places);
  });

  it.each([
    `${BASE}RUN pip install torch\nRUN pip install flash-attn`,
    `${BASE}RUN pip install torch && pip install flash-attn && pip install torch==2.5`,
    `${BASE}RUN pip install -r requirements.txt\nRUN pip install flash-attn\nRUN pip install torch`,
    `${BASE}RUN conda install pytorch\nRUN pip install flash-attn\nRUN pip install torch`,
    `${BASE}RUN pip install flash-attn`,
    `${BASE}RUN npm install chumpy\nRUN pip install numpy`,
    `${BASE}RUN pip install scikit-learn && pip install phalp && pip install joblib`,
    `${BASE}RUN apt-get install -y python3-numpy && pip install chumpy && pip install numpy`,
    `FROM pytorch/pytorch:2.6.0-cuda12.4-cudnn9-devel\nRUN pip install flash-attn\nRUN pip install torch==2.5`,
    `FROM nvcr.io/nvidia/pytorch:24.01-py3\nRUN pip install flash-attn\nRUN pip install torch==2.5`,
    `FROM python:3.11 AS a\nRUN pip install torch\nFROM a\nRUN pip install flash-attn\nRUN pip install torch`,
  ])('passes %s', async (text) => {
    expect(await marked(rule, `${text}\n`)).toEqual([]);
  });

  it('says what comes too late', async () => {
    const [found] = await findings(rule, `${BASE}RUN pip install torch flash-attn\n`);
    expect(found?.message).toContain('"torch" while it is built, which is installed together with it');
  });
});
