// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of shells
import { describe, expect, it } from '@jest/globals';
import { variableNeverSet as rule } from '../../../../../actions/lib/lint/rules/variable-never-set.ts';
import { findings, marked } from '../../../../support/lint-rule.ts';

describe('variable-never-set', () => {
  it.each<[string, readonly string[]]>([
    ['FROM ubuntu:24.04\nRUN apt-get install -y "python${PYTHON_VERSION}-dev"', ['${PYTHON_VERSION}']],
    ['FROM debian:12\nRUN wget https://x/v$VERSION.tar.gz && tar xf v$VERSION.tar.gz', ['$VERSION']],
    ['FROM debian:12 AS a\nFROM a\nRUN cp x $DEST_DIR/', ['$DEST_DIR']],
    [
      'FROM nvidia/cuda:12.4.1-devel-ubuntu22.04\nRUN ls python$PYTHON_VERSION /cuda-$CUDA_VERSION',
      ['$PYTHON_VERSION'],
    ],
    ['FROM python:3.11\nRUN if [ -f /opt/$NAME ]; then a; fi', ['$NAME']],
    ['FROM python:3.11\nRUN for i in /opt/$NAME/*; do a; done', ['$NAME']],
    ['FROM alpine:3.20\nRUN cat > /x <<EOF\nexec /opt/$NAME\nEOF', ['$NAME']],
    ['FROM alpine:3.20\nRUN <<EOF\nexec /opt/$NAME\nEOF', ['$NAME']],
  ])('looks at %s', async (text, places) => {
    expect(await marked(rule, `${text}\n`)).toEqual(places);
  });

  it.each([
    'FROM debian:12\nRUN make $EXTRA "$MORE" --x=$VALUE -j$NPROC',
    'FROM debian:12\nRUN export PYTHONPATH=/x:$PYTHONPATH CFLAGS="$CFLAGS -O2" && a/$CFLAGS x$ARCH_SUFFIX.tar',
    'FROM debian:12\nRUN cp x ${NAME:-y}/ && cp x ${OTHER:=y}/ && cp x $OTHER/',
    'FROM debian:12\nRUN NAME=1 && cp x $NAME/',
    'FROM debian:12\nRUN export NAME=1\nRUN cp x $NAME/',
    'FROM debian:12\nRUN for NAME in a b; do cp x $NAME/; done; read LINE; cp x $LINE/',
    'FROM debian:12\nRUN . /etc/os-release && cp x $VERSION_CODENAME/',
    'FROM debian:12\nRUN cp x $HOME/ $PWD/x /$HOSTNAME a$TARGETARCH',
    "FROM debian:12\nRUN echo 'a/$NAME' && cp x \\$NAME/",
    'FROM debian:12\nRUN cp x $name/ $1/',
    'FROM debian:12\nENV NAME=1\nRUN cp x $NAME/',
    'FROM debian:12 AS a\nARG NAME\nFROM a\nRUN cp x $NAME/',
    'FROM debian:12\nRUN cp x $NAME/\nARG NAME',
    'FROM debian:12\nSHELL ["/bin/bash", "-lc"]\nRUN cp x $NAME/',
    'FROM debian:12\nENV BASH_ENV=/x\nRUN cp x $NAME/',
    'FROM debian:12\nRUN --mount=type=secret,id=x,env=NAME cp x $NAME/',
    'FROM python:3.11\nRUN cp x $PYTHON_VERSION/',
    'FROM openjdk:8\nRUN cp x $JAVA_HOME/',
    'ARG BASE\nFROM $BASE\nRUN cp x $NAME/',
  ])('passes %s', async (text) => {
    expect(await marked(rule, `${text}\n`)).toEqual([]);
  });

  it('says what to write', async () => {
    const [found] = await findings(rule, 'FROM debian:12\nRUN cp x $NAME/\n');
    expect(found?.message).toBe(
      'nothing sets "NAME", which is empty here; declare it with "ARG NAME=…" or "ENV NAME=…"',
    );
  });
});
