import { describe, expect, it } from '@jest/globals';
import { commandMissing as rule } from '../../../../../actions/lib/lint/rules/command-missing.ts';
import { findings, marked } from '../../../../support/lint-rule.ts';

describe('command-missing', () => {
  it.each<[string, string]>([
    ['FROM python:3.7-slim\nRUN pip install -U pip\nRUN git clone https://x/y', 'git clone https://x/y'],
    [
      'FROM debian:12\nRUN apt-get update && apt-get install -y git\nRUN curl -O http://x/y',
      'curl -O http://x/y',
    ],
    ['FROM golang:1.23.6-bullseye\nRUN unzip -o a.zip', 'unzip -o a.zip'],
    ['FROM golang:1.23-alpine\nRUN git clone https://x/y', 'git clone https://x/y'],
    ['FROM python:3.12-slim\nRUN pip install "a @ git+https://x/y"', 'pip install "a @ git+https://x/y"'],
    [
      'FROM python:3.12-slim\nRUN pip install -e git+https://x/y#egg=a',
      'pip install -e git+https://x/y#egg=a',
    ],
    ['FROM ubuntu:22.04\nRUN sudo apt-get update', 'sudo apt-get update'],
    ['FROM ubuntu:24.04\nRUN locale-gen en_US.UTF-8', 'locale-gen en_US.UTF-8'],
    ['FROM ubuntu\nRUN apt-get update && apt-get install -y curl && curl a | gpg --dearmor', 'gpg --dearmor'],
    ['FROM alpine:3.20\nRUN useradd app', 'useradd app'],
    ['FROM alpine:3.20\nSHELL ["/bin/bash", "-c"]\nRUN echo a', 'echo a'],
    ['FROM python:3.12-alpine\nRUN <<EOF\n#!/bin/bash\necho a\nEOF', 'echo a'],
    ['FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04\nRUN wget http://x/y', 'wget http://x/y'],
    ['FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04\nRUN pip install torch', 'pip install torch'],
    [
      'FROM nvidia/cuda:12.4.1-devel-ubuntu22.04\nENV PATH=/usr/local/cuda/bin:$PATH\nRUN apt-get update && apt-get install -y git build-essential\nRUN pip3 install torch',
      'pip3 install torch',
    ],
    ['FROM nvidia/cuda:12.4.1-base-ubuntu22.04\nRUN python3 -m pip install x', 'python3 -m pip install x'],
    ['FROM ubuntu:22.04\nRUN apt-get install -y python3 python3-venv && pip install x', 'pip install x'],
    [
      'FROM debian:12-slim\nRUN apt-get install -y python3\nRUN python3 -m pip install x',
      'python3 -m pip install x',
    ],
    ['FROM ubuntu:24.04\nRUN apt-get install -y python3 && python setup.py', 'python setup.py'],
    ['ARG V=12\nFROM debian:$V\nRUN A=$(curl http://x) && echo $A', 'curl http://x'],
    [
      'FROM debian:12\nRUN git clone https://x/y\nRUN apt-get install -y git\nRUN git pull',
      'git clone https://x/y',
    ],
    ['FROM debian:12 AS a\nRUN apt-get install -y git\nFROM debian:12\nRUN git init', 'git init'],
    ['FROM debian:12\nRUN apt-get install -y git && apt-get purge -y git && git init', 'git init'],
    ['FROM debian:12\nCOPY . /\nRUN git init', 'git init'],
    ['FROM alpine:3.20\nRUN apk add --no-cache build-base openssl-dev && bash -c a', 'bash -c a'],
    ['FROM alpine:3.20\nRUN apk add libcurl && curl http://x', 'curl http://x'],
  ])('catches %s', async (text, place) => {
    expect(await marked(rule, `${text}\n`)).toEqual([place]);
  });

  it.each([
    'FROM python:3.12\nRUN git clone https://x/y && unzip a.zip',
    'FROM debian:12\nRUN apt-get update && apt-get install -y git && git clone https://x/y',
    'FROM debian:12 AS a\nRUN apt-get install -y git\nFROM a\nRUN git init',
    'FROM alpine:3.20\nRUN apk add --no-cache bash\nSHELL ["/bin/bash", "-c"]\nRUN echo a',
    'FROM debian:12\nSHELL ["/bin/bash", "-c"]\nRUN echo a',
    'FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04\nRUN apt-get install -y python3-pip && pip install torch && python3 -m pip list',
    'FROM ubuntu:22.04\nRUN apt-get install -y supervisor && python3 --version',
    'FROM ubuntu:22.04\nRUN apt-get install -y python3.11 curl && curl http://x | python3.11 && pip install x',
    'FROM ubuntu:22.04\nRUN apt-get install -y software-properties-common && add-apt-repository -y ppa:deadsnakes/ppa && apt-get install -y python3.12 && python3.12 get-pip.py',
    'FROM ubuntu:22.04\nRUN apt-get install -y python3 && python3 -m ensurepip && pip3 install x',
    'FROM ubuntu:22.04\nRUN apt-get install -y python3 && ln -s /usr/bin/python3 /usr/bin/python && python x.py',
    'FROM ubuntu:22.04\nCOPY --from=x /opt/venv /venv\nENV PATH=/venv/bin:$PATH\nRUN pip install x',
    'FROM ubuntu:22.04\nENV PATH=/root/miniconda3/bin:$PATH\nRUN bash m.sh && pip install x',
    'FROM ubuntu:22.04\nRUN /opt/x/bin/pip install x && pip3.11 install x',
    'FROM ubuntu:14.04\nRUN python3 x.py',
    'FROM python:3.12-slim\nRUN pip install x && python3 -m pip list && python x.py',
    'FROM alpine:3.20\nRUN apk add py3-pip && pip install x',
    'FROM nvcr.io/nvidia/pytorch:24.01-py3\nRUN pip install x',
    'FROM debian:12\nRUN git --version || apt-get install -y git',
    'FROM debian:12\nRUN if ! git --version; then apt-get install -y git; fi',
    'FROM debian:12\nRUN if [ -n "$A" ]; then git init; fi',
    'FROM debian:12\nRUN command -v git',
    'FROM debian:12\nCOPY setup.sh .\nRUN ./setup.sh\nRUN git init',
    'FROM debian:12\nCOPY --from=x /usr/bin /usr/bin\nRUN git init',
    'FROM debian:12\nCOPY unknown /\nRUN git init',
    'FROM debian:12\nRUN apt-get install -y $PACKAGES\nRUN git init',
    'FROM debian:12\nRUN --mount=from=x,source=/bin,target=/usr/local/bin git init',
    'FROM my/base:1\nRUN git init',
    'ARG BASE=debian:12\nFROM $BASE\nRUN git init',
    'FROM ubuntu:lucid\nRUN locale-gen en_US.UTF-8',
    'FROM ubuntu:16.04\nRUN gpg --version && locale-gen --help || true',
    'FROM nvidia/cuda:12.4.1-base-ubuntu22.04\nRUN gpg --import a',
    'FROM debian:12\nRUN apt-get install -y libfoo-dev && make && gpg --import a',
    'FROM alpine:3.20\nRUN wget http://x/y && unzip y',
    'FROM alpine:3.20\nRUN apk add --no-cache shadow && useradd app',
    'FROM alpine:3.3\nRUN apk add --no-cache gnupg curl-dev && curl http://x',
    'FROM alpine:3.20\nRUN apk add alpine-sdk && git init && curl http://x',
    'FROM alpine:3.20\nRUN apk add libtool && bash -c a',
    'FROM alpine:3.20\nRUN apk add github-cli yt-dlp && git init && ffmpeg -i a',
    'FROM python:3.12-slim\nRUN pip install git',
    'FROM python:3.12-slim\nRUN python3 a.py',
    'FROM python:3.12-slim\nRUN pip install cmake && cmake .',
  ])('passes %s', async (text) => {
    expect(await marked(rule, `${text}\n`)).toEqual([]);
  });

  it('says what to install', async () => {
    const [gpg] = await findings(rule, 'FROM debian:12\nRUN gpg --import a\n');
    expect(gpg).toMatchObject({ severity: 'error' });
    expect(gpg?.message).toContain('install "gnupg"');
    const [clone] = await findings(rule, 'FROM python:3.12-slim\nRUN pip install git+https://x/y\n');
    expect(clone?.message).toContain('pip clones with "git" here');
    const [sudo] = await findings(rule, 'FROM debian:12\nRUN sudo ls\n');
    expect(sudo?.message).toContain('leave it out');
    const [add] = await findings(rule, 'FROM alpine:3.20\nRUN useradd a\n');
    expect(add?.message).toContain('install "shadow"');
  });
});
