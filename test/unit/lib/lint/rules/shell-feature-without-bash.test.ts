import { describe, expect, it } from '@jest/globals';
import { shellFeatureWithoutBash as rule } from '../../../../../actions/lib/lint/rules/shell-feature-without-bash.ts';
import { findings, marked, mended } from '../../../../support/lint-rule.ts';

const UBUNTU = 'FROM ubuntu:22.04\n';

describe('shell-feature-without-bash', () => {
  it.each<[string, readonly string[]]>([
    ['RUN source /opt/venv/bin/activate && pip install x', ['source /opt/venv/bin/activate']],
    ['RUN a \\\n  && source b.sh \\\n  && source c.sh', ['source b.sh']],
    ['RUN <<EOF\nset -e\nif [[ -n $A ]]; then b; fi\nEOF', ['[[ -n $A ]]']],
    ['RUN cat <<< "$A"', ['<<< "$A"']],
    ['RUN set -euxo pipefail; a | b', ['set -euxo pipefail']],
    ['RUN a=(b c) && d', ['(b c)']],
    ['RUN diff <(a) <(b)', ['<(a)']],
    ['RUN pip install x &> log', ['&> log']],
    [`RUN echo \${A:0:1} \${B//x/y}`, [`\${A:0:1}`, `\${B//x/y}`]],
    ['RUN mkdir -p /x/{a,b} && touch "/x/{c,d}"', ['/x/{a,b}']],
    ['RUN echo -e "a\\nb" > /etc/x', ['echo -e "a\\nb" > /etc/x']],
    ['SHELL ["/bin/sh", "-c"]\nRUN source a', ['source a']],
  ])('catches %s', async (text, places) => {
    expect(await marked(rule, `${UBUNTU}${text}\n`)).toEqual(places);
  });

  it.each([
    'RUN . /opt/venv/bin/activate',
    'RUN if [ -n "$A" ]; then b; fi',
    'RUN bash -c "source a && [[ -n b ]]"',
    'RUN set -eux; a',
    'RUN /bin/echo -e "a\\nb" > /etc/x',
    'RUN echo -n a && printf "%s\\n" b',
    'RUN a > log 2>&1 && b &',
    `RUN echo \${A:-b} \${A:+c} \${A%%.*} \${#A}`,
    'RUN awk "{print}" a && curl https://x/{a,b} && echo {}',
    'RUN apt-get install -y a && find . -exec rm {} +',
    'SHELL ["/bin/bash", "-c"]\nRUN source a',
    'RUN <<EOF\n#!/bin/bash\nsource a\nEOF',
    'RUN bash <<EOF\nsource a\nEOF',
    'RUN <<EOF bash\nsource a\nEOF',
    'RUN ln -sf /bin/bash /bin/sh\nRUN source a',
    'CMD source a',
  ])('passes %s', async (text) => {
    expect(await marked(rule, `${UBUNTU}${text}\n`)).toEqual([]);
  });

  it('knows which shell a base image has', async () => {
    const of = (base: string) => marked(rule, `ARG B\nFROM ${base}\nRUN source a\n`);
    expect(await of('nvidia/cuda:12.4.1-devel-ubuntu22.04')).toHaveLength(1);
    expect(await of('pytorch/pytorch:2.6.0-cuda12.4-cudnn9-devel')).toHaveLength(1);
    expect(await of('python:3.11-slim')).toHaveLength(1);
    expect(await of('nvidia/cuda:12.4.1-devel-ubi9')).toEqual([]);
    expect(await of('alpine:3.20')).toEqual([]);
    expect(await of('example.com/ubuntu:22.04')).toEqual([]);
    expect(await of('$B')).toEqual([]);
  });

  it('knows which release has pipefail', async () => {
    const of = (base: string) => marked(rule, `FROM ${base}\nRUN set -o pipefail; a | b\n`);
    expect(await of('debian:12')).toHaveLength(1);
    expect(await of('ubuntu:24.04')).toHaveLength(1);
    expect(await of('debian:13')).toEqual([]);
    expect(await of('ubuntu:25.04')).toEqual([]);
    expect(await of('pytorch/pytorch:2.6.0-cuda12.4-cudnn9-devel')).toEqual([]);
  });

  it('takes what prints or names something else for less grave', async () => {
    const found = await findings(
      rule,
      `${UBUNTU}RUN echo -e a\nRUN rm -rf /x/{a,b}\nRUN source a\nRUN if a &>/dev/null; then b; fi\nRUN a &>b\n`,
    );
    expect(found.map(({ severity }) => severity)).toEqual([
      'warning',
      'warning',
      'error',
      'warning',
      'error',
    ]);
  });

  it('lets bash run it', async () => {
    const text = `${UBUNTU}RUN source a && cat <<< b\nRUN c\n`;
    expect(await mended(rule, text)).toBe(
      `${UBUNTU}SHELL ["/bin/bash", "-c"]\nRUN source a && cat <<< b\nRUN c\n`,
    );
  });
});
