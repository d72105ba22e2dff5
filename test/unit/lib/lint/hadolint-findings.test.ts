// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the curly braces are variables of Dockerfiles and shells.
import { describe, expect, it, test } from '@jest/globals';
import type { Finding } from '../../../../actions/lib/lint/finding.ts';
import { docsOf, hadolintFindings, mergeHadolint } from '../../../../actions/lib/lint/hadolint-findings.ts';
import { type HadolintReport, readHadolintReports } from '../../../../actions/lib/lint/hadolint-report.ts';
import type { LintedDockerfile, LintedStage } from '../../../../actions/lib/lint/linted-dockerfile.ts';
import { loadShellGrammar } from '../../../../actions/lib/lint/load-shell-grammar.ts';
import { readLintedDockerfile } from '../../../../actions/lib/lint/read-linted-dockerfile.ts';

const parser = await loadShellGrammar();
const read = (text: string): LintedDockerfile => readLintedDockerfile(parser, 'Dockerfile', text);

const report = (code: string, line: number, message = 'It is so', column = 1): HadolintReport => ({
  ...{ file: 'Dockerfile', line, column, level: 'warning', code, message },
});

/** The text that a report is put on, in a file whose second line is where hadolint says that it is. */
function marked(instruction: string, code: string, message?: string): string {
  const text = `FROM debian:12\n${instruction}\nUSER nobody\n`;
  const [finding] = hadolintFindings(read(text), [report(code, 2, message)]);
  return text.slice(finding?.start, finding?.end);
}

