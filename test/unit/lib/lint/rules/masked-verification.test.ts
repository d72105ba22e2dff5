import { describe, expect, it } from '@jest/globals';
import { maskedVerification as rule } from '../../../../../actions/lib/lint/rules/masked-verification.ts';
import { findings, marked, mended } from '../../../../support/lint-rule.ts';

const DEBIAN = 'FROM python:3.11-slim-bookworm\n';

describe('masked-verification', () => {
  it.each<[string, readonly string[]]>([
    ['RUN python -c "import phalp" || true', ['python -c "import phalp" || true']],
    ['RUN python3 -c "import torch" || echo "no torch"', ['python3 -c "import torch" || echo "no torch"']],
    ['RUN pip install x 2>/dev/null || :', ['pip install x 2>/dev/null || :']],
    [
      'RUN uv pip install --system x \\\n  || echo skipped >&2 \\\n  && rm -rf /x',
      ['uv pip install --system x \\\n  || echo skipped >&2'],
    ],
    ['RUN <<EOF\nset -e\nconda install -y numpy || true\nEOF', ['conda install -y numpy || true']],
    ['RUN apt-get update && apt-get install -y a || true', ['apt-get install -y a || true']],
    ['RUN pip install a && rm b || true', ['pip install a && rm b || true']],
    ['RUN ./install.sh || ./build.sh || true', ['./build.sh || true']],
    ['RUN pip install a || { echo "failed"; true; }', ['pip install a || { echo "failed"']],
    ['RUN pip install a || (echo failed)', ['pip install a || (echo failed']],
    ['RUN wget -q https://x/$(uname -m).tgz || true', ['wget -q https://x/$(uname -m).tgz || true']],
    [
      'RUN pip install a || true && pip install b || echo no',
      ['pip install a || true', 'pip install b || echo no'],
    ],
    ['RUN if [ -n "$X" ]; then pip install x || true; fi', ['pip install x || true']],
    ['RUN pip install x || exit 0', ['pip install x || exit 0']],
    ['RUN make -j8 2>&1 | tee build.log', ['make -j8 2>&1 | tee build.log']],
    ['RUN pip install x | tail -5 && rm -rf /y', ['pip install x | tail -5']],
    ['RUN ffmpeg -version | head -n 1', ['ffmpeg -version | head -n 1']],
    ['RUN pip install x | grep -v warning | tee log', ['pip install x | grep -v warning | tee log']],
    ['SHELL ["/bin/bash", "-c"]\nRUN pip check | tee log', ['pip check | tee log']],
    [
      'RUN python -c "import a" | cat; set -o pipefail; python -c "import b" | cat',
      ['python -c "import a" | cat'],
    ],
  ])('catches %s', async (text, places) => {
    expect(await marked(rule, `${DEBIAN}${text}\n`)).toEqual(places);
  });

  it.each([
    'RUN rm x || true',
    'RUN apt-get clean || true',
    'RUN apt-get purge -y opencv || echo none',
    'RUN pip install x || exit 1',
    'RUN pip install x || (echo failed && exit 1)',
    'RUN pip install x || { echo "failed"; cat /root/log; exit 1; }',
    'RUN pip install x || { echo retry; pip install -i https://m x; }',
    'RUN pip install x || echo failed; exit 1',
    'RUN pip install x || false',
    'RUN ./install.sh || ./build.sh',
    'RUN pip install a && (rm b || true) && pip install c',
    'RUN rm a || true && pip install b',
    'RUN if python -c "import x" || true; then pip install y; fi',
    'RUN V=$(pip --version || true) && echo $V',
    'RUN gcc --version | cut -d" " -f3 > /version',
    'RUN gcc --version | head -n1 | awk "{print $3}"',
    'RUN if test -x /usr/bin/gcc; then gcc --version | head -n1; fi',
    'RUN make && for f in /lib/a* /lib/b*; do [ -e "$f" ] && cp "$f" /out || true; done',
    'RUN pip install x && if test -e a; then rm a || true; fi',
    'RUN pip install x && case $A in a) rm a || true ;; esac',
    'RUN pip install x && while read a; do rm $a || true; done < b',
    'RUN cmake --help | head',
    'RUN find / -name src | xargs rm -v || true',
    'RUN curl -fsSL https://x/key | gpg --dearmor -o /y',
    'RUN python -c "import x; print(x.a)" | grep True',
    'RUN echo "deb x" | tee /etc/apt/sources.list.d/x.list',
    'RUN set -o pipefail && make | tee log',
    'RUN set -euxo pipefail; make | tee log',
    'SHELL ["/bin/bash", "-eo", "pipefail", "-c"]\nRUN make | tee log',
    'SHELL ["/bin/bash", "-o", "pipefail", "-c"]\nRUN make | tee log',
    'RUN <<EOF\n#!/usr/bin/env -S bash -e -o pipefail\nmake | tee log\nEOF',
    'CMD python -c "import x" || true',
  ])('passes %s', async (text) => {
    expect(await marked(rule, `${DEBIAN}${text}\n`)).toEqual([]);
  });

  it('asks the base for its shell: it is that of the stage below, and unknown where the image is', async () => {
    const bash = 'FROM python:3.11 AS a\nSHELL ["/bin/bash", "-o", "pipefail", "-c"]\n';
    expect(await marked(rule, `${bash}FROM a\nRUN make | tee log\n`)).toEqual([]);
    expect(await marked(rule, `${bash}FROM python:3.11\nRUN make | tee log\n`)).toHaveLength(1);
    expect(await marked(rule, 'FROM example.com/x\nRUN make | tee log\n')).toEqual([]);
    expect(await marked(rule, 'ARG B\nFROM $B\nRUN make | tee log\n')).toEqual([]);
  });

  it.each([
    ['RUN pip install x \\\n  || echo no \\\n  && a', 'RUN pip install x \\\n  && a'],
    ['RUN pip install x 2>/dev/null || true', 'RUN pip install x 2>/dev/null'],
    ['RUN pip install x && cp a b || true', 'RUN pip install x && (cp a b || true)'],
    ['RUN pip install x || (echo no)', 'RUN pip install x || (echo no)'],
    [
      'RUN make | tee a && make b | tee c',
      'SHELL ["/bin/bash", "-o", "pipefail", "-c"]\nRUN make | tee a && make b | tee c',
    ],
  ])('mends %s', async (text, expected) => {
    expect(await mended(rule, `${DEBIAN}${text}\n`)).toBe(`${DEBIAN}${expected}\n`);
  });

  it('finds a program that is only asked for its version less grave', async () => {
    const found = await findings(rule, `${DEBIAN}RUN nvcc --version || true\nRUN pip install x || true\n`);
    expect(found.map(({ severity }) => severity)).toEqual(['info', 'warning']);
  });

  it('tells of what a chain hides', async () => {
    const [found] = await findings(rule, `${DEBIAN}RUN pip install a && rm b || true\n`);
    expect(found?.message).toContain('when "pip install a" fails the build goes on, because of "|| true"');
    expect(found?.message).toContain('in parentheses');
    expect(found?.fix?.safe).toBe(false);
  });
});
