import { describe, expect, it } from '@jest/globals';
import { torchFamilyMismatch as rule } from '../../../../../actions/lib/lint/rules/torch-family-mismatch.ts';
import { findings, marked, mended } from '../../../../support/lint-rule.ts';

describe('torch-family-mismatch', () => {
  it.each<[string, readonly string[]]>([
    ['RUN pip install torch==2.6.0 torchvision==0.20.1', ['torchvision==0.20.1']],
    ['RUN pip install torch==2.6 torchvision==0.21 torchaudio==2.5.1', ['torchaudio==2.5.1']],
    [
      'RUN pip install \\\n  "torch==2.1.2+cu121" \\\n  "torchvision==0.16.1+cu121"',
      ['"torchvision==0.16.1+cu121"'],
    ],
    ['RUN pip install torch==2.4.0 && uv pip install torchvision==0.20.0', ['torchvision==0.20.0']],
    ['RUN pip install torchaudio==2.5.0\nRUN pip install torch==2.4.0', ['torchaudio==2.5.0']],
    [
      `ARG TORCH=2.0.1\nARG VISION=0.15.1\nRUN pip install torch==\${TORCH} torchvision==\${VISION}`,
      [`torchvision==\${VISION}`],
    ],
    ['RUN pip install torch==2.1.0+cu121 torchvision==0.16.0+cu118', ['torchvision==0.16.0+cu118']],
    ['RUN <<EOF\npip install torch==1.13.1 torchvision==0.13.1\nEOF', ['torchvision==0.13.1']],
    ['RUN pip install torch==2.10.0 torchaudio==2.11.0', ['torchaudio==2.11.0']],
  ])('catches %s', async (text, places) => {
    expect(await marked(rule, `FROM python:3.11\n${text}\n`)).toEqual(places);
  });

  it('catches a torch of the stage below', async () => {
    const text =
      'FROM python:3.11 AS a\nRUN pip install torch==2.6.0\nFROM a\nRUN pip install torchvision==0.20.0\n';
    expect(await marked(rule, text)).toEqual(['torchvision==0.20.0']);
  });

  it.each([
    'RUN pip install torch==2.6.0 torchvision==0.21.0 torchaudio==2.6.0',
    'RUN pip install torch==2.6 torchvision==0.21',
    'RUN pip install torch==2.0.1+cu118 torchvision==0.15.2+cu118 torchaudio==2.0.2+cu118',
    'RUN pip install torch==2.12.1 torchaudio==2.11.0',
    'RUN pip install torch==2.11.0 torchaudio==2.11.1',
    'RUN pip install torch==1.10.0 torchvision==0.11.0',
    'RUN pip install torch==2.99.0 torchvision==0.5.0',
    'RUN pip install torch torchvision==0.20.1',
    'RUN pip install "torch>=2.6" torchvision==0.20.1',
    'RUN pip install torch==2.6.0 torchvision',
    'RUN pip install torch==2.5.0 torchvision==0.20.0\nRUN pip install torch==2.6.0 torchvision==0.21.0',
    'ARG V\nRUN pip install torch==$V torchvision==0.20.1',
    'FROM python:3.11\nRUN pip install torchvision==0.20.1',
  ])('passes %s', async (text) => {
    expect(await marked(rule, `FROM python:3.11\n${text}\n`)).toEqual([]);
  });

  it('is an error in one command alone', async () => {
    const severities = async (text: string) =>
      (await findings(rule, `FROM a\n${text}\n`)).map(({ severity }) => severity);
    expect(await severities('RUN pip install torch==2.6.0 torchvision==0.20.1')).toEqual(['error']);
    expect(await severities('RUN pip install torch==2.6.0 && pip install torchvision==0.20.1')).toEqual([
      'warning',
    ]);
  });

  it('takes the one that belongs to torch', async () => {
    const text =
      'FROM a\nRUN pip install torch==2.6.0 "torchvision==0.20.1" -i https://download.pytorch.org/whl/cu124\n';
    expect(await mended(rule, text)).toBe(text.replace('0.20.1', '0.21.0'));
  });
});
