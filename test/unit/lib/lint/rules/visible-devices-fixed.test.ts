import { describe, expect, it } from '@jest/globals';
import { visibleDevicesFixed as rule } from '../../../../../actions/lib/lint/rules/visible-devices-fixed.ts';
import { marked } from '../../../../support/lint-rule.ts';

describe('visible-devices-fixed', () => {
  it.each<[string, readonly string[]]>([
    ['ENV CUDA_VISIBLE_DEVICES=0', ['CUDA_VISIBLE_DEVICES=0']],
    ['ENV A=b NVIDIA_VISIBLE_DEVICES="0,1"', ['NVIDIA_VISIBLE_DEVICES="0,1"']],
    ['ENV A=b \\\n  CUDA_VISIBLE_DEVICES=0 \\\n  C=d', ['CUDA_VISIBLE_DEVICES=0']],
    ['ENV CUDA_VISIBLE_DEVICES 1', ['CUDA_VISIBLE_DEVICES 1']],
    [
      'ENV NVIDIA_VISIBLE_DEVICES=GPU-8dcd427f-483b-b48f-d7e5-75fb19a52b76',
      ['NVIDIA_VISIBLE_DEVICES=GPU-8dcd427f-483b-b48f-d7e5-75fb19a52b76'],
    ],
  ])('catches %s', async (text, places) => {
    expect(await marked(rule, `FROM a\n${text}\n`)).toEqual(places);
  });

  it.each([
    'ENV NVIDIA_VISIBLE_DEVICES=all',
    'ENV NVIDIA_VISIBLE_DEVICES=void',
    'ENV CUDA_VISIBLE_DEVICES=-1',
    'ENV CUDA_VISIBLE_DEVICES=""',
    'ARG DEVICES=0\nENV CUDA_VISIBLE_DEVICES=$DEVICES',
    'ARG CUDA_VISIBLE_DEVICES=0',
    'RUN CUDA_VISIBLE_DEVICES=0 python a.py',
    'ENV MY_CUDA_VISIBLE_DEVICES=0',
  ])('passes %s', async (text) => {
    expect(await marked(rule, `FROM a\n${text}\n`)).toEqual([]);
  });
});
