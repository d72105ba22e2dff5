import { describe, expect, it } from '@jest/globals';
import { develImageShipped as rule } from '../../../../../actions/lib/lint/rules/devel-image-shipped.ts';
import { findings, marked } from '../../../../support/lint-rule.ts';

const FROM = 'FROM nvidia/cuda:12.4.1-devel-ubuntu22.04';

describe('devel-image-shipped', () => {
  it.each<[string, string, readonly string[]]>([
    ['one that compiles nothing', `${FROM}\nRUN pip install flask\nCMD ["python3", "app.py"]`, [FROM]],
    [
      'pytorch',
      'FROM pytorch/pytorch:2.6.0-cuda12.4-cudnn9-devel\nENTRYPOINT python app.py',
      ['FROM pytorch/pytorch:2.6.0-cuda12.4-cudnn9-devel'],
    ],
    [
      'one that compiles itself',
      `${FROM}\nRUN pip install git+https://github.com/NVlabs/tiny-cuda-nn\nCMD python3 app.py`,
      [FROM],
    ],
    [
      'a base from ARG',
      `ARG TAG=12.4.1-cudnn-devel-ubuntu22.04\nFROM nvidia/cuda:\${TAG} AS web\nCMD ["serve"]`,
      [`FROM nvidia/cuda:\${TAG} AS web`],
    ],
    [
      'the first stage below',
      `${FROM} AS deps\nRUN pip install flask\nFROM deps\nCMD ["serve"]`,
      [`${FROM} AS deps`],
    ],
  ])('catches %s', async (_, text, places) => {
    expect(await marked(rule, `${text}\n`)).toEqual(places);
  });

  it.each([
    `${FROM} AS builder\nRUN make\nFROM nvidia/cuda:12.4.1-runtime-ubuntu22.04\nCMD ["a"]`,
    `${FROM}\nRUN pip install deepspeed\nCMD ["a"]`,
    `${FROM}\nRUN pip install torch gsplat==1.5.0\nCMD ["a"]`,
    `${FROM}\nENV TORCH_EXTENSIONS_DIR=/cache\nCMD ["a"]`,
    `${FROM} AS devel\nCMD ["a"]`,
    `${FROM}\nRUN make`,
    `${FROM}\nCMD ["/bin/bash"]`,
    `${FROM}\nCMD bash`,
    'FROM nvcr.io/nvidia/pytorch:24.01-py3\nCMD ["a"]',
    'FROM python:3.11\nCMD ["a"]',
    'ARG BASE\nFROM $BASE\nCMD ["a"]',
  ])('passes %s', async (text) => {
    expect(await marked(rule, `${text}\n`)).toEqual([]);
  });

  it('reads files of requirements', async () => {
    const text = `${FROM}\nWORKDIR /app\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\nCMD ["a"]\n`;
    expect(await marked(rule, text, { files: { 'requirements.txt': 'gsplat\n' } })).toEqual([]);
    expect(await marked(rule, text, { files: { 'requirements.txt': 'flask\n' } })).toEqual([FROM]);
  });

  it('advises where something is compiled, and warns where nothing is', async () => {
    const [warned] = await findings(rule, `${FROM}\nRUN pip install flask\nCMD ["a"]\n`);
    expect(warned?.severity).toBe('warning');
    expect(warned?.message).toContain('take "12.4.1-runtime-ubuntu22.04"');
    const [advised] = await findings(rule, `${FROM}\nRUN make -j8\nCMD ["a"]\n`);
    expect(advised?.severity).toBe('info');
  });
});
