import { describe, expect, it } from '@jest/globals';
import { installsInto, installsOf, optionValues } from '../../../../actions/lib/lint/installs.ts';
import { factsOf, finalStage, type LintedBuild } from '../../../../actions/lib/lint/linted-dockerfile.ts';
import { loadShellGrammar } from '../../../../actions/lib/lint/load-shell-grammar.ts';
import { readLintedDockerfile } from '../../../../actions/lib/lint/read-linted-dockerfile.ts';

const grammar = await loadShellGrammar();
const read = (text: string, build?: Partial<LintedBuild>) =>
  readLintedDockerfile(grammar, 'Dockerfile', text, {
    ...{ args: null, platform: 'linux/amd64', contexts: new Set(), isLocked: false, parentOf: () => null },
    ...build,
  });
const commandsIn = (text: string) =>
  read(text).stages.flatMap(({ instructions }) => instructions.flatMap(({ shell }) => shell?.commands ?? []));

describe('readLintedDockerfile', () => {
  it('knows where each command stands, across continuations, comments and CRLF', () => {
    const text =
      '\ufeffFROM a\r\n  RUN --mount=type=cache,target=/x apt-get update \\\r\n# why\r\n\r\n    && pip install "b>1" \\\r\n c\r\n';
    const places = commandsIn(text).map(({ start, end }) => text.slice(start, end));
    expect(places).toEqual(['apt-get update', 'pip install "b>1" \\\r\n c']);
    const [instruction] = read(text).stages[0]?.instructions ?? [];
    expect(text.slice(instruction?.start, instruction?.end)).toMatch(/^RUN --mount.* c$/s);
  });

  it('joins a word that goes on in the next line', () => {
    const text = 'FROM a\nRUN ec\\\nho hi\n';
    const [command] = commandsIn(text);
    expect(command?.name).toBe('echo');
    expect(text.slice(command?.start, command?.end)).toBe('ec\\\nho hi');
  });

  it.each([
    ['RUN <<EOF\na b\nc\nEOF', ['a', 'c']],
    ['RUN <<EOF bash -e\na\nEOF', ['a']],
    ["RUN bash <<'EOF'\na\nEOF", ['a']],
    ['RUN cat <<EOF > x\na\nEOF', ['cat']],
    ['RUN <<EOF\n#!/usr/bin/env python3\nimport x\nEOF', []],
    ['RUN <<EOF\n#!/bin/bash\na\nEOF', ['a']],
    ['RUN ["a", "b"]', []],
    ['HEALTHCHECK --interval=5s CMD curl -f x || exit 1', ['curl', 'exit']],
    ['HEALTHCHECK NONE', []],
    ['CMD exec a', ['exec']],
    ['SHELL ["powershell", "-Command"]\nRUN a', []],
    ['SHELL ["/bin/bash", "-c"]\nRUN a', ['a']],
    ['ENTRYPOINT a', ['a']],
  ])('reads the script of %j', (instruction, names) => {
    expect(commandsIn(`FROM x\n${instruction}\n`).map(({ name }) => name)).toEqual(names);
  });

  it('fills in variables, stage by stage', () => {
    const text = 'ARG V=3.11\nFROM python:$V-slim AS b\nENV A=1\nFROM b\nARG V\nARG W=$A\nRUN x\n';
    const file = read(text);
    const last = finalStage(file);
    const run = last?.instructions.at(-1);
    expect([...(run?.variables ?? [])].filter(([name]) => /^[AVW]$/.test(name))).toEqual([
      ['A', '1'],
      ['V', '3.11'],
      ['W', '1'],
    ]);
    expect(last && factsOf(last)?.python).toBe('3.11');
    expect(file.problems).toEqual([]);
  });

  it('takes an ARG without a default for given, unless it is known how the file is built', () => {
    const text = 'ARG BASE\nFROM $BASE\nARG X\nRUN pip install $X\n';
    expect(read(text).problems).toEqual([]);
    expect(read(text).stages[0]?.base).toEqual({ kind: 'unknown', written: '$BASE' });
    expect(read(text, { args: {} }).problems).toMatchObject([{ code: 'dockerfile/arg-without-value' }]);
    expect(read(text, { args: { BASE: null } }).problems).toEqual([]);
    const given = read(text, { args: { BASE: 'debian:12', X: 'torch==2.4' } });
    expect(installsInto(given.stages[0] as never)[0]?.packages).toMatchObject([
      { name: 'torch', constraint: '==2.4' },
    ]);
    expect(read('FROM $BASE\n').problems).toMatchObject([{ code: 'dockerfile/arg-without-value' }]);
  });

  it('goes on in the file that makes the base', () => {
    const parent = finalStage(read('FROM debian:12\nRUN apt-get install -y curl\n'));
    const file = read('FROM ghcr.io/a/base\nRUN pip install x\n', { parentOf: () => parent });
    const last = finalStage(file);
    expect(last && installsInto(last).map(({ packages }) => packages[0]?.name)).toEqual(['curl', 'x']);
    expect(last && factsOf(last)?.distribution).toEqual({ name: 'debian', release: '12' });
  });

  it.each([
    '',
    'RUN x',
    'FROM',
    'FROM a\nRUN <<EOF\nx',
    '\0\0',
    'FROM a\nFOO bar\n',
    'FROM a b c\n',
    '{"a":1}',
  ])('says something of %j', (text) => {
    expect(read(text).problems.length).toBeGreaterThan(0);
  });
});

