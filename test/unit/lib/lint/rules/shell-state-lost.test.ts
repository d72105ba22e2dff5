import { describe, expect, it } from '@jest/globals';
import { shellStateLost as rule } from '../../../../../actions/lib/lint/rules/shell-state-lost.ts';
import { findings, marked, mended } from '../../../../support/lint-rule.ts';

describe('shell-state-lost', () => {
  it.each<[string, string]>([
    ['RUN export CUDA_HOME=/usr/local/cuda', 'export CUDA_HOME=/usr/local/cuda'],
    ['RUN pip install x && \\\n  export PATH=$PATH:/x', 'export PATH=$PATH:/x'],
    ['RUN source /opt/venv/bin/activate', 'source /opt/venv/bin/activate'],
    ['RUN python3 -m venv /v && . /v/bin/activate', '. /v/bin/activate'],
    ['RUN echo a >> ~/.bashrc && . ~/.bashrc', '. ~/.bashrc'],
    ['RUN conda activate x', 'conda activate x'],
    ['RUN cd /app', 'cd /app'],
    ['RUN mkdir -p /app && cd /app', 'cd /app'],
    ['RUN <<EOF\nset -e\npip install x\nexport A=b\nEOF', 'export A=b'],
  ])('catches %s', async (text, place) => {
    expect(await marked(rule, `FROM a\n${text}\n`)).toEqual([place]);
  });

  it.each([
    'RUN export A=b && make',
    'RUN . /v/bin/activate && pip install x',
    'RUN cd /x && make && cd ..',
    'RUN . ./install.sh',
    'RUN if a; then export B=c; fi',
    'RUN (cd /x && export A=b)',
    'RUN export -p > /x',
    'RUN cd',
    'CMD cd /app',
    'ENV A=b',
  ])('passes %s', async (text) => {
    expect(await marked(rule, `FROM a\n${text}\n`)).toEqual([]);
  });

  it.each([
    ['RUN export A=b C="d e"', 'ENV A=b C="d e"'],
    ['RUN cd /app', 'WORKDIR /app'],
    ['RUN export A=$(b)', 'RUN export A=$(b)'],
    ['RUN . /v/bin/activate', 'RUN . /v/bin/activate'],
    ['RUN --network=none cd /app', 'RUN --network=none cd /app'],
    ['RUN <<EOF\ncd /app\nEOF', 'RUN <<EOF\ncd /app\nEOF'],
  ])('mends %s', async (text, expected) => {
    expect(await mended(rule, `FROM a\n${text}\n`)).toBe(`FROM a\n${expected}\n`);
  });

  it('says what to write instead', async () => {
    const found = await findings(rule, 'FROM a\nRUN export A=b\nRUN cd /c\nRUN . /v/bin/activate\n');
    expect(found.map(({ message }) => /; (.*)/.exec(message)?.[1])).toEqual([
      'use "ENV"',
      'use "WORKDIR"',
      'put the folder of its programs first in "ENV PATH", or write it before each command',
    ]);
  });
});
