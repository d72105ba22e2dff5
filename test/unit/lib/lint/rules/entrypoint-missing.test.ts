import { describe, expect, it } from '@jest/globals';
import { entrypointMissing as rule } from '../../../../../actions/lib/lint/rules/entrypoint-missing.ts';
import { type Beside, findings } from '../../../../support/lint-rule.ts';

const PY = 'FROM python:3.12-slim\nWORKDIR /app\n';
const CUDA = 'FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04\n';
const files = { 'src/app.py': '', 'start.sh': '#!/bin/sh\n', 'requirements.txt': 'flask\nnumpy\n' };

describe('entrypoint-missing', () => {
  it.each<[string, string, string, Beside?]>([
    ['tini', `${PY}ENTRYPOINT ["tini", "--"]\nCMD ["python", "-m", "app"]`, '"tini"'],
    [
      'a program behind another',
      `${PY}RUN apt-get update && apt-get install -y tini\nENTRYPOINT ["tini", "--"]\nCMD ["supervisord", "-n"]`,
      '"supervisord"',
    ],
    ['shell form', `${PY}CMD nginx -g daemon`, '"nginx"'],
    ['bash on Alpine', 'FROM python:3.12-alpine\nCMD ["bash"]', '"bash"'],
    [
      'python where there is python3',
      `${CUDA}RUN apt-get update && apt-get install -y \\\n  python3 python3-pip\nCMD ["python", "-m", "x"]`,
      'only "python3"',
    ],
    ['no Python at all', `${CUDA}CMD ["python3", "-m", "x"]`, 'no program of this name'],
    [
      'uvicorn',
      `${PY}RUN pip install fastapi pydantic\nCMD ["uvicorn", "a:b"]`,
      '"fastapi" does not bring it',
    ],
    [
      'gunicorn of a file',
      `${PY}COPY requirements.txt .\nRUN pip install -r requirements.txt\nCMD exec gunicorn a:b`,
      '"gunicorn"',
    ],
    [
      'what a script calls',
      `${PY}COPY run.sh /\nCMD ["bash", "/run.sh"]`,
      '"/run.sh" is started and calls "ffmpeg"',
      { files: { 'run.sh': '#!/bin/bash\nset -e\nffmpeg -i a b\nexec python app.py\n' } },
    ],
    [
      'a slip in a name, wherever it lies',
      'FROM openjdk:8-jre\nCOPY start.sh /usr/share/x/bootstrap.sh\nENTRYPOINT ["/usr/share/x/boostrap.sh"]',
      'the image has "/usr/share/x/bootstrap.sh" instead',
    ],
    [
      'a script that is elsewhere',
      `${PY}COPY src/ ./\nCMD ["python", "src/app.py"]`,
      'there is "/app/app.py"',
    ],
    ['a script in another folder', `${PY}COPY src/ ./src/\nCMD ["python", "-u", "app.py"]`, '"/app/app.py"'],
    ['a script that is never copied', `${PY}ENTRYPOINT ["/entrypoint.sh"]`, 'nothing puts "/entrypoint.sh"'],
    [
      'the folder at the end counts',
      `${PY}COPY src/app.py /app/\nWORKDIR /srv\nCMD ["python", "app.py"]`,
      '"/srv/app.py"',
    ],
    [
      'no permission',
      `${PY}COPY start.sh /\nENTRYPOINT ["/start.sh"]`,
      'may not be executed',
      { executables: [] },
    ],
    [
      'no permission, a path from here',
      `${PY}COPY . .\nCMD ["./start.sh"]`,
      'update-index --chmod=+x start.sh',
      { executables: ['src/app.py'] },
    ],
    [
      'a script for bash on Alpine',
      'FROM python:3.12-alpine\nCOPY bash.sh /\nENTRYPOINT ["/bash.sh"]',
      'its first line asks for "bash"',
      { files: { 'bash.sh': '#!/usr/bin/env bash\n' } },
    ],
    ['a command as one word', `${PY}ENTRYPOINT ["python app.py"]`, 'as in ["python", "app.py"]'],
    ['a command as one word for node', 'FROM node:22\nCMD ["node app.js", "-x"]', '["node", "app.js", "-x"]'],
    ['what node cannot find', 'FROM node:22-slim\nCMD ["/server.js"]', 'nothing puts "/server.js"'],
    ['a module that is nowhere', 'FROM node:22-slim\nWORKDIR /app\nCOPY src ./\nCMD node main', '"main"'],
    [
      'a mount elsewhere',
      `${PY}CMD ["python", "app.py"]`,
      '"/app/app.py"',
      { files: { 'run.sh': 'docker run -v "$PWD/data:/data" x\n' } },
    ],
    [
      'a stage below',
      `${PY.replace('slim', 'slim AS base')}COPY src ./\nFROM base\nCMD ["python", "main.py"]`,
      '"/app/main.py"',
    ],
  ])('catches %s', async (_name, text, message, ...[beside]) => {
    expect(await findings(rule, `${text}\n`, { files, ...beside })).toMatchObject([
      { severity: 'error', message: expect.stringContaining(message) },
    ]);
  });

  it.each<[string, string, Beside?]>([
    ...[
      'command -v ffmpeg',
      'apt-get install -y ffmpeg',
      'PATH=/opt:$PATH',
      'ffmpeg -i a || true',
      'if a; then ffmpeg; fi',
    ].map((line): [string, string, Beside] => [
      `a script that says ${line}`,
      `${PY}COPY run.sh /\nCMD ["bash", "/run.sh"]`,
      { files: { 'run.sh': `#!/bin/bash\n${line}\n${/^(?:ffm|if)/.test(line) ? '' : 'ffmpeg -i a b'}\n` } },
    ]),
    [
      'a name like that of a copied file in an image that may hold both',
      'FROM example.com/x:1\nCOPY start.sh /opt/bootstrap.sh\nENTRYPOINT ["/opt/boostrap.sh"]',
    ],
    ['a number more', 'FROM openjdk:8-jre\nCOPY start.sh /opt/start1.sh\nENTRYPOINT ["/opt/start2.sh"]'],
    [
      'a name that is made of it',
      'FROM openjdk:8-jre\nCOPY start.sh /opt/bootstrap.sh\nRUN mv /opt/bootstrap.sh /opt/boostrap.sh\nENTRYPOINT ["/opt/boostrap.sh"]',
    ],
    ['an install', `${PY}RUN apt-get install -y tini\nENTRYPOINT ["tini", "--", "python", "-m", "x"]`],
    ['supervisor of pip', `${PY}RUN pip install supervisor\nCMD ["supervisord"]`],
    ['python-is-python3', `${CUDA}RUN apt-get install -y python3 python-is-python3\nCMD ["python"]`],
    [
      'a link',
      `${CUDA}RUN apt-get install -y python3 && ln -s /usr/bin/python3 /usr/bin/python\nCMD ["python"]`,
    ],
    [
      'an environment',
      `${CUDA}RUN apt-get install -y python3-venv && python3 -m venv /v\nENV PATH=/v/bin:$PATH\nCMD ["python"]`,
    ],
    ['conda', `${CUDA}COPY --from=x /conda /conda\nENV PATH=/conda/bin:$PATH\nCMD ["python"]`],
    ['an unknown base', 'FROM my/base\nCMD ["tini", "python", "x.py"]'],
    ['uvicorn installed', `${PY}RUN pip install fastapi "uvicorn[standard]"\nCMD ["uvicorn", "a:b"]`],
    ['fastapi with extras', `${PY}RUN pip install "fastapi[standard]"\nCMD ["uvicorn", "a:b"]`],
    ['a package that brings it', `${PY}RUN pip install fastapi gradio\nCMD ["uvicorn", "a:b"]`],
    ['a list that was not read', `${PY}RUN pip install fastapi -r other.txt\nCMD ["uvicorn", "a:b"]`],
    ['a project that is installed', `${PY}COPY . .\nRUN pip install . fastapi\nCMD ["uvicorn", "a:b"]`],
    [
      'packages of another stage',
      `${PY}COPY --from=x /usr/local /usr/local\nRUN pip install fastapi\nCMD ["uvicorn", "a:b"]`,
    ],
    [
      'an argument to the entry point of the base',
      'FROM gcr.io/distroless/python3-debian12\nCOPY src/app.py /app.py\nCMD ["/app.py"]',
      { executables: [] },
    ],
    [
      'a base of Chainguard',
      'FROM cgr.dev/chainguard/python:latest\nCOPY src/app.py /\nCMD ["/app.py"]',
      { executables: [] },
    ],
    ['what node is given', 'FROM node:22\nCOPY src/app.py /app.js\nCMD ["/app.js"]', { executables: [] }],
    [
      'a module of node',
      'FROM node:22\nWORKDIR /a\nCOPY js dist\nCMD ["node", "dist/main"]',
      { files: { 'js/main.js': '' } },
    ],
    [
      'a folder for node',
      'FROM node:22\nWORKDIR /a\nCOPY js .\nCMD ["node", "."]',
      { files: { 'js/index.js': '' } },
    ],
    ['a folder for python', `${PY}COPY src /srv\nCMD ["python", "/srv"]`],
    [
      'a program of an unknown base',
      'FROM oven/bun:1\nCOPY start.sh /\nCMD ["/start.sh"]',
      { executables: [] },
    ],
    ['a copy in what stands on it', `${PY}ONBUILD COPY . /app\nCMD ["python", "main.py"]`],
    ['an archive in what stands on it', `${PY}ONBUILD ADD . /app\nCMD ["python", "main.py"]`],
    [
      'an install in what stands on it',
      `${PY}ONBUILD RUN apt-get update && apt-get install -y $PACKAGES\nENTRYPOINT ["tini", "--"]`,
    ],
    ['a command as one word of an unknown base', 'FROM acme/base\nCMD ["python app.py"]'],
    ['a script of the shell', `${PY}CMD ["sh", "-c", "echo a b"]`],
    [
      'bash that is installed',
      'FROM python:3.12-alpine\nRUN apk add --no-cache bash\nCOPY bash.sh /\nENTRYPOINT ["/bash.sh"]',
      { files: { 'bash.sh': '#!/bin/bash\n' } },
    ],
    ['a script that is copied', `${PY}COPY src/app.py .\nCMD ["python", "app.py"]`],
    ['a script with its folder', `${PY}COPY . .\nCMD python src/app.py`],
    ['a module', `${PY}CMD ["python", "-m", "app"]`],
    ['code', `${PY}CMD ["python", "-c", "print()"]`],
    ['a script that is cloned', `${PY}RUN git clone https://x/y .\nCMD ["python", "app.py"]`],
    ['a script that is written', `${PY}RUN echo 1 > app.py\nCMD ["python", "app.py"]`],
    ['a here-document', `${PY}COPY <<EOF /app/app.py\nEOF\nCMD ["python", "app.py"]`],
    ['another stage', `FROM a AS b\n${PY}COPY --from=b /app /app\nCMD ["python", "app.py"]`],
    ['a volume', `${PY}VOLUME /app\nCMD ["python", "app.py"]`],
    [
      'a mount',
      `${PY}CMD ["python", "app.py"]`,
      { files: { 'compose.yaml': 'services:\n  a:\n    build: .\n    volumes:\n      - ./src:/app\n' } },
    ],
    ...[
      ['run.sh', 'docker run --rm -v "$PWD/b:/app" b\n'],
      ['Makefile', 'run:\n\tdocker run --volume=$(CURDIR):/app:ro b\n'],
      ['run.sh', 'docker run --mount type=bind,source="$(pwd)",target=/app b\n'],
      [
        '.github/workflows/a.yml',
        `jobs:\n  a:\n    steps:\n      - run: docker run -v \${{ github.workspace }}:/app b\n`,
      ],
      ['k8s.yaml', 'volumeMounts:\n  - name: code\n    mountPath: /app\n'],
      ['compose.dev.yaml', 'services:\n  a:\n    volumes:\n      - ./src:/app\n'],
    ].map(([file = '', text = '']): [string, string, Beside] => [
      `a mount in ${file}`,
      `${PY}CMD ["python", "app.py"]`,
      { files: { [file]: text } },
    ]),
    ['a variable', `${PY}CMD python $SCRIPT`],
    [
      'a command that an entry point takes away',
      `${PY.replace('slim', 'slim AS base')}CMD ["missing.py"]\nFROM base\nENTRYPOINT ["python"]`,
    ],
    ['permission in git', `${PY}COPY start.sh /\nENTRYPOINT ["/start.sh"]`, { executables: ['start.sh'] }],
    [
      'permission by chmod',
      `${PY}COPY start.sh /\nRUN chmod +x /start.sh\nENTRYPOINT ["/start.sh"]`,
      { executables: [] },
    ],
    [
      'permission by --chmod',
      `${PY}COPY --chmod=755 start.sh /\nENTRYPOINT ["/start.sh"]`,
      { executables: [] },
    ],
    ['an interpreter', `${PY}COPY start.sh /\nENTRYPOINT ["sh", "/start.sh"]`, { executables: [] }],
    ['no git', `${PY}COPY start.sh /\nENTRYPOINT ["/start.sh"]`],
  ])('passes %s', async (_name, text, ...[beside]) => {
    expect(await findings(rule, `${text}\n`, { files, ...beside })).toEqual([]);
  });
});
