import { describe, expect, it } from '@jest/globals';
import { usedBeforeCopy as rule } from '../../../../../actions/lib/lint/rules/used-before-copy.ts';
import { findings, marked } from '../../../../support/lint-rule.ts';

const files = { 'requirements.txt': '', 'src/a.py': '', 'scripts/run.sh': '', 'made.tar.gz': '' };
const places = (text: string) => marked(rule, `FROM python:3.12-slim\nWORKDIR /app\n${text}\n`, { files });

describe('used-before-copy', () => {
  it.each<[string, string]>([
    ['RUN pip install -r requirements.txt\nCOPY . .', 'pip install -r requirements.txt'],
    [
      'RUN python -m pip install -U pip && pip install -r ./requirements.txt',
      'pip install -r ./requirements.txt',
    ],
    ['COPY src /app/src\nRUN pip install -r requirements.txt', 'pip install -r requirements.txt'],
    ['RUN apt-get update && scripts/run.sh', 'scripts/run.sh'],
    ['RUN bash ./scripts/run.sh', 'bash ./scripts/run.sh'],
    ['RUN python src/a.py --all', 'python src/a.py --all'],
    [
      'RUN --mount=type=cache,target=/root/.cache pip install -r requirements.txt',
      'pip install -r requirements.txt',
    ],
  ])('catches %s', async (text, place) => {
    expect(await places(text)).toEqual([place]);
  });

  it.each([
    'COPY requirements.txt .\nRUN pip install -r requirements.txt',
    'COPY . .\nRUN scripts/run.sh',
    'COPY src/ scripts/ ./\nRUN bash scripts/run.sh',
    'COPY made.tar.gz .\nRUN pip install -r requirements.txt',
    'COPY --from=x /a /app\nRUN pip install -r requirements.txt',
    'ADD https://x/y .\nRUN pip install -r requirements.txt',
    'RUN git clone https://x/y . && pip install -r requirements.txt',
    'RUN curl -O https://x/requirements.txt\nRUN pip install -r requirements.txt',
    'RUN echo torch > requirements.txt && pip install -r requirements.txt',
    'RUN --mount=type=bind,target=. pip install -r requirements.txt',
    'RUN cd /src && pip install -r requirements.txt',
    'RUN pip install -r other.txt',
    'RUN pip install -r /requirements.txt',
    'RUN pip install -r requirements.txt || true',
    'RUN if [ -n "$A" ]; then pip install -r requirements.txt; fi',
    'RUN $SETUP\nRUN pip install -r requirements.txt',
    'ARG F=requirements.txt\nCOPY $F .\nRUN pip install -r requirements.txt',
  ])('passes %s', async (text) => {
    expect(await places(text)).toEqual([]);
  });

  it('knows nothing of other images', async () => {
    expect(await marked(rule, 'FROM x/y\nRUN pip install -r requirements.txt\n', { files })).toEqual([]);
  });

  it('looks at stages below, and says it once', async () => {
    const stages = (copy: string) =>
      `FROM python:3.12 AS a\nWORKDIR /app\n${copy}\nFROM a\nRUN pip install -r requirements.txt\nRUN pip install -r requirements.txt\n`;
    expect(await marked(rule, stages('COPY requirements.txt .'), { files })).toEqual([]);
    expect(await findings(rule, stages('USER root'), { files })).toMatchObject([
      { severity: 'error', message: expect.stringContaining('"requirements.txt" is not in the image yet') },
    ]);
  });
});
