import { describe, expect, it } from '@jest/globals';
import { wheelCudaMismatch as rule } from '../../../../../actions/lib/lint/rules/wheel-cuda-mismatch.ts';
import { findings, marked } from '../../../../support/lint-rule.ts';

const WHEEL =
  'https://example.org/flash_attn-2.7.4.post1+cu12torch2.6cxx11abiFALSE-cp310-cp310-linux_x86_64.whl';
const ESCAPED = WHEEL.replace('+', '%2B');
const OTHER = WHEEL.replaceAll('cp310', 'cp311').replace('torch2.6', 'torch2.5');
const PYG = 'https://data.pyg.org/whl/torch-2.4.0+cu121.html';

describe('wheel-cuda-mismatch', () => {
  it.each<[string, string, readonly string[]]>([
    ['a wheel for another torch', `FROM a\nRUN pip install torch==2.5.1\nRUN pip install ${WHEEL}`, [WHEEL]],
    ['one in the command of torch', `FROM a\nRUN pip install torch==2.5.1 \\\n  ${WHEEL}`, [WHEEL]],
    [
      'one with an escaped plus',
      `FROM pytorch/pytorch:2.5.1-cuda12.4-cudnn9-devel\nRUN uv pip install "${ESCAPED}"`,
      [`"${ESCAPED}"`],
    ],
    [
      'a page for another torch',
      `FROM a\nRUN pip install torch==2.5.1 && pip install torch-scatter -f ${PYG}`,
      [PYG],
    ],
    [
      'a page in one word',
      `FROM a\nRUN <<EOF\npip install torch==2.5.1\npip install torch-scatter --find-links=${PYG}\nEOF`,
      [`--find-links=${PYG}`],
    ],
    [
      'a page for another CUDA',
      `FROM a\nRUN pip install torch==2.4.0 --index-url https://download.pytorch.org/whl/cu118\nRUN pip install torch-scatter -f ${PYG}`,
      [PYG],
    ],
    [
      'a short tag',
      `FROM a\nARG PT=24\nRUN pip install torch==2.5.0 && pip install https://e.org/gsplat-1.4.0+pt\${PT}cu124-cp310-cp310-linux_x86_64.whl`,
      [`https://e.org/gsplat-1.4.0+pt\${PT}cu124-cp310-cp310-linux_x86_64.whl`],
    ],
    ['a wheel for another Python', `FROM python:3.11-slim\nRUN pip install ${WHEEL}`, [WHEEL]],
    [
      'one on a stage below',
      `FROM python:3.11-slim AS a\nRUN pip install torch==2.6.0\nFROM a\nRUN pip install ${OTHER}`,
      [OTHER],
    ],
  ])('catches %s', async (_, text, places) => {
    expect(await marked(rule, `${text}\n`)).toEqual(places);
  });

  it.each([
    `FROM a\nRUN pip install torch==2.6.0 --index-url https://download.pytorch.org/whl/cu126 && pip install ${WHEEL}`,
    `FROM a\nRUN pip install ${WHEEL}`,
    `FROM a\nRUN pip install torch==2.5.1 && npm install -f ${PYG}`,
    'FROM a\nRUN pip install torch==2.5.1 -f $PAGE',
    'FROM a\nRUN pip install torch==2.5.1 && pip install torch-2.4-extras',
    'FROM a\nRUN pip install torch==2.5.1+cu121 -f https://download.pytorch.org/whl/cu124 -f https://download.pytorch.org/whl/torch-2.4',
    `FROM a\nRUN pip install torch && pip install ${WHEEL}`,
    `FROM a\nRUN pip install torch==2.4.1 && pip install torch-scatter -f ${PYG}`,
    `FROM python:3.10-slim\nRUN pip install ${WHEEL}`,
    `FROM python:3.11-slim\nRUN /opt/venv/bin/python3.10 -m pip install ${WHEEL}`,
    `FROM python:3.11-slim\nRUN uv pip install --python 3.10 ${WHEEL}`,
    'FROM python:3.12-slim\nRUN pip install https://e.org/a-1.0-cp39-abi3-linux_x86_64.whl https://e.org/a-1-py3-none-any.whl',
    'FROM a\nRUN pip install torch==2.5.1 && pip install https://download.pytorch.org/whl/cu118/torch-2.4.0%2Bcu118-cp310-cp310-linux_x86_64.whl',
    'FROM a\nRUN pip install torch==2.5.1 && pip install https://e.org/torch_scatter-2.1.2-cp310-cp310-linux_x86_64.whl',
  ])('passes %s', async (text) => {
    expect(await marked(rule, `${text}\n`)).toEqual([]);
  });

  it('is a warning where CUDA alone differs', async () => {
    const text = `FROM a\nRUN pip install torch==2.4.0+cu118\nRUN pip install torch-scatter -f ${PYG}\n`;
    expect((await findings(rule, text)).map(({ severity }) => severity)).toEqual(['warning']);
  });
});
