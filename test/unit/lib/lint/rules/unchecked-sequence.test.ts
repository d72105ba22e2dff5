import { describe, expect, it } from '@jest/globals';
import { uncheckedSequence as rule } from '../../../../../actions/lib/lint/rules/unchecked-sequence.ts';
import { findings, marked, mended } from '../../../../support/lint-rule.ts';

const UBUNTU = 'FROM ubuntu:24.04\n';

describe('unchecked-sequence', () => {
  it.each<[string, readonly string[]]>([
    ['RUN apt-get update; apt-get install -y a; rm -rf /x', ['apt-get install -y a']],
    ['RUN apt-get update && apt-get install -y a && b; rm -rf /x', ['apt-get install -y a']],
    ['RUN python -c "import x"; exit 0', ['python -c "import x"']],
    ['RUN pip install a \\\n  ; pip install b', ['pip install a']],
    ['RUN <<EOF\napt-get update\napt-get install -y a\nrm -rf /x\nEOF', ['apt-get install -y a']],
    ['RUN <<EOF\n#!/bin/bash\npip install x > log\necho done\nEOF', ['pip install x > log']],
    ['RUN <<EOF bash\npip install a\necho\nEOF', ['pip install a']],
    ['RUN bash -e <<EOF\npip install a\necho\nEOF', []],
    ['SHELL ["/bin/bash", "-c"]\nRUN make; make install', ['make']],
    ['RUN set -e; pip install a; set +e; pip install b; echo', ['pip install b']],
  ])('looks at %s', async (text, places) => {
    expect(await marked(rule, `${UBUNTU}${text}\n`)).toEqual(places);
  });

  it.each([
    'RUN apt-get update && apt-get install -y a && rm -rf /x',
    'RUN set -e; apt-get install -y a; rm -rf /x',
    'RUN set -eux \\\n  ; apt-get install -y a \\\n  ; rm -rf /x',
    'RUN set -o errexit; make; make install',
    'RUN rm a; pip install b',
    'RUN pip install a;',
    'RUN <<EOF\nset -ex\npip install a\necho\nEOF',
    'RUN <<EOF\n#!/bin/bash -e\npip install a\necho\nEOF',
    'SHELL ["/bin/bash", "-euo", "pipefail", "-c"]\nRUN pip install a; echo',
    'RUN pip install a; if [ $? -ne 0 ]; then exit 1; fi',
    'RUN pip install a; status=$?; rm -rf /x; exit $status',
    'RUN apt-get install -y a && if [ x = y ]; then b; fi && c',
    'RUN if a; then pip install b; fi; echo',
    'RUN case $X in a) exit 1 ;; esac && pip install a && b',
    'RUN pip install $(cat a; cat b) && c',
    'RUN pip install a || exit 1; rm b',
    'RUN python --version; echo',
    'RUN ((',
  ])('passes %s', async (text) => {
    expect(await marked(rule, `${UBUNTU}${text}\n`)).toEqual([]);
  });

  it('keeps silent where the base image may have set a shell', async () => {
    expect(await marked(rule, 'ARG B\nFROM $B\nRUN make; echo\n')).toEqual([]);
    expect(await marked(rule, 'FROM mambaorg/micromamba:2.0\nRUN make; echo\n')).toEqual([]);
    expect(await marked(rule, 'FROM nvidia/cuda:12.4.1-devel-ubuntu22.04\nRUN make; echo\n')).toEqual([
      'make',
    ]);
  });

  it('speaks once of an instruction', async () => {
    const found = await findings(rule, `${UBUNTU}RUN make; make test; make install; rm -rf /x\n`);
    expect(found).toHaveLength(1);
    expect(found[0]?.message).toContain('and so may 2 more behind it');
  });

  it.each([
    ['RUN make; make install', 'RUN set -e; make; make install'],
    [
      'RUN --mount=type=cache,target=/x \\\n  make; make install',
      'RUN --mount=type=cache,target=/x \\\n  set -e; make; make install',
    ],
    ['RUN <<EOF\nmake\nmake install\nEOF', 'RUN <<EOF\nset -e\nmake\nmake install\nEOF'],
    [
      'RUN <<EOF\n#!/bin/sh\n\nmake\nmake install\nEOF',
      'RUN <<EOF\n#!/bin/sh\n\nset -e\nmake\nmake install\nEOF',
    ],
  ])('mends %s', async (text, expected) => {
    expect(await mended(rule, `${UBUNTU}${text}\n`)).toBe(`${UBUNTU}${expected}\n`);
  });
});
