import { describe, expect, it } from '@jest/globals';
import { cudaLibraryPath as rule } from '../../../../../actions/lib/lint/rules/cuda-library-path.ts';
import { marked, mended } from '../../../../support/lint-rule.ts';

const CUDA = 'FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04\n';

describe('cuda-library-path', () => {
  it.each<[string, readonly string[]]>([
    [`${CUDA}ENV LD_LIBRARY_PATH=/opt/lib`, ['LD_LIBRARY_PATH=/opt/lib']],
    [`${CUDA}ENV PATH=/a:$PATH \\\n    LD_LIBRARY_PATH="/opt/lib:/x"`, ['LD_LIBRARY_PATH="/opt/lib:/x"']],
    [`${CUDA}ENV LD_LIBRARY_PATH /opt/lib`, ['LD_LIBRARY_PATH /opt/lib']],
    [
      'ARG TAG=12.4.1-base-ubuntu22.04\nFROM nvidia/cuda:$TAG AS a\nFROM a\nENV LD_LIBRARY_PATH=/x',
      ['LD_LIBRARY_PATH=/x'],
    ],
    ['FROM nvcr.io/nvidia/pytorch:24.01-py3\nENV LD_LIBRARY_PATH=/x', ['LD_LIBRARY_PATH=/x']],
  ])('catches %s', async (text, places) => {
    expect(await marked(rule, `${text}\n`)).toEqual(places);
  });

  it.each([
    `${CUDA}ENV LD_LIBRARY_PATH=/opt/lib:$LD_LIBRARY_PATH`,
    `${CUDA}ENV LD_LIBRARY_PATH="/opt/lib\${LD_LIBRARY_PATH:+:\${LD_LIBRARY_PATH}}"`,
    `${CUDA}ENV LD_LIBRARY_PATH=/usr/local/nvidia/lib:/usr/local/nvidia/lib64:/opt/lib`,
    `${CUDA}ENV LD_LIBRARY_PATH=`,
    `${CUDA}ENV LD_LIBRARY_PATH="" A=1`,
    `${CUDA}ENV LD_LIBRARY_PATH=''`,
    `${CUDA}RUN LD_LIBRARY_PATH=/opt/lib make`,
    `${CUDA}ARG LD_LIBRARY_PATH=/opt/lib`,
    'FROM python:3.11\nENV LD_LIBRARY_PATH=/opt/lib',
    'FROM acme/base\nENV LD_LIBRARY_PATH=/opt/lib',
  ])('passes %s', async (text) => {
    expect(await marked(rule, `${text}\n`)).toEqual([]);
  });

  it.each([
    ['=/opt/lib', `=/opt/lib:\${LD_LIBRARY_PATH}`],
    ['="/opt/lib"', `="/opt/lib:\${LD_LIBRARY_PATH}"`],
    ["='/opt/lib'", `="/opt/lib:\${LD_LIBRARY_PATH}"`],
    ['=/opt/lib:', `=/opt/lib:\${LD_LIBRARY_PATH}`],
    [' /opt/lib', ` /opt/lib:\${LD_LIBRARY_PATH}`],
  ])('keeps what was there: %s', async (from, to) => {
    expect(await mended(rule, `${CUDA}ENV LD_LIBRARY_PATH${from}\nCMD a\n`)).toBe(
      `${CUDA}ENV LD_LIBRARY_PATH${to}\nCMD a\n`,
    );
  });
});
