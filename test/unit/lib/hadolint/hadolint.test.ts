/** The real program: downloaded once, and left out loudly where this machine cannot have it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { findHadolint, type Hadolint } from '../../../../actions/lib/hadolint/find-hadolint.ts';
import { parseHadolintConfig } from '../../../../actions/lib/hadolint/read-hadolint-config.ts';
import { type HadolintAnswer, runHadolint } from '../../../../actions/lib/hadolint/run-hadolint.ts';
import { createHadolintRun } from '../../../../actions/lib/hadolint/start-hadolint.ts';
import { hadolintFindings } from '../../../../actions/lib/lint/hadolint-findings.ts';
import { loadShellGrammar } from '../../../../actions/lib/lint/load-shell-grammar.ts';
import { readLintedDockerfile } from '../../../../actions/lib/lint/read-linted-dockerfile.ts';
import { positionAt } from '../../../../actions/lib/lint/source-text.ts';
import { findFolders } from '../../../../scripts/engine/folders.ts';

const say = (line: string): void => void process.stderr.write(`hadolint: ${line}\n`);
const hadolint = await find();
const onlyWith = hadolint === null ? it.skip : it;
const root = mkdtempSync(path.join(tmpdir(), 'hadolint-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function find(): Promise<Hadolint | null> {
  try {
    return await findHadolint({ own: null, cache: findFolders().cache, index: null, onLine: say });
  } catch (error) {
    say(
      `TESTS ARE SKIPPED, because this machine cannot have it: ${error instanceof Error ? error.message : error}`,
    );
    return null;
  }
}

function run(
  files: Readonly<Record<string, string>>,
  config = '',
  env: Readonly<Record<string, string>> = {},
): Promise<HadolintAnswer> {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  }
  return runHadolint({
    files: Object.keys(files),
    config: parseHadolintConfig(config, 'x'),
    run: createHadolintRun({
      program: hadolint?.program ?? '',
      root,
      env: { PATH: process.env.PATH, ...env },
    }),
  });
}

const codes = ({ reports }: HadolintAnswer) =>
  reports.map(({ file, line, code }) => `${file}:${line} ${code}`);

describe('hadolint itself', () => {
  onlyWith('checks files of odd names', async () => {
    const files = ['-', '-f', 'a b/Dockerfile', 'ü/Dockerfile é', "it's", '$(id)', 'new\nline', '{}', '*'];
    const answer = await run(Object.fromEntries(files.map((file) => [file, 'FROM debian\n'])));
    expect(answer.problems).toEqual([]);
    expect(codes(answer)).toEqual(files.map((file) => `${file}:1 DL3006`));
  });

  onlyWith('heeds the configuration that is handed over, and no other', async () => {
    const text = 'FROM debian\nRUN cd /x\nLABEL a=b\n';
    writeFileSync(path.join(root, '.hadolint.yaml'), 'ignored: [DL3003]\n');
    expect(codes(await run({ one: text }))).toEqual(['one:1 DL3006', 'one:2 DL3003', 'one:2 SC2164']);
    const config = [
      'format: sarif\nformats: [tty]\nno-fail: true\nfailure-threshold: none',
      'ignored: [DL3006, SC2164]\noverride: { error: [DL3003] }',
      'label-schema: { maintainer: text }\nstrict-labels: true',
    ].join('\n');
    const answer = await run({ one: text }, config, { HADOLINT_FORMAT: 'tty' });
    expect(answer.problems).toEqual([]);
    expect(answer.reports.map(({ code, level }) => `${code} ${level}`)).toEqual([
      ...['DL3049 info', 'DL3003 error', 'DL3050 info'],
    ]);
    rmSync(path.join(root, '.hadolint.yaml'));
  });

  onlyWith('says of a file that is not there that it is not, and checks the others', async () => {
    mkdirSync(path.join(root, 'folder'));
    const { files, ...rest } = { files: ['good', 'none', 'folder', 'bad'], config: { settings: {} } };
    writeFileSync(path.join(root, 'good'), 'FROM debian\n');
    writeFileSync(path.join(root, 'bad'), 'FROM debian\nNONSENSE\n');
    const port = createHadolintRun({ program: hadolint?.program ?? '', root, env: {} });
    const answer = await runHadolint({ files, ...rest, run: port });
    expect(codes(answer)).toEqual(['good:1 DL3006', 'bad:2 DL1000']);
    expect(answer.problems.map(({ message }) => message)).toEqual([
      'hadolint could not check "none": it said "does not exist (No such file or directory)".',
      'hadolint could not check "folder": it said "inappropriate type (is a directory)".',
    ]);
  });

  onlyWith('is put right where it names the first line alone', async () => {
    const text = [
      'FROM python:3.12',
      'RUN apt-get update \\',
      ' && apt-get install -y --no-install-recommends \\',
      '      git=1:2.39 \\',
      '      # the one that moves',
      '      curl \\',
      ' && cd /x && echo $HOME/*',
      'RUN <<EOF',
      'pip install --no-cache-dir \\',
      '  numpy==2 \\',
      '  torch',
      'curl https://x.example | sh',
      'EOF',
      '',
    ].join('\n');
    const { reports } = await run({ Dockerfile: text });
    expect(new Set(reports.map(({ line }) => line))).toEqual(new Set([2, 8]));
    const file = readLintedDockerfile(await loadShellGrammar(), 'Dockerfile', text);
    const shown = hadolintFindings(file, reports).map(
      ({ rule, start, end }) => `${positionAt(file.source, start).line} ${rule} ${text.slice(start, end)}`,
    );
    expect(shown).toEqual([
      '2 DL3009 apt-get update',
      '6 DL3008 curl',
      '7 DL3003 cd /x',
      '7 SC2086 $HOME/*',
      '11 DL3013 torch',
      '12 DL4006 curl https://x.example | sh',
    ]);
  });
});
