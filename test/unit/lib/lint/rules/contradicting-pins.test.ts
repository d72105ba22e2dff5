import { describe, expect, it } from '@jest/globals';
import { contradictingPins as rule } from '../../../../../actions/lib/lint/rules/contradicting-pins.ts';
import { findings, marked } from '../../../../support/lint-rule.ts';

describe('contradicting-pins', () => {
  it.each<[string, readonly string[]]>([
    ['RUN pip install numpy==1.26.4\nRUN pip install numpy==2.1.0', ['numpy==2.1.0']],
    ['RUN pip install Open_CLIP==1.0 && \\\n  pip3 install \\\n  "open-clip==1.1"', ['"open-clip==1.1"']],
    [
      'RUN uv pip install --system torch==2.6.0+cu124\nRUN python -m pip install "torch[x]==2.7"',
      ['"torch[x]==2.7"'],
    ],
    ['RUN pip install numpy==2.1.0\nRUN <<EOF\npip install "numpy<2"\nEOF', ['"numpy<2"']],
    ['ARG T=2.6.0\nRUN pip install torch==$T\nRUN pip install "torch~=2.7.0"', ['"torch~=2.7.0"']],
    ['RUN pip install a==1\nFROM python AS b\nRUN pip install a==1\nFROM b\nRUN pip install a==2', ['a==2']],
    ['RUN pip install a==1 b a==2', ['a==2']],
    ['RUN pip install a==1\nRUN pip install a==2\nRUN pip install a==1', ['a==2', 'a==1']],
    ['RUN pip install a==1.2\nRUN pip install "a!=1.2.*"', ['"a!=1.2.*"']],
  ])('catches %s', async (text, places) => {
    expect(await marked(rule, `FROM python:3.12\n${text}\n`)).toEqual(places);
  });

  it.each([
    'RUN pip install a==1\nRUN pip install a==1.0',
    'RUN pip install torch==2.6.0\nRUN pip install "torch==2.6.0+cu124" "torch>=2,<3" torch',
    'RUN pip install a==1\nFROM python:3.12\nRUN pip install a==2',
    'RUN pip install setuptools==59.5.0\nRUN pip install setuptools==70',
    'RUN pip install a==1\nRUN pip uninstall -y a && pip install a==2',
    'RUN pip install a==1\nRUN pip install --target /x a==2',
    'RUN /opt/a/bin/pip install a==1\nRUN /opt/b/bin/pip install a==2',
    'RUN python3.9 -m pip install a==1\nRUN python3.10 -m pip install a==2',
    'RUN pip install a==1\nENV PATH=/opt/venv/bin\nRUN pip install a==2',
    'RUN if x; then pip install a==1; else pip install a==2; fi',
    'RUN pip install a==1 || pip install a==2',
    'RUN pip install a==1.0rc1\nRUN pip install a==1.0',
    'ARG V\nRUN pip install a==$V\nRUN pip install a==2',
    'RUN pip install a==1\nRUN pip install "a==2; python_version < \'3.9\'"',
    'RUN pip install "a>=2"\nRUN pip install a==1',
    'RUN pip install a==1.4.2\nRUN pip install "a~=1.4" "a==1.4.*"',
    'RUN conda install a==1\nRUN conda install a==2',
  ])('passes %s', async (text) => {
    expect(await marked(rule, `FROM python:3.12\n${text}\n`)).toEqual([]);
  });

  it('is an error in one command', async () => {
    const found = await findings(rule, 'FROM a\nRUN pip install a==1 a==2\nRUN pip install a==3\n');
    expect(found.map(({ severity }) => severity)).toEqual(['error', 'warning']);
    expect(found[1]?.message).toContain('"a==3" replaces version 2, which was pinned before');
  });
});