describe('a report of hadolint', () => {
  test.each([
    ['DL3001', 'RUN apt-get update && \\\n  ssh host', 'ssh host'],
    ['DL3003', 'RUN true && \\\n  cd /x && \\\n cd /y', 'cd /x'],
    ['DL3004', 'RUN true && \\\n  sudo apt-get update', 'sudo'],
    ['DL3008', 'RUN apt-get install -y \\\n  git=1 \\\n  curl wget', 'curl'],
    ['DL3008', 'RUN apt-get install -y git=1 && \\\n apt-get install -y $MORE', '$MORE'],
    ['DL3009', 'RUN true && \\\n  apt-get update && apt-get install x', 'apt-get update'],
    ['DL3013', 'RUN pip install "a==1" \\\n  "b[x]" c', '"b[x]"'],
    ['DL3013', 'RUN <<EOF\nset -e\npython3 -m pip install a\nEOF', 'a'],
    ['DL3013', 'RUN cat <<EOF > x && \\\n  pip install a\ntext\nEOF', 'a'],
    ['DL3013', 'RUN true && \\\n  pipx install a', 'pipx install a'],
    ['DL3013', 'RUN V=$(true && \\\n  pip install a)', 'a'],
    ['DL3014', 'RUN apt-get install -y a && \\\n  apt-get install b', 'apt-get install b'],
    [
      'DL3014',
      'RUN apt-get install -qq a && apt-get install -yq a && \\\n  apt-get install b',
      'apt-get install b',
    ],
    [
      'DL3015',
      'RUN apt-get install -y --no-install-recommends a && apt-get install -y b',
      'apt-get install -y b',
    ],
    ['DL3016', 'RUN npm install -g a@1 \\\n  @b/c', '@b/c'],
    ['DL3018', 'RUN apk add a=1 \\\n  b', 'b'],
    ['DL3019', 'RUN apk add --no-cache a && \\\n  apk add b', 'apk add b'],
    ['DL3027', 'RUN apt-get update && \\\n  apt install x', 'apt'],
    ['DL3028', 'RUN true && \\\n  gem install x', 'gem install x'],
    ['DL3033', 'RUN dnf install -y a && \\\n  yum install -y b', 'b'],
    ['DL3041', 'RUN dnf install -y a-1.2 \\\n  b-libs', 'b-libs'],
    ['DL3041', 'RUN true && \\\n  dnf $opt install a', 'dnf $opt install a'],
    ['DL3042', 'RUN pip install --no-cache-dir a && \\\n  pip install b', 'pip install b'],
    ['DL3047', 'RUN wget -q x && \\\n  wget y', 'wget y'],
    ['DL3060', 'RUN true; yarn install', 'yarn install'],
    ['DL4001', 'RUN true && \\\n  curl x', 'curl x'],
    ['DL4006', 'RUN a | b && \\\n  c | d', 'a | b'],
    ['DL4006', 'RUN true && \\\n  a "$(b)" \\\n  | c', 'a "$(b)" \\\n  | c'],
    ['DL4006', 'RUN A=$(true && \\\n  a | b)', 'a | b'],
    ['DL4006', 'RUN for i in $(a | b); do c; done', 'a | b'],
    ['DL4006', 'RUN [ "$(a | b)" = c ]', 'a | b'],
    ['SC2002', 'RUN true && \\\n  cat x | grep y', 'cat x'],
    ['SC2006', 'RUN true && \\\n  echo "`pwd`"', '"`pwd`"'],
    ['SC2015', 'RUN a && \\\n  b || c', 'b'],
    ['SC2016', "RUN echo \"$A\" 'b' \\\n  '$C'", "'$C'"],
    ['SC2028', 'RUN echo a && \\\n  echo "b\\n"', 'echo "b\\n"'],
    ['SC2035', 'RUN rm ./* && \\\n  rm *.deb', '*.deb'],
    ['SC2046', 'RUN make "-j$(nproc)" && A=$(b) && \\\n  make -j$(nproc)', '-j$(nproc)'],
    ['SC2046', 'RUN make -j`nproc`', '-j`nproc`'],
    ['SC2086', 'RUN echo "$A" $? && \\\n  rm -r $B/x', '$B/x'],
    ['SC2086', 'RUN a=1 && echo $a && \\\n  echo $b', '$b'],
    ['SC2086', 'RUN a=1 && \\\n  echo $a', '$a'],
    ['SC2086', 'RUN a="$b"; [[ $c ]]; [ $d = 1 ]', '[ $d = 1 ]'],
    ['SC2086', 'RUN cat x > \\\n  $A', '$A'],
    ['SC2086', 'RUN echo "$(cat \\\n  $A)"', '$A'],
    ['SC2102', 'RUN pip install "a[dev]" \\\n  b[all]', 'b[all]'],
    ['SC2155', 'RUN export A=1 && \\\n  export B=$(c)', 'export B=$(c)'],
    ['SC2164', 'RUN cd /a && b; \\\n  cd /c; d', 'cd /c'],
    ['SC3010', 'RUN [ -e x ] && \\\n  [[ -e y ]]', '[[ -e y ]]'],
    ['SC3009', 'RUN mkdir ${A} \\\n  x/{a,b}', 'x/{a,b}'],
    ['SC3011', 'RUN a && \\\n  cat <<< b', '<<< b'],
    ['SC3037', 'RUN echo a && \\\n  echo -e b', 'echo -e b'],
    ['SC3040', 'RUN set -e && \\\n  set -o pipefail', 'set -o pipefail'],
    ['SC3060', 'RUN echo ${A} \\\n  ${B/v/}', '${B/v/}'],
  ])('%s in %j stands on %j', (code, instruction, expected) => {
    expect(marked(instruction, code)).toBe(expected);
  });

  test.each([
    ['SC2154', 'foo is referenced but not assigned.', 'RUN echo "$bar" && \\\n  echo "$foo"', '"$foo"'],
    ['SC2034', 'foo appears unused. Verify use.', 'RUN bar=1 && \\\n  foo=2', 'foo=2'],
    ['SC3046', "In POSIX sh, 'source' in place of '.' is undefined.", 'RUN a && \\\n  source b', 'source b'],
    ['SC3045', 'In POSIX sh, ulimit -n is undefined.', 'RUN ulimit -c 1 && \\\n  ulimit -n 2', 'ulimit -n 2'],
    ['SC3028', 'In POSIX sh, RANDOM is undefined.', 'RUN a && \\\n  echo "$RANDOM"', '"$RANDOM"'],
    ['SC3044', "In POSIX sh, 'pushd' is undefined.", 'RUN a && \\\n  pushd b', 'pushd b'],
  ])('%s finds what its message names: %s', (code, message, instruction, expected) => {
    expect(marked(instruction, code, message)).toBe(expected);
  });

  test.each([
    ['of a code that is about the whole', 'DL3059', 'RUN a \\\n  b', 'RUN a'],
    ['of a code that nobody knows', 'DL9999', 'RUN a && \\\n  b', 'RUN a &&'],
    ['where nothing is like it', 'DL3003', 'RUN a && \\\n  b', 'RUN a &&'],
    ['where the script cannot be read', 'SC1073', 'RUN if a; \\\n  b', 'RUN if a;'],
    ['of an instruction without a script', 'DL3020', 'ADD a b', 'ADD a b'],
    ['of a list of pairs', 'DL3064', 'ENV A=b \\\n  C=d', 'ENV A=b'],
    ['of a script for later', 'DL3013', 'ONBUILD RUN true && \\\n  pip install a', 'ONBUILD RUN true &&'],
    ['of a here-document', 'DL3059', 'RUN <<EOF\na\nEOF', 'RUN <<EOF'],
    ['of an indented instruction', 'DL3059', '  RUN a \\\r\n  b', 'RUN a'],
  ])('stays on the first line %s', (_, code, instruction, expected) => {
    expect(marked(instruction, code)).toBe(expected);
  });

  it('is found by any line of its instruction, after comments and empty lines', () => {
    const text = '# escape=`\nFROM debian:12\n\n# why\nRUN a && `\n\n  # and\n  cd /x\n';
    const [finding] = hadolintFindings(read(text), [report('DL3003', 5)]);
    expect(finding).toMatchObject({
      file: 'Dockerfile',
      rule: 'DL3003',
      severity: 'warning',
      message: 'It is so',
    });
    expect(text.slice(finding?.start, finding?.end)).toBe('cd /x');
  });

  it.each(['', 'FROM debian:12', '\n\n'])('stays inside of %j, whatever the line', (text) => {
    for (const line of [0, 1, 2, 9]) {
      const [finding] = hadolintFindings(read(text), [
        report('DL3008', line),
        report('DL1000', line, 'x', 80),
      ]);
      expect(finding?.start).toBeLessThanOrEqual(text.length);
      expect(finding?.end).toBeLessThanOrEqual(text.length);
      expect(finding?.end).toBeGreaterThanOrEqual(finding?.start ?? 0);
    }
  });

  it('is one where hadolint repeats itself, and one of several of an instruction stand in order', () => {
    const text = 'FROM debian:12\nRUN cd /x && apt-get install a\n';
    const reports = [report('DL3008', 2), report('DL3003', 2), report('DL3003', 2)];
    expect(hadolintFindings(read(text), reports).map(({ rule }) => rule)).toEqual(['DL3003', 'DL3008']);
  });

  it('has a message of one line', () => {
    const text = 'FROM debian:12\n';
    const [finding] = hadolintFindings(read(text), [
      report('DL3007', 1, `a\n\u001b[31m b${'c'.repeat(600)}`),
    ]);
    expect(finding?.message).toMatch(/^a \[31m bc{492}…$/);
  });

  it('of what hadolint cannot read is a hint: whether BuildKit can is said elsewhere', () => {
    const text = 'FROM debian:12\nRUN --new=1 a\n';
    const [finding] = hadolintFindings(read(text), [
      { ...report('DL1000', 2, "unexpected '-'\nexpecting x", 5), level: 'error' },
    ]);
    expect(finding).toMatchObject({
      severity: 'info',
      message: "hadolint cannot read this, so it checked nothing in this file: unexpected '-' expecting x",
    });
    expect(text.slice(finding?.start, finding?.end)).toBe('--new=1 a');
  });

  it('about a script that is for PowerShell is left out when it is by ShellCheck', () => {
    const text = 'FROM debian:12\nSHELL ["powershell"]\nRUN Get-Item (a)\n';
    const found = hadolintFindings(read(text), [report('SC1088', 3), report('DL3059', 3)]);
    expect(found.map(({ rule }) => rule)).toEqual(['DL3059']);
  });
});

const parent = read('FROM debian:12\nWORKDIR /app\nUSER app\n').stages[0] as LintedStage;

/** Whether a report on the last instruction with a keyword is still there. */
function remainsOf(code: string, keyword: string, text: string): boolean {
  const build = {
    ...{ args: {}, platform: 'linux/amd64', contexts: new Set(['common']), isLocked: false },
    parentOf: (name: string) => (name === 'base' ? parent : null),
  };
  const line = text.split('\n').findLastIndex((one) => one.startsWith(keyword)) + 1;
  const file = readLintedDockerfile(parser, 'Dockerfile', text, build);
  return hadolintFindings(file, [report(code, line)]).length > 0;
}

describe('what hadolint cannot know', () => {
  test.each([
    ['DL3022', 'COPY', 'FROM debian:12\nCOPY --from=common a b\n', false],
    ['DL3022', 'COPY', 'FROM debian:12\nCOPY --from=other a b\n', true],
    ['DL3045', 'COPY', 'FROM base\nCOPY a b\n', false],
    ['DL3045', 'COPY', 'FROM debian:12 AS x\nWORKDIR /a\nFROM x\nCOPY a b\n', false],
    ['DL3045', 'COPY', 'FROM debian:12\nCOPY a b\n', true],
    ['DL3002', 'USER', 'FROM debian:12 AS x\nUSER root\nFROM base\nCOPY --from=x a b\n', false],
    ['DL3002', 'USER', 'FROM debian:12\nUSER root\n', true],
    ['DL3002', 'USER', 'FROM debian:12 AS x\nUSER root\nFROM x\nRUN y\n', true],
  ])('%s at the last %s of %j: %p', (code, keyword, text, isThere) => {
    expect(remainsOf(code, keyword, text)).toBe(isThere);
  });
});

describe('DL3006', () => {
  const remains = (text: string): boolean => remainsOf('DL3006', 'FROM', text);

  test.each([
    'ARG B=python:3.12\nFROM $B\n',
    'ARG V=3.12\nFROM python:${V}\n',
    'ARG V=3.12\nFROM --platform=linux/amd64 "python:${V}-slim" AS x\n',
    'ARG B\nFROM $B\n',
    'FROM python@sha256:0123456789012345678901234567890123456789012345678901234567890123\n',
    'FROM debian:12 AS first\nFROM first\n',
    'ARG S=first\nFROM debian:12 AS first\nFROM ${S}\n',
    'FROM scratch\n',
    'FROM base\n',
  ])('is left out of %j', (text) => {
    expect(remains(text)).toBe(false);
  });

  test.each([
    'FROM python\n',
    'ARG B=python\nFROM $B\n',
    'FROM debian:12 AS first\nFROM second\n',
    'FROM localhost:5000/x\n',
  ])('remains of %j', (text) => {
    expect(remains(text)).toBe(true);
  });
});

describe('mergeHadolint', () => {
  const text = 'FROM debian:12\nRUN pip install a>=1 && \\\n  pip install b>=2\nRUN pip install c\n';
  const file = read(text);
  const rules = [
    { id: 'unquoted-specifier', covers: ['DL3013', 'SC2210'] },
    { id: 'other', covers: [] },
  ];
  const own = (rule: string, at: string, name = 'Dockerfile'): Finding => ({
    ...{
      file: name,
      rule,
      severity: 'error',
      message: 'x',
      start: text.indexOf(at),
      end: text.indexOf(at) + 1,
    },
  });
  const theirs = hadolintFindings(file, [report('DL3013', 2), report('DL3042', 2), report('DL3013', 4)]);
  const merged = (...findings: Finding[]) =>
    mergeHadolint(file, findings, theirs, rules).map(({ rule, start }) => `${rule} ${text[start]}`);

  it('leaves out what a rule said of the same instruction, on whatever line', () => {
    expect(merged(own('unquoted-specifier', 'b>=2'))).toEqual([
      'DL3042 p',
      'unquoted-specifier b',
      'DL3013 c',
    ]);
  });

  it('keeps what no rule said, or one that says something else, or of another file', () => {
    expect(merged()).toEqual(['DL3042 p', 'DL3013 a', 'DL3013 c']);
    expect(merged(own('other', 'b>=2'))).toEqual(['DL3042 p', 'DL3013 a', 'other b', 'DL3013 c']);
    expect(merged(own('unquoted-specifier', 'b>=2', 'compose.yml'))).toContain('DL3013 a');
  });
});

describe('docsOf', () => {
  test.each([
    ['DL3008', 'https://github.com/hadolint/hadolint/wiki/DL3008'],
    ['SC2086', 'https://www.shellcheck.net/wiki/SC2086'],
    ['unquoted-specifier', null],
    ['DL30081', null],
  ])('%s has %j', (rule, page) => {
    expect(docsOf(rule)).toBe(page);
  });
});

describe('readHadolintReports', () => {
  it('keeps what is known of a report', () => {
    const text = JSON.stringify([{ ...report('DL3008', 2), later: true }]);
    expect(readHadolintReports(text)).toEqual([report('DL3008', 2)]);
    expect(readHadolintReports('[]')).toEqual([]);
  });

  test.each([
    ...['', 'null', '{}', '[1]', '[null]', 'Dockerfile:1 DL3006', '[]\n[]'],
    ...[
      { line: '2' },
      { line: -1 },
      { line: 1.5 },
      { column: null },
      { level: 'fatal' },
      { code: 'XX1' },
    ].map((wrong) => JSON.stringify([{ ...report('DL3008', 2), ...wrong }])),
  ])('refuses %j', (text) => {
    expect(readHadolintReports(text)).toBeNull();
  });
});
