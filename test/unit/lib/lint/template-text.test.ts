// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are Dockerfiles.
import { describe, expect, it } from '@jest/globals';
import { isSomethingElse, isTemplate } from '../../../../actions/lib/lint/template-text.ts';

describe('isTemplate', () => {
  it.each([
    ['an image that is filled in', 'FROM debian:{{ release }}\nRUN true\n'],
    ['one in quotes', 'FROM "{{ image }}"\n'],
    ['one of ERB', 'FROM ruby:<%= version %>\n'],
    ['one between per cent signs', 'FROM alpine:%%ALPINE%%\n'],
    ['one of autoconf', 'FROM @BASE_IMAGE@\n'],
    ['a line of its own', 'FROM a\n{% if gpu %}\nRUN x\n{% endif %}\n'],
    ['a line of Go', 'FROM a\n{{- range .Packages }}\nRUN x\n{{ end }}\n'],
    ['a comment of Jinja', '{# made by make #}\nFROM a\n'],
    ['what a step runs', 'FROM a\nRUN {{InsertTemplate("install")}}\n'],
    ['what is filled in behind a line break', 'FROM a\nENV \\\n    {{InsertTemplate("envs")}}\n'],
    ['a placeholder alone', 'FROM a\n%%INSTALL%%\n'],
  ])('knows %s', (_, text) => expect(isTemplate(text)).toBe(true));

  it.each([
    ['a digest', 'FROM a@sha256:0000000000000000000000000000000000000000000000000000000000000000\n'],
    ['variables', 'ARG BASE\nFROM ${BASE}:${TAG:-1}\nRUN echo ${#BASE} ${BASE%%-*}\n'],
    [
      'a format for a program',
      "FROM a\nRUN docker ps --format '{{ .Names }}' && dpkg-query -f '${Version}%%'\n",
    ],
    ['a group of a shell', 'FROM a\nRUN { true; { false; } }\n'],
    ['a label that is filled in later', 'FROM a\nLABEL url="https://a/{{ version }}"\n'],
    [
      'a template that a step writes',
      'FROM a\nRUN <<EOF cat > /a.j2\n{% if a %}\n{{ b }}\n{% endif %}\nEOF\n',
    ],
    ['a comment', '# {{ generated }}\n# {% if %}\nFROM a\n'],
  ])('passes over %s', (_, text) => expect(isTemplate(text)).toBe(false));
});

describe('isSomethingElse', () => {
  it.each([
    ['Dockerfile.common', 'ENV A=1\n', true],
    ['parts/cuda.Dockerfile', '# nothing but\n# comments\n', true],
    ['Dockerfile.common', 'FROM a\n', false],
    ['Dockerfile.common', 'ARG A=1\nfrom ${A}\n', false],
    ['Dockerfile.x', 'let a =\n  if b\n"\nFROM a\nRUN c\n"\nin\na\n', true],
    ['Dockerfile.x', 'FORM a\nRUN b\nRUNN c\nFROM d\nCMD e\n', false],
    ['Dockerfile', 'let a =\n"\nFROM a\n"\nin\n', false],
    ['Dockerfile', 'RUN true\n', false],
    ['a/Containerfile', '', false],
  ])('%s with %j: %s', (path, text, is) => expect(isSomethingElse(path, text)).toBe(is));
});
