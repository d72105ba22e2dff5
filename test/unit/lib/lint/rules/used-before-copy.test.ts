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

  it.each<[string, string, readonly string[]]>([
    ['node:22-slim', 'RUN npm ci --omit=dev\nCOPY . .', ['npm ci --omit=dev']],
    ['node:22-slim', 'RUN npm install -g npm && npm config set x y && yarn install', ['yarn install']],
    [
      'node:22-slim',
      'RUN corepack enable\nRUN pnpm install --frozen-lockfile',
      ['pnpm install --frozen-lockfile'],
    ],
    ['python:3.12', 'RUN pip install uv && uv sync --locked', ['uv sync --locked']],
    ['continuumio/miniconda3:25.3.1-1', 'RUN conda env create -f env.yml', ['conda env create -f env.yml']],
    ['continuumio/miniconda3:25.3.1-1', 'COPY env.yml .\nRUN conda env create --file=env.yml', []],
    ['node:22-slim', 'COPY package*.json ./\nRUN npm ci', []],
    ['node:22-slim', 'RUN npm install express\nRUN npm ci', []],
    ['node:22-slim', 'RUN npm install -g typescript', []],
    ['node:22-slim', 'RUN npm --prefix web ci', []],
    ['node:22-slim', 'RUN npm init -y && npm install', []],
    ['python:3.12', 'RUN pip install poetry && poetry install', ['poetry install']],
  ])('knows what managers of packages read on %s: %j', async (image, text, expected) => {
    const beside = {
      files: { 'package.json': '{}', 'package-lock.json': '{}', 'pyproject.toml': '', 'env.yml': '' },
    };
    const found = await marked(rule, `FROM ${image}\nWORKDIR /app\n${text}\n`, beside);
    expect(found).toEqual(expected);
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
