import { describe, expect, it } from '@jest/globals';
import { fileLostBetweenStages as rule } from '../../../../../actions/lib/lint/rules/file-lost-between-stages.ts';
import { findings, marked } from '../../../../support/lint-rule.ts';

const BUILD = 'FROM python:3.12 AS build\nWORKDIR /app\n';
const INSTALL = `${BUILD}COPY requirements.txt .\nRUN pip install --no-cache-dir \\\n  -r requirements.txt gunicorn\nCOPY . .\n`;
const SLIM = 'FROM python:3.12-slim\nWORKDIR /app\n';
const SITE =
  'COPY --from=build /usr/local/lib/python3.12/site-packages /usr/local/lib/python3.12/site-packages\n';
const files = {
  'server.txt': 'flask\ngunicorn==23.0.0\n',
  'requirements.txt': 'flask\n',
  'app.py': '',
  'data/a.txt': '',
};

describe('file-lost-between-stages', () => {
  it.each<[string, string, string, string]>([
    [
      'packages that stay behind',
      `${INSTALL}${SLIM}COPY --from=build /app /app\nCMD ["python", "app.py"]`,
      'COPY --from=build /app /app',
      'in stage "build" stays there',
    ],
    [
      'packages that are added to an image which both stages begin with',
      'FROM example.com/pose:1 AS deps\nWORKDIR /app\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n' +
        'FROM deps AS build\nCOPY . .\nFROM example.com/pose:1\nWORKDIR /app\nCOPY --from=build /app /app\nCMD ["python3", "app.py"]',
      'COPY --from=build /app /app',
      'in stage "build" stays there',
    ],
    [
      'packages of a stage with a number',
      `${INSTALL.replace(' AS build', '')}${SLIM}COPY --from=0 /app .\nCMD gunicorn app:app`,
      'COPY --from=0 /app .',
      'in stage "0"',
    ],
    [
      'a program that stays behind',
      `${INSTALL}${SLIM}${SITE}COPY --from=build /app /app\nCMD ["gunicorn", "app:app"]`,
      'CMD ["gunicorn", "app:app"]',
      'python -m gunicorn',
    ],
    [
      'a program of a list that stays behind',
      `${INSTALL.replace(' gunicorn', '').replaceAll('requirements.txt', 'server.txt')}${SLIM}${SITE}CMD ["gunicorn", "app:app"]`,
      'CMD ["gunicorn", "app:app"]',
      'python -m gunicorn',
    ],
    [
      'a stage that is not there',
      `${BUILD}FROM python:3.12-slim\nCOPY --from=3 /a /a`,
      'COPY --from=3 /a /a',
      'there is no stage 3',
    ],
    [
      'another Python',
      `${INSTALL.replace('3.12', '3.11')}FROM python:3.12-slim\n${SITE.replaceAll('3.12', '3.11')}COPY --from=build /usr/local/bin /usr/local/bin\nCMD ["python", "-m", "app"]`,
      SITE.replaceAll('3.12', '3.11').trim(),
      'packages for Python 3.11',
    ],
    [
      'a path that is never made',
      `${BUILD}COPY data /app/data\nRUN pip install build\nFROM debian:12\nCOPY --from=build /out/x.whl /x.whl`,
      'COPY --from=build /out/x.whl /x.whl',
      'never makes it',
    ],
    [
      'a moved environment',
      `${BUILD}RUN python -m venv /opt/venv && /opt/venv/bin/pip install flask\nFROM python:3.12-slim\nCOPY --from=build /opt/venv /venv`,
      'COPY --from=build /opt/venv /venv',
      '"/opt/venv/bin/python"',
    ],
    [
      'a moved environment of uv',
      `${BUILD}RUN <<EOF\nuv venv /app/.venv\nEOF\nFROM python:3.12-slim\nCOPY --from=build /app/.venv /srv/.venv/`,
      'COPY --from=build /app/.venv /srv/.venv/',
      'copy it to the same path',
    ],
  ])('catches %s', async (_name, text, place, message) => {
    expect(await marked(rule, `${text}\n`, { files })).toEqual([place]);
    expect((await findings(rule, `${text}\n`, { files }))[0]?.message).toContain(message);
  });

  it.each<[string, string]>([
    [
      'all of the packages',
      `${INSTALL}${SLIM}${SITE}COPY --from=build /usr/local/bin /usr/local/bin\nCMD ["gunicorn", "a:b"]`,
    ],
    ['a module that is started', `${INSTALL}${SLIM}${SITE}CMD ["python", "-m", "gunicorn", "a:b"]`],
    [
      'all of /usr/local',
      `${INSTALL}${SLIM}COPY --from=build /usr/local /usr/local\nCMD ["gunicorn", "a:b"]`,
    ],
    [
      'an install in the last stage',
      `${INSTALL}${SLIM}COPY --from=build /app /app\nRUN pip install -r requirements.txt\nCMD ["python", "app.py"]`,
    ],
    [
      'a stage that is stood upon',
      `${INSTALL}FROM build\nCOPY --from=build /app /x\nCMD ["python", "app.py"]`,
    ],
    [
      'a virtual environment',
      `${BUILD}RUN python -m venv /opt/venv\nENV PATH=/opt/venv/bin:$PATH\nRUN pip install flask\n${SLIM}COPY --from=build /opt/venv /opt/venv\nENV PATH=/opt/venv/bin:$PATH\nCMD ["python", "app.py"]`,
    ],
    [
      'a prefix',
      `${BUILD}RUN pip install --prefix=/install flask\n${SLIM}COPY --from=build /install /usr/local\nCMD ["python", "app.py"]`,
    ],
    [
      'an environment of the stage',
      `${BUILD}ENV VIRTUAL_ENV=/app/env PATH=/app/env/bin:$PATH\nRUN pip install flask\n${SLIM}COPY --from=build /app /app\nCMD ["python", "app.py"]`,
    ],
    [
      'wheels',
      `${BUILD}RUN pip install wheel && pip wheel -w /wheels flask\n${SLIM}COPY --from=build /wheels /wheels\nRUN pip install /wheels/*\nCMD ["python", "app.py"]`,
    ],
    [
      'tools that only build',
      `${BUILD}RUN pip install mkdocs-material build\nRUN mkdocs build\n${SLIM}COPY --from=build /app/site /site\nCMD ["python", "-m", "http.server"]`,
    ],
    ['what is not Python', `${INSTALL}FROM nginx:1.27\nCOPY --from=build /app/static /usr/share/nginx/html`],
    ['an unknown stage', `${SLIM}COPY --from=ghcr.io/astral-sh/uv:0.5 /uv /bin/\nCMD ["python", "app.py"]`],
    [
      'a path that is copied',
      `${BUILD}COPY data /srv/data\nFROM debian:12\nCOPY --from=build /srv/data/a.txt /\nCOPY --from=build /srv /srv`,
    ],
    ['a path that a step may make', `${BUILD}RUN make\nFROM debian:12\nCOPY --from=build /out /out`],
    ['a path that a step names', `${BUILD}RUN mkdir -p /out\nFROM debian:12\nCOPY --from=build /out /out`],
    ['a working folder', `${BUILD}FROM debian:12\nCOPY --from=build /app /app`],
    ['a folder of the system', `${BUILD}FROM debian:12\nCOPY --from=build /etc/passwd /etc/passwd`],
    ['an unknown base', 'FROM my/base AS build\nFROM debian:12\nCOPY --from=build /out /out'],
    [
      'an install on top of the image which both stages begin with',
      'FROM example.com/pose:1 AS deps\nWORKDIR /app\nRUN pip install flask\nFROM example.com/pose:1\n' +
        'COPY --from=deps /app /app\nRUN pip install -r /app/requirements.txt\nCMD ["python3", "app.py"]',
    ],
    [
      'a stage of its own below both',
      'FROM example.com/pose:1 AS base\nRUN pip install flask\nFROM base AS build\nCOPY . /app\nFROM base\n' +
        'COPY --from=build /app /app\nCMD ["python3", "app.py"]',
    ],
    [
      'what may be the environment of an unknown image',
      'FROM example.com/pose:1 AS deps\nRUN pip install flask\nFROM example.com/pose:1\n' +
        'COPY --from=deps /opt/pose /opt/pose\nCMD ["python3", "/opt/pose/app.py"]',
    ],
    [
      'the pip of an environment',
      `${BUILD}RUN /app/env/bin/pip install flask\n${SLIM}COPY --from=build /app /app\nCMD ["python", "app.py"]`,
    ],
    [
      'another image',
      'FROM example.com/pose:1 AS deps\nWORKDIR /app\nRUN pip install flask\nFROM example.com/pose:2\n' +
        'COPY --from=deps /app /app\nCMD ["python3", "app.py"]',
    ],
    [
      'an environment at its path',
      `${BUILD}RUN python -m venv /opt/venv\nFROM python:3.12-slim\nCOPY --from=build /opt/venv/ /opt/venv`,
    ],
  ])('passes %s', async (_name, text) => {
    expect(await marked(rule, `${text}\n`, { files })).toEqual([]);
  });
});
