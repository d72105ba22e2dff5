import { describe, expect, it } from '@jest/globals';
import { externallyManagedPython as rule } from '../../../../../actions/lib/lint/rules/externally-managed-python.ts';
import { findings, marked, mended } from '../../../../support/lint-rule.ts';

const APT = 'RUN apt-get update && apt-get install -y python3-pip';

describe('externally-managed-python', () => {
  it.each<[string, readonly string[]]>([
    [`FROM debian:12\n${APT}\nRUN pip install torch`, ['pip install torch']],
    [
      `FROM nvidia/cuda:12.8.1-runtime-ubuntu24.04\n${APT} && \\\n  python3 -m pip install \\\n torch`,
      ['python3 -m pip install \\\n torch'],
    ],
    [
      `FROM ubuntu:24.04 AS a\n${APT}\nFROM a\nRUN <<EOF\nset -e\npip3 install --user x\nEOF`,
      ['pip3 install --user x'],
    ],
    [
      `FROM debian:trixie-slim\n${APT}\nENV PATH=/usr/local/cuda/bin:$PATH\nRUN cd /x && pip install -r requirements.txt`,
      ['pip install -r requirements.txt'],
    ],
    [
      'FROM ubuntu:24.04\nRUN apt-get install -y python3 && uv pip install --system x',
      ['uv pip install --system x'],
    ],
    [`FROM debian:12\n${APT}\nRUN sudo pip install --upgrade pip`, ['sudo pip install --upgrade pip']],
  ])('catches %s', async (text, places) => {
    expect(await marked(rule, `${text}\n`)).toEqual(places);
  });

  it.each([
    `FROM debian:11\n${APT}\nRUN pip install x`,
    `FROM nvidia/cuda:12.4.1-devel-ubuntu22.04\n${APT}\nRUN pip install x`,
    `FROM python:3.12-slim-bookworm\n${APT}\nRUN pip install x`,
    `FROM debian:12\n${APT}\nRUN pip install --break-system-packages x`,
    `FROM debian:12\n${APT}\nENV PIP_BREAK_SYSTEM_PACKAGES=1\nRUN pip install x`,
    `FROM debian:12\n${APT}\nRUN PIP_BREAK_SYSTEM_PACKAGES=1 pip install x`,
    `FROM debian:12\n${APT}\nRUN python3 -m venv /opt/v\nENV PATH=/opt/v/bin:$PATH\nRUN pip install x`,
    `FROM debian:12\n${APT}\nRUN rm /usr/lib/python3*/EXTERNALLY-MANAGED && pip install x`,
    `FROM debian:12\n${APT}\nRUN pip install --target /x x`,
    `FROM debian:12\n${APT}\nRUN /opt/v/bin/pip install x`,
    `FROM debian:12\n${APT}\nRUN python3.12 -m pip install x`,
    `FROM debian:12\n${APT}\nCOPY pip.conf /etc/pip.conf\nRUN pip install x`,
    `FROM debian:12\n${APT}\nCOPY --from=x /usr/local /usr/local\nRUN pip install x`,
    `FROM debian:12\n${APT}\nRUN pip install x || true`,
    `FROM debian:12\n${APT}\nRUN pip config set global.break-system-packages true\nRUN pip install x`,
    'FROM debian:12\nRUN pip install x',
    `FROM debian:12\nRUN pip install x\n${APT}`,
    `FROM ghcr.io/x/y:24.04-noble\n${APT}\nRUN pip install x`,
    `ARG R\nFROM debian:$R\n${APT}\nRUN pip install x`,
    'FROM ubuntu:24.04\nRUN apt-get install -y python3 && uv pip install --python /x x && uv pip install y',
    `FROM debian:12\n${APT}\nRUN pip download x`,
  ])('passes %s', async (text) => {
    expect(await marked(rule, `${text}\n`)).toEqual([]);
  });

  it('offers the option, which is not safe', async () => {
    const text = `FROM debian:12\n${APT}\nRUN pip install x\n`;
    expect(await mended(rule, text)).toBe(
      `FROM debian:12\n${APT}\nRUN pip install --break-system-packages x\n`,
    );
    const [found] = await findings(rule, text);
    expect(found?.fix?.safe).toBe(false);
    expect(found?.message).toContain('the Python of Debian 12');
  });
});
