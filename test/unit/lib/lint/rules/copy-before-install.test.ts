import { describe, expect, it } from '@jest/globals';
import { copyBeforeInstall as rule } from '../../../../../actions/lib/lint/rules/copy-before-install.ts';
import { findings, mended } from '../../../../support/lint-rule.ts';

describe('copy-before-install', () => {
  it.each<[string, string]>([
    ['COPY . .\nRUN pip install -r requirements.txt', 'copy "requirements.txt" alone'],
    [
      'COPY . /app\nWORKDIR /app\nRUN pip install --no-cache-dir \\\n  -r requirements/gpu.txt -c constraints.txt',
      '"requirements/gpu.txt" and "constraints.txt"',
    ],
    ['COPY . /app\nRUN pip install -r /app/requirements.txt', 'copy "requirements.txt" alone'],
    ['WORKDIR /app\nCOPY . .\nRUN pip install -r /app/deps/gpu.txt', 'copy "deps/gpu.txt" alone'],
    ['COPY . .\nRUN apt-get update && apt-get install -y git', 'that needs nothing of it'],
    ['ADD . .\nENV A=1\nRUN npm ci --omit=dev', '"package.json" and "package-lock.json"'],
    ['COPY . .\nRUN yarn install', '"package.json"'],
    ['COPY . .\nRUN pip install --upgrade pip && pip install torch', 'that needs nothing of it'],
    ['COPY . .\nRUN <<EOF\nset -e\nuv pip install --system -r requirements.txt\nEOF', '"requirements.txt"'],
    ['COPY --chown=me . .\nRUN chown -R me . && mkdir x\nRUN pip install -r a.txt', '"a.txt"'],
    ['RUN pip install numpy\nCOPY . .\nRUN pip install -r a.txt', '"a.txt"'],
  ])('catches %j', async (text, message) => {
    expect(await findings(rule, `FROM python:3.12\n${text}\n`)).toMatchObject([
      { severity: 'warning', message: expect.stringContaining(message) },
    ]);
  });

  it.each([
    'COPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .',
    'COPY . .\nRUN pip install .',
    'COPY . .\nRUN pip install -e ".[dev]"',
    'COPY . .\nRUN pip install -r requirements.txt .',
    'COPY . .\nRUN ./make-requirements.sh && pip install -r requirements.txt',
    'COPY . .\nRUN python setup.py develop\nRUN pip install -r requirements.txt',
    'COPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .\nRUN pip install -r requirements.txt',
    'COPY package.json .\nRUN npm ci\nCOPY . .\nRUN npm ci --omit=dev',
    'COPY . .\nRUN --mount=type=cache,target=/root/.cache pip install -r requirements.txt',
    'COPY . .\nRUN npm run build',
    'COPY src .\nRUN pip install -r requirements.txt',
    'COPY --from=a . .\nRUN pip install -r requirements.txt',
    'COPY . .\nRUN pip install $DEPS',
    'COPY . .\nRUN pip install --upgrade pip',
    'COPY . .\nRUN rm -rf venv && python -c "import flask"',
  ])('passes %j', async (text) => {
    expect(await findings(rule, `FROM python:3.12 AS a\n${text}\n`)).toEqual([]);
  });

  it('changes the order', async () => {
    expect(
      await mended(
        rule,
        'FROM python:3.12\nWORKDIR /app\nCOPY . .\nRUN pip install \\\n    -r req/a.txt\nCMD ["x"]\n',
      ),
    ).toBe(
      'FROM python:3.12\nWORKDIR /app\nCOPY req/a.txt ./req/\nRUN pip install \\\n    -r req/a.txt\nCOPY . .\nCMD ["x"]\n',
    );
    for (const text of [
      'COPY . /app\nRUN pip install -r a.txt',
      'COPY . .\nRUN pip install -r /tmp/a.txt',
      'COPY . .\nRUN cd x && pip install -r a.txt',
      'COPY . .\n# why\nRUN pip install -r a.txt',
    ]) {
      const [finding] = await findings(rule, `FROM a\n${text}\n`);
      expect(finding?.fix).toBeUndefined();
    }
  });
});
