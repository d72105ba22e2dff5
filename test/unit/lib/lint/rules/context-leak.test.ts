import { describe, expect, it } from '@jest/globals';
import { contextLeak as rule } from '../../../../../actions/lib/lint/rules/context-leak.ts';
import { type Beside, findings, marked } from '../../../../support/lint-rule.ts';

const COPY = 'FROM python:3.12\nCOPY . /app\n';
const sizes = (sent: Record<string, number>) => ({ context: { files: new Map(Object.entries(sent)) } });

describe('context-leak', () => {
  it.each<[string, Beside, string, string]>([
    ['a secret', { files: { '.env': 'A=1\nHF_TOKEN=hf_abcdefgh\n' } }, 'error', 'the value of "HF_TOKEN"'],
    [
      'a secret in a folder',
      { files: { 'backend/.env.docker': 'export DB_PASSWORD="s3cr3t-1"' } },
      'error',
      '"backend/.env.docker"',
    ],
    [
      'a private key',
      { files: { 'deploy/server.key': '-----BEGIN RSA PRIVATE KEY-----' } },
      'error',
      'a private key',
    ],
    ['a login', { files: { '.netrc': 'machine x login y password z' } }, 'error', 'a login'],
    [
      'a secret behind a placeholder',
      { files: { '.env': 'HF_TOKEN=your-token\nWANDB_API_KEY=0123456789\n' } },
      'error',
      'the value of "WANDB_API_KEY"',
    ],
    ['the history', { files: { 'a.py': '' }, executables: [] }, 'warning', '".git"'],
    [
      'the history beside an ignore file',
      {
        files: { '.dockerignore': 'node_modules\n' },
        executables: [],
        context: { ignoreFile: '.dockerignore' },
      },
      'warning',
      'to ".dockerignore"',
    ],
    [
      'weights',
      sizes({ 'a.py': 1, 'm/model.safetensors': 2_000_000_000, 'b.pth': 20_000_000 }),
      'warning',
      '"m/model.safetensors" and 1 other large files are copied along, 2.02 GB',
    ],
    ['any large file', sizes({ 'dump.sql': 60_000_000 }), 'warning', '"dump.sql" is copied along'],
    [
      'leftovers',
      {
        context: {
          files: new Map([['web/node_modules/x/i.js', 1]]),
          untracked: new Set(['web/node_modules/x/i.js']),
        },
      },
      'warning',
      '"node_modules" of this machine',
    ],
  ])('catches %s', async (_name, beside, severity, message) => {
    expect(await findings(rule, COPY, beside)).toMatchObject([
      { severity, message: expect.stringContaining(message) },
    ]);
  });

  it.each([
    'COPY ./ ./',
    'ADD . .',
    'COPY --chown=1 a . /x/',
    'COPY \\\n  . \\\n  /app',
    'COPY ["." , "/a"]',
  ])('marks %s', async (text) => {
    expect(await marked(rule, `FROM a\n${text}\n`, { files: { '.netrc': 'x' } })).toEqual([text]);
  });

  it.each<[string, string, Beside]>([
    [
      'files named one by one',
      'FROM a\nCOPY src /src\n',
      { files: { '.env': 'HF_TOKEN=hf_abcdefgh' }, executables: [] },
    ],
    [
      'a stage that is thrown away',
      'FROM a AS build\nCOPY . .\nFROM a\nCOPY --from=build /x /x\n',
      { files: { '.env': 'HF_TOKEN=hf_abcdefgh' } },
    ],
    [
      'one of several stages that another may stand on',
      'ARG KIND=a\nFROM x AS build-a\nRUN true\nFROM y AS build-b\nCOPY . .\nFROM build-$KIND AS build\nFROM z\nCOPY --from=build /x /x\n',
      { files: { '.env': 'HF_TOKEN=hf_abcdefgh' } },
    ],
    [
      'an example',
      COPY,
      { files: { '.env.example': 'HF_TOKEN=hf_abcdefgh', 'tests/x.pem': 'PRIVATE KEY-----' } },
    ],
    ['placeholders', COPY, { files: { '.env': 'HF_TOKEN=your-token-here\nA_SECRET=\nB_PASSWORD=$X' } }],
    ['names without values', COPY, { files: { '.env': '# api\nAPI_KEY=\nAPI_MODEL_NAME=\nA_TOKEN=' } }],
    ['history that is copied on its own', `${COPY}COPY ./.git ./.git\n`, { executables: [] }],
    ['history that is mounted', `${COPY}RUN --mount=source=.git,target=.git make\n`, { executables: [] }],
    ['a certificate', COPY, { files: { 'ca.pem': '-----BEGIN CERTIFICATE-----' } }],
    [
      'history left out',
      COPY,
      { files: { '.dockerignore': '**/.git\n' }, executables: [], context: { ignoreFile: '.dockerignore' } },
    ],
    [
      'everything but some left out',
      COPY,
      { files: { '.dockerignore': '*\n!src\n' }, executables: [], context: { ignoreFile: '.dockerignore' } },
    ],
    ['history that is read', `${COPY}RUN git describe\n`, { executables: [] }],
    [
      'history that names the version',
      COPY,
      { files: { 'pyproject.toml': 'requires = ["setuptools_scm"]' }, executables: [] },
    ],
    ['history in a context that git makes', COPY, { executables: [], context: { isFromGit: true } }],
    ['no git', COPY, { files: { 'a.py': '' } }],
    ['a folder below the root', COPY, { executables: [], context: { folder: 'app' } }],
    ['small files', COPY, sizes({ 'a.pth': 9_000_000, 'b.bin': 40_000_000 })],
    ['a stage', 'FROM a AS b\nFROM a\nCOPY --from=b . .\n', { files: { '.netrc': 'x' } }],
  ])('passes %s', async (_name, text, beside) => {
    expect(await findings(rule, text, beside)).toEqual([]);
  });

  it('says nothing of the image where the stage with the history is thrown away', async () => {
    const text = 'FROM a AS build\nCOPY . .\nFROM a\nCOPY --from=build /x /x\n';
    const found = await findings(rule, text, { executables: [] });
    expect(found).toMatchObject([
      { severity: 'info', message: expect.stringMatching(/run again; write "\.git"/) },
    ]);
  });

  it.each(['CGO_ENABLED=0 go build -o /x .', './gradlew build', 'xx-cargo build --release'])(
    'takes it that %s asks for the history where the stage is thrown away',
    async (build) => {
      const text = `FROM a AS build\nCOPY . .\nRUN ${build}\n`;
      const thrownAway = `${text}FROM a\nCOPY --from=build /x /x\n`;
      expect(await findings(rule, thrownAway, { executables: [] })).toEqual([]);
      expect(await findings(rule, text, { executables: [] })).toMatchObject([{ severity: 'warning' }]);
    },
  );

  it('finds a stage that nothing stands on and nothing copies from: it is a target', async () => {
    const text =
      'ARG KIND=a\nFROM x AS build-a\nFROM y AS serve\nCOPY . .\nFROM build-$KIND AS build\nFROM z\nCOPY --from=build /x /x\n';
    expect(await marked(rule, text, { files: { '.netrc': 'x' } })).toEqual(['COPY . .']);
  });

  it('finds a stage that stands on the one that copies', async () => {
    const text = 'FROM a AS app\nCOPY . .\nFROM app AS prod\nRUN true\n';
    expect(await marked(rule, text, { files: { '.netrc': 'x' } })).toEqual(['COPY . .']);
  });
});
