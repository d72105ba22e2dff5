import { describe, expect, it } from '@jest/globals';
import { pythonVersionMismatch as rule } from '../../../../../actions/lib/lint/rules/python-version-mismatch.ts';
import { findings, marked } from '../../../../support/lint-rule.ts';

const WHEEL = 'https://x.example/flash_attn-2.8.3%2Bcu12torch2.8-cp310-cp310-linux_x86_64.whl';
const LIB = '/usr/local/lib/python3.11/site-packages';
const APT = 'RUN apt-get install -y python3-pip';

describe('python-version-mismatch', () => {
  it.each<[string, readonly string[]]>([
    [`FROM python:3.11-slim\nRUN pip install ${WHEEL}`, [WHEEL]],
    [`FROM python:3.11.4\nRUN apt-get update && \\\n  pip install \\\n    "${WHEEL}"`, [`"${WHEEL}"`]],
    [`FROM nvidia/cuda:12.8.1-devel-ubuntu24.04\n${APT}\nRUN pip3 install ${WHEEL}`, [WHEEL]],
    [`FROM a\nRUN python3.9 -m pip install ${WHEEL}`, [WHEEL]],
    [
      'FROM python:3.8\nRUN pip install ./x-1.0-cp39-abi3-manylinux_2_17_x86_64.whl',
      ['./x-1.0-cp39-abi3-manylinux_2_17_x86_64.whl'],
    ],
    [`FROM python:3.11 AS a\nFROM a\nRUN <<EOF\nuv pip install --system ${WHEEL}\nEOF`, [WHEEL]],
    [
      `FROM python:3.11 AS b\nFROM python:3.12-slim\nCOPY --from=b ${LIB} ${LIB}`,
      [`COPY --from=b ${LIB} ${LIB}`],
    ],
    [`FROM python:3.12 AS b\nFROM python:3.12\nCOPY --from=b ${LIB} /x`, [`COPY --from=b ${LIB} /x`]],
    [
      'FROM ubuntu:22.04\nRUN add-apt-repository ppa:deadsnakes/ppa && apt-get install -y python3.11 python3-pip\nRUN pip install x',
      ['pip install x'],
    ],
  ])('catches %s', async (text, places) => {
    expect(await marked(rule, `${text}\n`)).toEqual(places);
  });

  it.each([
    `FROM python:3.10-slim\nRUN pip install ${WHEEL}`,
    `FROM ubuntu:22.04\n${APT}\nRUN pip install ${WHEEL}`,
    `FROM a\nRUN python3.10 -m pip install ${WHEEL}`,
    `FROM a\nRUN pip install ${WHEEL}`,
    `ARG V\nFROM python:$V\nRUN pip install ${WHEEL}`,
    `FROM python:3.12\nRUN uv venv -p 3.10 && uv pip install ${WHEEL}`,
    `FROM ubuntu:24.04\nENV PATH=/opt/conda/bin:$PATH\nRUN pip install ${WHEEL}`,
    'FROM python:3.12\nRUN pip install x-1-cp37-abi3-linux_x86_64.whl y-1-py3-none-any.whl',
    'FROM python:3.12\nRUN pip install x-1-cp310.cp312-none-linux_x86_64.whl',
    `FROM python:3.12\nRUN pip install --target /x --python-version 3.10 ${WHEEL}`,
    `FROM python:3.11 AS b\nFROM python:3.11-slim\nCOPY --from=b ${LIB} ${LIB}`,
    `FROM python:3.11 AS b\nFROM gcr.io/distroless/cc\nCOPY --from=b ${LIB} ${LIB}`,
    `FROM python:3.11 AS b\nFROM python:3.12\nENV PYTHONPATH=${LIB}\nCOPY --from=b ${LIB} ${LIB}`,
    'FROM ubuntu:22.04\nRUN apt-get install -y python3.11 python3-pip\nRUN python3.11 -m pip install x',
    'FROM ubuntu:22.04\nRUN apt-get install -y python3.11 python3-pip && update-alternatives --install a b c 1\nRUN pip install x',
    'FROM ubuntu:22.04\nRUN apt-get install -y python3.10 python3-pip\nRUN pip install x',
    'FROM ubuntu:22.04\nRUN apt-get install -y python3.11 python3.11-venv && python3.11 -m venv /v && /v/bin/pip install x',
  ])('passes %s', async (text) => {
    expect(await marked(rule, `${text}\n`)).toEqual([]);
  });

  it('names both versions', async () => {
    const [wheel] = await findings(rule, `FROM python:3.11-slim\nRUN pip install ${WHEEL}\n`);
    expect(wheel?.message).toContain(
      'is for Python 3.10, and pip refuses it for the Python 3.11 of python:3.11-slim',
    );
    expect(wheel?.severity).toBe('error');
    const [copy] = await findings(
      rule,
      `FROM python:3.11 AS b\nFROM python:3.12\nCOPY --from=b ${LIB} ${LIB}\n`,
    );
    expect(copy?.severity).toBe('warning');
  });
});
