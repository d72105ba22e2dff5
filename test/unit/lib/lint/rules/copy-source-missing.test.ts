import { describe, expect, it } from '@jest/globals';
import { copySourceMissing as rule } from '../../../../../actions/lib/lint/rules/copy-source-missing.ts';
import { type Beside, findings, marked } from '../../../../support/lint-rule.ts';

const files = {
  'requirements.txt': 'torch\n',
  'src/app.py': '',
  'deploy/README.md': '',
};

describe('copy-source-missing', () => {
  it.each<[string, string, Beside['context'], string, string]>([
    ['a file that is not there', 'COPY setup.py .', {}, 'warning', '"setup.py" is not in the build context'],
    ['one of several', 'COPY requirements.txt \\\n  constraints.txt ./', {}, 'warning', '"constraints.txt"'],
    ['JSON', 'COPY ["requirements.txt", "set up.py", "./"]', {}, 'warning', '"set up.py"'],
    ['a variable', 'ARG NAME=setup\nCOPY $NAME.py .', {}, 'warning', '"$NAME.py"'],
    [
      'a bind mount',
      'RUN --mount=type=bind,source=uv.lock,target=uv.lock uv sync',
      {},
      'warning',
      '"uv.lock"',
    ],
    ['another case', 'COPY Requirements.txt .', {}, 'error', 'but "requirements.txt" is'],
    ['a folder in another case', 'COPY SRC/ .', {}, 'error', 'but "src" is'],
    ['a folder above', 'COPY ../common /common', {}, 'error', 'lies outside'],
    [
      'an ignored file',
      'COPY model.json .',
      { ignoreFile: '.dockerignore', ignored: new Set(['model.json']) },
      'error',
      'left out by ".dockerignore"',
    ],
    [
      'an ignored folder',
      'COPY data/ .',
      { ignoreFile: '.dockerignore', ignored: new Set(['data/a', 'data/b']) },
      'warning',
      'nothing in it is sent',
    ],
    ['a context that is a guess', 'COPY setup.py .', { isGiven: false }, 'info', '"setup.py"'],
    ['a guess that holds the folder', 'COPY src/setup.py .', { isGiven: false }, 'warning', '"src/setup.py"'],
    ['a guess without the folder', 'COPY lib/setup.py .', { isGiven: false }, 'info', '"lib/setup.py"'],
    ['a slip', 'COPY requirments.txt .', {}, 'error', 'did you mean "requirements.txt"?'],
    [
      'a slip where the context is a guess',
      'COPY requriements.txt .',
      { isGiven: false },
      'error',
      'did you mean',
    ],
    ['another number', 'COPY requirements2.txt .', { isGiven: false }, 'info', 'does not find it'],
    ['a slip in a folder', 'COPY deploy/READNE.md .', {}, 'error', 'did you mean "deploy/README.md"?'],
    ['a short name', 'COPY src/ap.py .', {}, 'warning', 'does not find it'],
    [
      'who gives the context',
      'COPY setup.py .',
      { folder: 'web', givenBy: 'the service "api" of "compose.yaml"' },
      'warning',
      'not in the build context "web" of the service "api" of "compose.yaml"',
    ],
    ['a file beside a hidden pattern', 'COPY setup.py .m2/* .m2/', {}, 'warning', '"setup.py"'],
    [
      'a file that git ignores',
      'COPY local.json .',
      { files: new Map([['local.json', 1]]), untracked: new Set(['local.json']) },
      'warning',
      'git ignores it',
    ],
    [
      'a build output that git ignores',
      'COPY dist/ .',
      { files: new Map([['dist/x', 1]]), untracked: new Set(['dist/x']) },
      'info',
      'git ignores it',
    ],
  ])('catches %s', async (_name, text, context, severity, message) => {
    const found = await findings(rule, `FROM python:3.12\n${text}\n`, { files, ...(context && { context }) });
    expect(found).toMatchObject([{ severity, message: expect.stringContaining(message) }]);
  });

  it('marks the source', async () => {
    const text =
      'FROM a\nCOPY --chown=me --link requirements.txt \\\n  a b /\nRUN --mount=source=c,target=/c true\n';
    expect(await marked(rule, text, { files })).toEqual(['a', 'b', 'c']);
  });

  it('finds a folder that is left out, not one of which only some files are', async () => {
    const left = (ignoreFile: string) =>
      findings(rule, 'FROM a\nCOPY data /data\n', {
        files: { ...files, '.dockerignore': ignoreFile },
        context: { ignoreFile: '.dockerignore', ignored: new Set(['data/README.md']) },
      });
    expect(await left('data\n')).toMatchObject([{ severity: 'warning' }]);
    expect(await left('data/*\n')).toMatchObject([{ severity: 'warning' }]);
    expect(await left('**/*.md\n')).toEqual([]);
  });

  it('finds a history that is left out, and one that git does not send', async () => {
    const text = 'FROM a\nCOPY ./.git .git\n';
    const context = { ignoreFile: '.dockerignore' };
    const beside = { files: { ...files, '.dockerignore': '.git\n' }, context };
    expect(await findings(rule, text, beside)).toMatchObject([
      { severity: 'error', message: expect.stringContaining('".git" is left out by ".dockerignore"') },
    ]);
    const kept = { files: { ...files, '.dockerignore': '.github\n' }, context };
    expect(await findings(rule, text, kept)).toEqual([]);
    expect(await marked(rule, text, { files, context: { isFromGit: true } })).toEqual(['./.git']);
  });

  it('says where it is instead', async () => {
    const beside = {
      files: { ...files, 'deploy/run.py': '' },
      context: { folder: 'deploy', files: new Map([['x', 1]]) },
    };
    expect((await findings(rule, 'FROM a\nCOPY src .\n', beside))[0]?.message).toContain('it is in "."');
  });

  it.each([
    ['an output', 'COPY dist/app ./'],
    ['secrets', 'RUN --mount=type=bind,source=secrets,target=/run/secrets true'],
    ['a path of Windows', 'COPY [".\\\\run.ps1", "C:\\\\app"]'],
    ['a file per platform', 'ARG TARGETARCH\nCOPY server-$TARGETARCH /server'],
    ['what git leaves out', 'COPY server /server'],
    ['what git leaves out in a folder', 'COPY deploy/server /server'],
    ['a file of a submodule', 'COPY third/party/x.c /src/'],
    ['a file in a hidden folder that nobody added', 'COPY .made/server /server'],
    ['whatever else is made along with it', 'COPY dist/app server.conf /'],
  ])('passes %s', async (_name, text) => {
    const beside = {
      ...files,
      '.gitignore': '/server\n',
      'deploy/.gitignore': 'server\n',
      'third/party': '',
      '.github/x': '',
    };
    expect(await marked(rule, `FROM a\n${text}\n`, { files: beside })).toEqual([]);
    expect(await marked(rule, 'FROM a\nCOPY .github/y deploy/client /\n', { files: beside })).toEqual([
      '.github/y',
      'deploy/client',
    ]);
  });

  it.each<[string, string, Beside['context']]>([
    ['files and folders', 'COPY requirements.txt src /app/', {}],
    ['the whole context', 'COPY . .', {}],
    ['a leading slash', 'COPY /src ./src/', {}],
    ['a pattern that matches nothing', 'COPY package*.json ./', {}],
    ['another stage', 'COPY --from=build /app/dist /dist', {}],
    ['an address', 'ADD https://example.com/a.tar.gz /a.tar.gz', {}],
    ['a repository', 'ADD git@github.com:a/b.git /b', {}],
    ['a here-document', 'COPY <<EOF /etc/x\nhello\nEOF', {}],
    ['a variable without a value', 'ARG X\nCOPY $X .', {}],
    ['a folder above that is in it', 'COPY ../src .', {}],
    ['a file elsewhere, where the context is a guess', 'COPY README.md .', { isGiven: false }],
    ['a file that was not added yet', 'COPY src/app.py .', { untracked: new Set(['src/app.py']) }],
    [
      'a folder with one file that git knows',
      'COPY src .',
      {
        untracked: new Set(['src/b']),
        files: new Map([
          ['src/a', 1],
          ['src/b', 1],
        ]),
      },
    ],
    ['the history of a clone', 'COPY .git .git', {}],
    ['the history of a clone, mounted', 'RUN --mount=type=bind,source=./.git,target=.git make', {}],
    [
      'a variable that a build may set, where the context is a guess',
      'ARG X=client\nCOPY $X c',
      { isGiven: false },
    ],
    ['a mount of a stage', 'RUN --mount=type=bind,from=build,source=/x,target=/y true', {}],
    ['a cache', 'RUN --mount=type=cache,source=x,target=/y true', {}],
  ])('passes %s', async (_name, text, context) => {
    expect(
      await marked(rule, `FROM python:3.12 AS build\n${text}\n`, { files, ...(context && { context }) }),
    ).toEqual([]);
  });
});
