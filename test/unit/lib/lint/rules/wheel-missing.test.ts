import { describe, expect, it } from '@jest/globals';
import { wheelMissing as rule } from '../../../../../actions/lib/lint/rules/wheel-missing.ts';
import { findings, marked } from '../../../../support/lint-rule.ts';

const PYTORCH = 'https://download.pytorch.org/whl/cu118';
const files = {
  'requirements.txt': 'torch==2.1.0\nnumpy==1.26.4\n',
  'marked.txt': 'torch==2.1.0; python_version < "3.12"\n',
};

describe('wheel-missing', () => {
  it.each<[string, string, readonly string[]]>([
    ['3.13-slim', 'pip install torch==2.1.0 numpy==2.2.0', ['torch==2.1.0']],
    ['3.12', 'pip install -r requirements.txt', ['pip install -r requirements.txt']],
    ['3.8-slim', 'pip install "torch==2.6.0"', ['"torch==2.6.0"']],
    ['3.13', `pip install torch==2.1.0+cu118 --index-url ${PYTORCH}`, ['torch==2.1.0+cu118']],
    ['3.13', 'python -m pip install tensorflow==2.15.0', ['tensorflow==2.15.0']],
    ['3.13', 'pip install onnxruntime-gpu[x]==1.16.3', ['onnxruntime-gpu[x]==1.16.3']],
    ['3.11-alpine', 'pip install torch', ['torch']],
  ])('looks on python:%s at %s', async (tag, run, places) => {
    const text = `FROM python:${tag}\nCOPY *.txt ./\nRUN ${run}\n`;
    expect(await marked(rule, text, { files })).toEqual(places);
  });

  it('knows the Python of a distribution', async () => {
    const text = 'FROM ubuntu:24.04\nRUN apt-get install -y python3-pip && pip3 install torch==2.1.0\n';
    expect((await findings(rule, text))[0]?.message).toBe(
      '"torch==2.1.0" has no wheel for the Python 3.12 of Ubuntu 24.04 (it has them for 3.8, 3.9, 3.10, 3.11), and no sources: pip finds nothing to install; the first release with one is 2.2.0',
    );
  });

  it('says what the last release was for an old Python, and what list names it', async () => {
    const old = await findings(rule, 'FROM python:3.8\nRUN pip install torch==2.6.0\n');
    expect(old[0]?.message).toContain('the last release with one is 2.4.1');
    const listed = 'FROM python:3.12\nCOPY *.txt ./\nRUN pip install -r requirements.txt\n';
    expect((await findings(rule, listed, { files }))[0]?.message).toContain(
      'of "requirements.txt" has no wheel',
    );
  });

  it('warns of what pip compiles', async () => {
    expect(await findings(rule, 'FROM python:3.12\nRUN pip install numpy==1.23.5\n')).toMatchObject([
      { severity: 'warning', message: expect.stringContaining('the first release with one is 1.26.0') },
    ]);
  });

  it.each([
    'FROM python:3.11\nRUN pip install torch==2.1.0 opencv-python==4.10.0.84',
    'FROM python:3.14\nRUN pip install opencv-python==4.10.0.84',
    'FROM python:3.13\nRUN pip install "torch>=2.1" torchvision constructor==1.0 x==1',
    'FROM python:3.13\nRUN pip install torch==99.0',
    'FROM python:3.13\nRUN pip install "torch==2.1.0; python_version < \'3.12\'"',
    'FROM python:3.13\nCOPY *.txt ./\nRUN pip install -r marked.txt',
    'FROM python:3.13\nRUN pip install --index-url https://example.com/simple torch==2.1.0',
    `FROM python:3.13\nRUN pip install --extra-index-url ${PYTORCH} tensorflow==2.15.0`,
    'FROM python:3.13\nENV PIP_INDEX_URL=https://example.com/simple\nRUN pip install torch==2.1.0',
    'FROM python:3.13\nRUN pip install torch==2.1.0 || true',
    'FROM python:3.13\nRUN uv venv --python 3.11 /v && uv pip install torch==2.1.0',
    'FROM example.com/x:1\nRUN pip install torch==2.1.0',
    'FROM python:3.11-alpine\nRUN pip install numpy==1.26.4 xformers',
    'FROM --platform=linux/arm64 python:3.13\nRUN pip install scipy==1.9.0',
  ])('passes %s', async (text) => {
    expect(await marked(rule, `${text}\n`, { files })).toEqual([]);
  });
});