describe('installsOf', () => {
  const installs = (run: string) =>
    (read(`FROM a\nENV V=2.1\nRUN ${run}\n`).stages[0]?.instructions ?? []).flatMap(installsOf);

  it.each<[string, string, readonly string[]]>([
    [
      'apt-get update && apt-get install -y --no-install-recommends curl=7 libgl1',
      'apt',
      ['curl =7', 'libgl1 '],
    ],
    ['apt-get -y -o X=1 install git', 'apt', ['git ']],
    ['sudo apt install -t bookworm-backports gcc', 'apt', ['gcc ']],
    ['apk add --no-cache -t dev gcc', 'apk', ['gcc ']],
    [
      'pip3.11 install "Torch_Vision>=1,<2" x[a,b]==3 torch==$V',
      'pip',
      ['torch-vision >=1,<2', 'x [a,b]==3', 'torch ==2.1'],
    ],
    ['python3 -m pip install --index-url https://x/y a', 'pip', ['a ']],
    ['uv pip install --system a', 'pip', ['a ']],
    ['/opt/venv/bin/pip install -r r.txt a', 'pip', ['a ']],
    ['PIP_NO_CACHE_DIR=1 env A=1 pip install a', 'pip', ['a ']],
    ['micromamba install -y -n base -c conda-forge python=3.11', 'conda', ['python =3.11']],
    ['npm install -g @a/b@1.2 c', 'npm', ['@a/b 1.2', 'c ']],
    ['dnf install -y gcc', 'dnf', ['gcc ']],
  ])('%s', (run, manager, packages) => {
    const [install] = installs(run);
    expect(install?.manager).toBe(manager);
    expect(install?.packages.map(({ name, constraint }) => `${name} ${constraint}`)).toEqual(packages);
  });

  it.each([
    'apt-get update',
    'pip freeze',
    'apk del gcc',
    'npm ci',
    'echo apt-get install x',
    'pip download x',
  ])('nothing in %s', (run) => {
    expect(installs(run)).toEqual([]);
  });

  it('keeps options with their values, and what is no name apart', () => {
    const [install] = installs(
      'pip install --index-url=https://x -r a.txt -r b.txt ./here git+https://y/z $U',
    );
    expect(install && optionValues(install, '--index-url', '-i')).toEqual(['https://x']);
    expect(install && optionValues(install, '-r')).toEqual(['a.txt', 'b.txt']);
    expect(install?.others.map(({ raw }) => raw)).toEqual(['./here', 'git+https://y/z', '$U']);
  });
});
