import { describe, expect, it } from '@jest/globals';
import { continuationSwallows as rule } from '../../../../../actions/lib/lint/rules/continuation-swallows.ts';
import { findings, marked, mended } from '../../../../support/lint-rule.ts';

describe('continuation-swallows', () => {
  it.each<[string, string, string]>([
    ['an instruction', 'RUN apt-get install -y a \\\nRUN pip install b', 'RUN'],
    ['behind a comment and an empty line', 'RUN conda clean -ya \\\n\n# next\nCOPY a b', 'COPY'],
    ['behind an operator', 'RUN ./build.sh && \\\n\nENV A=b', 'ENV'],
    ['in a branch', 'RUN if a; then b; fi && \\\nWORKDIR /app', 'WORKDIR'],
    ['python -m', 'RUN pip install a \\\n  b \\\n  python3 -m pip install c', 'python3 -m'],
    ['apt-get', 'RUN apt-get install -y git \\\n apt-get clean', 'apt-get clean'],
    ['rm', 'RUN apk add --no-cache git \\\n    rm -rf /tmp/x', 'rm -rf'],
    ['else', 'RUN if a; then \\\n pip install b \\\n else \\\n pip install c; \\\n fi', 'else'],
    ['git', 'RUN conda install -y a \\\n  git clone https://x/y', 'git clone'],
    ['Windows line ends', 'RUN pip install a \\\r\n  pip install b', 'pip install'],
  ])('catches %s', async (_name, text, place) => {
    expect(await marked(rule, `FROM x\n${text}\n`)).toEqual([place]);
  });

  it.each([
    'RUN pip install a && \\\n  python3 -m pip install b',
    'RUN apt-get install -y \\\n  git \\\n  curl \\\n  wget \\\n  python3 \\\n  python3-pip',
    'RUN apt-get install -y git \\\n  curl -y',
    'RUN apt-get install -y \\\n python3 \\\n -q',
    'RUN echo "a\\n\\\nRUN b" > Dockerfile',
    'RUN cat <<EOF > Dockerfile\nFROM x\nRUN y\nEOF',
    'RUN echo a \\\n  RUN b',
    'RUN sudo \\\n  pip install b',
    'RUN xargs \\\n  apt-get install -y',
    'RUN npm install \\\n  done \\\n  then',
    'RUN apt-get install -y a\nRUN pip install b',
    'RUN conda run -n a \\\n  pip install b',
    'RUN pip install a \\\n  python3 \\\n  # python3 -m pip\n  b',
    'RUN echo \\\nRUN',
  ])('passes %s', async (text) => {
    expect(await marked(rule, `FROM x\n${text}\n`)).toEqual([]);
  });

  it('puts in what is missing', async () => {
    expect(await mended(rule, 'FROM x\nRUN pip install a \\\n  pip install b\n')).toBe(
      'FROM x\nRUN pip install a \\\n  && pip install b\n',
    );
    expect(await mended(rule, 'FROM x\nRUN if a; then pip install b \\\n  else c; fi\n')).toBe(
      'FROM x\nRUN if a; then pip install b \\\n  ; else c; fi\n',
    );
  });

  it('is an error where the build ends by it, and says which backslash', async () => {
    const [found] = await findings(rule, 'FROM x\nRUN a && \\\nRUN b\n');
    expect(found).toMatchObject({ severity: 'error' });
    expect(found?.message).toContain('take that backslash away');
    expect(await findings(rule, 'FROM x\nRUN pip install a \\\nRUN b\n')).toMatchObject([
      { severity: 'error' },
    ]);
    expect(await findings(rule, 'FROM x\nRUN rm -rf a \\\nRUN b\n')).toMatchObject([{ severity: 'warning' }]);
  });
});
