import { describe, expect, it } from '@jest/globals';
import { argBeforeFrom as rule } from '../../../../../actions/lib/lint/rules/arg-before-from.ts';
import { findings, marked, mended } from '../../../../support/lint-rule.ts';

describe('arg-before-from', () => {
  it.each<[string, readonly string[]]>([
    ['RUN pip install "torch==$V"', ['$V']],
    [`RUN pip install torch==\${V} && echo $V`, [`\${V}`]],
    ['RUN if [ "$V" = 1 ]; then a; fi', ['$V']],
    ['RUN case $V in 1) a ;; esac', ['$V']],
    ['RUN for i in $V; do a; done', ['$V']],
    ['RUN echo $((V + 1)) $(($V + 1))', ['$V']],
    ['COPY app-$V /app', ['$V']],
    [`ENV VERSION=\${V}`, [`\${V}`]],
    ['RUN a\nARG V\nRUN b', []],
    ['RUN echo $V\nARG V\nRUN echo $V', ['$V']],
    ['RUN <<EOF\nset -e\nwget https://x/$V\nEOF', ['$V']],
  ])('looks at %s', async (text, places) => {
    expect(await marked(rule, `ARG V=1\nFROM python:3.11\n${text}\n`)).toEqual(places);
  });

  it.each([
    'ARG V=1\nFROM python:$V\nRUN a',
    'ARG V=1\nFROM python:3.11\nARG V\nRUN echo $V',
    'ARG V=1\nFROM python:3.11\nENV V=2\nRUN echo $V',
    'ARG V=1\nFROM python:3.11 AS a\nARG V\nFROM a\nRUN echo $V',
    'ARG V=1\nFROM python:3.11\nRUN V=2 && echo $V',
    'ARG V=1\nFROM python:3.11\nRUN for V in a b; do echo $V; done',
    'ARG V=1\nFROM python:3.11\nRUN read V && echo $V',
    `ARG V=1\nFROM python:3.11\nRUN echo \${V:-2}`,
    "ARG V=1\nFROM python:3.11\nRUN echo '$V'",
    'ARG V=1\nFROM python:3.11\nRUN --mount=type=secret,id=v,env=V echo $V',
    'ARG V=1\nFROM python:3.11\nRUN . /etc/os-release && echo $V',
    'ARG V=1\nFROM python:3.11\nRUN eval "$(x)" && echo $V',
    'FROM python:3.11 AS a\nENV V=1\nFROM debian\nRUN echo $V',
    'ARG CUDA_VERSION=12.4.1\nFROM nvidia/cuda:$CUDA_VERSION-devel-ubuntu22.04\nRUN echo $CUDA_VERSION',
    'FROM python:3.11\nRUN echo $V',
    'ARG V=1\nFROM python:3.11\nCMD echo $V',
  ])('passes %s', async (text) => {
    expect(await marked(rule, `${text}\n`)).toEqual([]);
  });

  it('finds what is declared in another stage, on any image', async () => {
    const text =
      'ARG BASE\nFROM $BASE AS a\nARG V=1\nRUN echo $V\nFROM $BASE\nRUN echo $V\nFROM a\nRUN echo $V\n';
    const [found, ...others] = await findings(rule, text);
    expect(found).toMatchObject({
      start: text.indexOf('$V\nFROM a'),
      message: expect.stringContaining('in another stage alone'),
    });
    expect(others).toEqual([]);
    expect(await marked(rule, 'ARG V=1\nFROM example.com/x:$V\nRUN echo $V\n')).toEqual(['$V']);
  });

  it('finds what BuildKit gives to those who name it', async () => {
    const text = 'FROM debian:12\nRUN if [ "$TARGETARCH" = arm64 ]; then a; fi\nCOPY bin/$TARGETOS /\n';
    expect(await marked(rule, text)).toEqual(['$TARGETARCH', '$TARGETOS']);
    expect((await findings(rule, text))[0]?.message).toContain('"TARGETARCH" is declared nowhere, and empty');
    const own = 'FROM --platform=$BUILDPLATFORM debian:12\nRUN TARGETARCH=$(arch) && echo $TARGETARCH\n';
    expect(await marked(rule, own)).toEqual([]);
    expect(await marked(rule, 'FROM debian:12\nARG TARGETARCH\nRUN echo $TARGETARCH\n')).toEqual([]);
  });

  it('declares it in the stage', async () => {
    const text = 'ARG V=1\nFROM python:3.11 AS a\n# why\nRUN echo $V\n';
    expect(await mended(rule, text)).toBe('ARG V=1\nFROM python:3.11 AS a\nARG V\n# why\nRUN echo $V\n');
    expect((await findings(rule, text))[0]?.fix?.safe).toBe(false);
  });
});
