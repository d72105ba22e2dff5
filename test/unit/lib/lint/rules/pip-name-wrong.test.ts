import { describe, expect, it } from '@jest/globals';
import { pipNameWrong as rule } from '../../../../../actions/lib/lint/rules/pip-name-wrong.ts';
import { findings, marked, mended } from '../../../../support/lint-rule.ts';

const BASE = 'FROM python:3.12-slim\nWORKDIR /app\n';
const files = { 'requirements.txt': 'flask\nSklearn\n', 'pinned.txt': 'sklearn==0.0\n' };

describe('pip-name-wrong', () => {
  it.each<[string, readonly string[]]>([
    ['RUN pip install sklearn', ['sklearn']],
    ['RUN pip3 install --no-cache-dir numpy "pytorch" && echo done', ['"pytorch"']],
    ['RUN python3 -m pip install tensorflow_gpu', ['tensorflow_gpu']],
    ['RUN uv pip install --system cv2 PIL', ['cv2', 'PIL']],
    ['COPY requirements.txt .\nRUN pip install -r requirements.txt', ['pip install -r requirements.txt']],
  ])('catches %s', async (text, places) => {
    expect(await marked(rule, `${BASE}${text}\n`, { files })).toEqual(places);
  });

  it.each([
    'RUN pip install scikit-learn torch tensorflow opencv-python pillow',
    'RUN pip install sklearn==0.0 "tensorflow-gpu<2.12"',
    'RUN pip install --extra-index-url https://x/simple sklearn',
    'ENV PIP_INDEX_URL=https://x/simple\nRUN pip install sklearn',
    'ENV SKLEARN_ALLOW_DEPRECATED_SKLEARN_PACKAGE_INSTALL=True\nRUN pip install sklearn',
    'RUN pip install sklearn || true',
    'RUN if [ -n "$A" ]; then pip install sklearn; fi',
    'RUN conda install -y pytorch && apt-get install -y opencv',
    'COPY pinned.txt .\nRUN pip install -r pinned.txt',
  ])('passes %s', async (text) => {
    expect(await marked(rule, `${BASE}${text}\n`, { files })).toEqual([]);
  });

  it('says what is meant, and where it is asked for', async () => {
    const text = `${BASE}COPY requirements.txt .\nRUN pip install -r requirements.txt\n`;
    const [found] = await findings(rule, text, { files });
    expect(found).toMatchObject({
      severity: 'error',
      message:
        'pip ends with an error for "sklearn" of "requirements.txt": the package is called "scikit-learn"',
    });
  });

  it('writes the other name', async () => {
    const text = `${BASE}RUN pip install pytorch numpy\n`;
    expect(await mended(rule, text)).toBe(`${BASE}RUN pip install torch numpy\n`);
    expect((await findings(rule, text))[0]?.fix?.safe).toBe(false);
  });
});
