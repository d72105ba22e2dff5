import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { startCommand } from '../../support/darkroom-command.ts';
import type { TestRepo } from '../../support/git-repo.ts';
import { repoOf } from '../../support/lint-folder.ts';

const BAD = 'FROM python:3.12\nRUN pip install "a" b>=2 c\n';

let repo: TestRepo;
beforeAll(async () => {
  repo = await repoOf({ 'app/Dockerfile': BAD });
});
afterAll(() => repo.remove());

/** Runs the command; other rules than the one that is meant may speak too. */
async function lint(args: readonly string[], cwd = repo.dir) {
  const { exitCode, stdout, stderr } = await startCommand(cwd, ['lint', '--no-hadolint', ...args], {});
  return { exitCode, stdout, stderr };
}

describe('darkroom lint', () => {
  it('shows what is wrong and exits with 1', async () => {
    const { exitCode, stdout } = await lint([]);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('app/Dockerfile:2:21: error unquoted-specifier: the shell takes ">=2"');
    expect(stdout).toContain(
      '  2 | RUN pip install "a" b>=2 c\n    |                     ^^^^\n    = fix: quote the requirement (--fix does it)\n',
    );
    expect(stdout).toMatch(/1 error.* in 1 Dockerfile; 1 can be mended with --fix\n$/);
  });

  it('prints JSON for other programs, with paths as seen from the directory', async () => {
    const { exitCode, stdout } = await lint(['--json', '-C', 'app']);
    const found = JSON.parse(stdout) as readonly { rule: string }[];
    expect(found.find(({ rule }) => rule === 'unquoted-specifier')).toEqual({
      ...{ file: 'Dockerfile', line: 2, column: 21, endLine: 2, endColumn: 25 },
      ...{
        rule: 'unquoted-specifier',
        severity: 'error',
        message: expect.any(String),
        docs: expect.any(String),
      },
      fix: {
        ...{ description: 'quote the requirement', safe: true },
        edits: [{ startLine: 2, startColumn: 21, endLine: 2, endColumn: 25, text: '"b>=2"' }],
      },
    });
    expect(exitCode).toBe(1);
  });

  it('tells a person once what several files have in common, and programs every time', async () => {
    const one = await repoOf({ 'a/Dockerfile': BAD, 'b/Dockerfile': BAD });
    const { stdout } = await lint([], one.dir);
    expect(stdout.split('\n').filter((line) => line.includes('base-without-digest'))).toEqual([
      expect.stringContaining('one other file has it too'),
    ]);
    const found = JSON.parse((await lint(['--json'], one.dir)).stdout) as readonly {
      rule: string;
      file: string;
    }[];
    expect(found.flatMap(({ rule, file }) => (rule === 'base-without-digest' ? file : []))).toEqual([
      'a/Dockerfile',
      'b/Dockerfile',
    ]);
    one.remove();
  });

  it.each([
    ['--fail-on=none', 0],
    ['--fail-on=style', 1],
  ])('%s exits with %i', async (option, exitCode) => {
    expect(await lint([option])).toMatchObject({ exitCode });
  });

  it.each<[string, readonly string[], string]>([
    ['a path that is not there', ['gone'], '"gone" is not there'],
    ['a folder that is not there', ['-C', 'gone'], '"gone" is no folder'],
    ['a severity that is none', ['--fail-on', 'fatal'], "'fatal' is invalid"],
    ['a matrix that is not there', ['--matrix', 'gone.yml'], 'gone.yml: the matrix: there is no such file'],
    [
      'a baseline that is not there',
      ['--baseline', 'gone.json'],
      '"gone.json" cannot be read: no such file or directory',
    ],
    ['a baseline that is none', ['--baseline', 'app/Dockerfile'], 'app/Dockerfile: this is no baseline'],
    ['two documents on stdout', ['--sarif', '-', '--json'], 'both want stdout'],
    ['a baseline without a file', ['--write-baseline'], 'expected --baseline FILE as well'],
    ['a baseline of a part', ['--baseline', 'b', '--write-baseline', 'app'], 'expected none'],
    [
      'a report in a folder that is not there',
      ['--sarif', 'gone/x.sarif'],
      '"gone/x.sarif" cannot be written: no such file or directory',
    ],
  ])('exits with 2 for %s', async (_, args, said) => {
    const { exitCode, stderr } = await lint(args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining(said) });
  });

  it('knows what its baseline knows, and tells what is new', async () => {
    const one = await repoOf({ Dockerfile: BAD });
    const file = ['--baseline', 'known.json'];
    expect(await lint([...file, '--write-baseline'], one.dir)).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('known from now on'),
    });
    one.write('Dockerfile', `# moved\n\n${BAD}`);
    expect(await lint(file, one.dir)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('Nothing new in 1 Dockerfile'),
    });
    one.write('Dockerfile', `${BAD}RUN pip install new>=1\n`);
    const { exitCode, stdout } = await lint(file, one.dir);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('RUN pip install new>=1');
    expect(stdout).not.toContain('b>=2');
    one.remove();
  });

  it('writes SARIF beside what it prints', async () => {
    await lint(['--sarif', 'out.sarif']);
    const log = JSON.parse(readFileSync(path.join(repo.dir, 'out.sarif'), 'utf8')) as {
      runs: { results: { ruleId: string }[] }[];
    };
    expect(log.runs[0]?.results.map(({ ruleId }) => ruleId)).toContain('unquoted-specifier');
    repo.delete('out.sarif');
    const { stdout } = await lint(['--sarif', '-', '--diff']);
    expect(JSON.parse(stdout)).toEqual(log);
  });

  it('ends well when nobody reads on, and says that the output cannot be written', async () => {
    const one = await repoOf({ Dockerfile: `FROM python:3.12\n${'RUN pip install b>=2\n'.repeat(1500)}` });
    const command = `"$0" lint --no-hadolint -C "$1"`;
    const shell = (text: string) =>
      execa('sh', ['-c', text, path.resolve('scripts/darkroom'), one.dir], { reject: false });
    expect(await shell(`${command} | head -1`)).toMatchObject({
      stdout: expect.stringContaining('Dockerfile:1:6'),
      stderr: expect.not.stringContaining('EPIPE'),
    });
    expect(await shell(`${command} > /dev/full`)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('The output cannot be written: no space left on device'),
    });
    one.remove();
  });

  it('mends what can be written, shows that, and names the rest', async () => {
    // The file that takes its place for a moment would have a longer name; permissions do not hold root back.
    const name = `Dockerfile.${'x'.repeat(240)}`;
    const one = await repoOf({ [name]: BAD, 'b/Dockerfile': BAD });
    const { exitCode, stdout, stderr } = await lint(['--fix'], one.dir);
    expect(exitCode).toBe(2);
    expect(stdout).toContain('+++ b/b/Dockerfile');
    expect(stdout).not.toContain(name);
    expect(stderr).toContain(`"${name}" cannot be written: name too long`);
    expect(readFileSync(path.join(one.dir, 'b/Dockerfile'), 'utf8')).toContain('"b>=2"');
    one.remove();
  });

  it('mends what is safe, shows the diff, keeps the mode, and tells what is left', async () => {
    const one = await repoOf({
      'app/Dockerfile': BAD,
      'b/Dockerfile':
        'FROM python:3.12\n# darkroom ignore=unquoted-specifier so be it\nRUN pip install x>=1\n',
    });
    const file = path.join(one.dir, 'app/Dockerfile');
    chmodSync(file, 0o640);
    const shown = await lint(['--diff'], one.dir);
    expect(shown.stdout).toContain('-RUN pip install "a" b>=2 c\n+RUN pip install "a" "b>=2" c\n');
    expect(shown.exitCode).toBe(1);
    expect(readFileSync(file, 'utf8')).toBe(BAD);
    const fixed = await lint(['--fix'], one.dir);
    expect(fixed.stdout).toContain('+RUN pip install "a" "b>=2" c\n');
    expect(fixed.stdout).not.toContain('error unquoted-specifier');
    expect(readFileSync(file, 'utf8')).toBe(BAD.replace('b>=2', '"b>=2"'));
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(one.git('status', '--porcelain').split('\n')).toEqual([' M app/Dockerfile']);
    one.remove();
  });

  it('mends no bytes away', async () => {
    const text = Buffer.concat([
      Buffer.from('FROM debian:12\n# '),
      Buffer.from([0xe4, 0x0a]),
      Buffer.from('RUN pip install b>=2\n'),
    ]);
    const one = await repoOf({ Dockerfile: text });
    expect((await lint(['--fix'], one.dir)).stdout).toContain('error unquoted-specifier');
    expect(readFileSync(path.join(one.dir, 'Dockerfile'))).toEqual(text);
    one.remove();
  });

  it('prints nothing but JSON on stdout while it mends', async () => {
    const one = await repoOf({ Dockerfile: BAD });
    const { stdout, stderr } = await lint(['--fix', '--json'], one.dir);
    expect(JSON.parse(stdout)).toEqual(expect.any(Array));
    expect(stderr).toContain('+++ b/Dockerfile');
    one.remove();
  });

  it('says that there is nothing to look at, and starts nothing', async () => {
    const one = await repoOf({ readme: 'x' });
    expect(await lint([], one.dir)).toMatchObject({
      exitCode: 0,
      stdout: 'Nothing found in 0 Dockerfiles\n',
      stderr: 'No Dockerfile was found.\n',
    });
    expect(existsSync(path.join(one.dir, '.darkroom'))).toBe(false);
    one.remove();
  });
});

