import { describe, expect, it } from '@jest/globals';
import { importNotInstalled as rule } from '../../../../../actions/lib/lint/rules/import-not-installed.ts';
import { findings, marked } from '../../../../support/lint-rule.ts';

const PY = 'FROM python:3.12-slim\nWORKDIR /app\n';
const image = (install: string, start = 'CMD ["python", "app.py"]') =>
  `${PY}RUN ${install}\nCOPY . .\n${start}\n`;

async function missing(dockerfile: string, files: Record<string, string>) {
  const found = await findings(rule, dockerfile, { files });
  return found.map(({ message }) => /^"(.*?)" imports "(.*?)"/.exec(message)?.slice(1).join(': '));
}

describe('import-not-installed', () => {
  it.each<[string, string, Record<string, string>, readonly string[]]>([
    [
      'a module of another name',
      image('pip install flask'),
      { 'app.py': 'import os, yaml\nfrom flask import Flask\n' },
      ['app.py: yaml'],
    ],
    [
      'several',
      image('pip install requests'),
      { 'app.py': 'import cv2 as cv\nfrom PIL import Image\nimport requests\n' },
      ['app.py: cv2', 'app.py: PIL'],
    ],
    [
      'a file that is loaded',
      image('pip install flask'),
      {
        'app.py': 'from lib import work\n',
        'lib/__init__.py': '',
        'lib/work.py': 'from . import deep',
        'lib/deep.py': 'from sklearn.svm import SVC',
      },
      ['lib/deep.py: sklearn'],
    ],
    [
      'a requirements file',
      image('pip install -r requirements.txt'),
      { 'requirements.txt': 'flask\n-r more.txt', 'more.txt': 'numpy', 'app.py': 'import pandas' },
      ['app.py: pandas'],
    ],
    [
      'a module that is started',
      image('pip install numpy', 'CMD ["python", "-m", "pkg.main"]'),
      { 'pkg/main.py': 'import torch' },
      ['pkg/main.py: torch'],
    ],
    [
      'an app of uvicorn',
      image('pip install fastapi uvicorn', 'CMD uvicorn api.main:app --port 80'),
      { 'api/main.py': 'import redis' },
      ['api/main.py: redis'],
    ],
  ])('catches %s', async (_name, dockerfile, files, expected) => {
    expect(await missing(dockerfile, files)).toEqual(expected);
  });

  it('marks what starts the code', async () => {
    expect(await marked(rule, image('pip install flask'), { files: { 'app.py': 'import yaml' } })).toEqual([
      'CMD ["python", "app.py"]',
    ]);
  });

  const yaml = { 'app.py': 'import yaml\n' };
  it.each<[string, string, Record<string, string>]>([
    ['what is installed', image('pip install PyYAML'), yaml],
    ['what a package brings', image('pip install transformers'), yaml],
    ['a package of which little is known', image('pip install flask nerfstudio'), yaml],
    ['extras', image('pip install "fastapi[all]"'), yaml],
    ['a list that cannot be read', image('pip install -r other.txt'), yaml],
    ['the project itself', image('pip install flask .'), yaml],
    ['poetry', image('poetry install'), yaml],
    ['packages of apt', image('apt-get install -y python3-yaml && pip install flask'), yaml],
    ['another base', image('pip install flask').replace('python:', 'my/python:'), yaml],
    [
      'another stage',
      `FROM a AS b\n${PY}COPY --from=b /v /v\nRUN pip install flask\nCOPY . .\nCMD ["python", "app.py"]\n`,
      yaml,
    ],
    ['a file of the project', image('pip install flask'), { ...yaml, 'yaml.py': '' }],
    ['a folder of the project', image('pip install flask'), { ...yaml, 'yaml/x.txt': '' }],
    [
      'an import that may fail',
      image('pip install flask'),
      { 'app.py': 'try:\n    import yaml\nexcept ImportError:\n    yaml = None\ndef f():\n    import cv2\n' },
    ],
    ['a text', image('pip install flask'), { 'app.py': '"""\nimport yaml\n"""\n' }],
    [
      'files that are not loaded',
      image('pip install flask'),
      { 'app.py': '', 'tests/test_a.py': 'import yaml' },
    ],
    [
      'the standard library and what is not known',
      image('pip install flask'),
      { 'app.py': 'import json, my_thing, tomllib' },
    ],
    ['a script that is not copied', `${PY}RUN pip install flask\nCMD ["python", "app.py"]\n`, yaml],
    ['a loop of imports', image('pip install flask'), { 'app.py': 'import b', 'b.py': 'import app' }],
  ])('passes %s', async (_name, dockerfile, files) => {
    expect(await missing(dockerfile, files)).toEqual([]);
  });
});