describe('beside hadolint', () => {
  const FAKE = [
    '#!/bin/sh',
    'if [ "$1" = --version ]; then echo "Haskell Dockerfile Linter 2.15.1"; exit 0; fi',
    'for file; do :; done',
    'printf \'[{"file":"%s","line":2,"column":1,"level":"warning","code":"DL3042","message":"no cache"},\' "$file"',
    'printf \'{"file":"%s","line":2,"column":1,"level":"warning","code":"DL3013","message":"pin"}]\' "$file"',
  ].join('\n');

  it('tells what it finds, without what a rule of ours said better', async () => {
    const one = await repoOf({ Dockerfile: BAD });
    one.write('fake', FAKE, { mode: 0o755 });
    const { stdout } = await startCommand(
      one.dir,
      ['lint', '--json', '--hadolint', './fake', 'Dockerfile'],
      {},
    );
    const rules = (JSON.parse(stdout) as readonly { rule: string }[]).map(({ rule }) => rule);
    expect(rules).toEqual(expect.arrayContaining(['DL3042', 'unquoted-specifier']));
    expect(rules).not.toContain('DL3013');
    one.remove();
  });

  it('exits with 2 where the program is none, and tells what is wrong with its configuration', async () => {
    const one = await repoOf({ Dockerfile: BAD, '.hadolint.yaml': 'ignore: [DL3042]\n' });
    one.write('fake', FAKE, { mode: 0o755 });
    const { stdout } = await startCommand(one.dir, ['lint', '--json', '--hadolint', './fake'], {});
    expect(JSON.parse(stdout)).toContainEqual(
      expect.objectContaining({
        file: '.hadolint.yaml',
        line: 1,
        rule: 'hadolint-config/unknown-key',
        severity: 'error',
      }),
    );
    one.delete('.hadolint.yaml');
    const wrong = await startCommand(one.dir, ['lint', '--hadolint', './gone'], {});
    expect(wrong).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('is not hadolint') });
    one.remove();
  });
});
