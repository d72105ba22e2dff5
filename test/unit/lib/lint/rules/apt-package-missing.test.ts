import { describe, expect, it } from '@jest/globals';
import { aptPackageMissing as rule } from '../../../../../actions/lib/lint/rules/apt-package-missing.ts';
import { findings, marked, mended } from '../../../../support/lint-rule.ts';

describe('apt-package-missing', () => {
  it.each<[string, readonly string[]]>([
    ['FROM debian:13\nRUN apt-get install -y libgl1-mesa-glx', ['libgl1-mesa-glx']],
    ['FROM python:3.11-slim\nRUN apt-get install -y git libgl1-mesa-glx', ['libgl1-mesa-glx']],
    [
      'FROM ubuntu:22.04\nRUN apt-get install -y cuda-toolkit-12-4 docker-ce',
      ['cuda-toolkit-12-4', 'docker-ce'],
    ],
    [
      'FROM debian:trixie-slim\nRUN apt-get update && \\\n  apt-get install -y \\\n    libegl1-mesa \\\n    software-properties-common',
      ['libegl1-mesa', 'software-properties-common'],
    ],
    [
      'FROM nvidia/cuda:12.4.1-devel-ubuntu24.04\nRUN apt-get install -y libncurses5 libtinfo5',
      ['libncurses5', 'libtinfo5'],
    ],
    ['FROM ubuntu:24.04\nRUN apt install -y python3-distutils', ['python3-distutils']],
    ['FROM ubuntu:24.04\nRUN apt-get install -y libasound2', ['libasound2']],
    ['FROM debian:12\nRUN apt-get install -y netcat', ['netcat']],
    ['FROM ubuntu:22.04\nRUN apt-get install -y gcc-9 python-pip libssl1.1', ['libssl1.1']],
    [
      'ARG R=13\nFROM debian:$R AS a\nFROM a\nRUN <<EOF\napt-get update\napt-get install -y libtinfo5\nEOF',
      ['libtinfo5'],
    ],
    [
      'FROM ubuntu:24.04\nRUN apt-get install -y gpg && add-apt-repository ppa:a/b\nRUN apt-get install -y libgl1-mesa-glx gcc-7',
      ['libgl1-mesa-glx'],
    ],
    ['FROM ghcr.io/x/y:1-trixie\nRUN apt-get install -y libgl1-mesa-glx openjdk-17-jdk', ['libgl1-mesa-glx']],
    ['FROM ubuntu:24.04\nRUN cd /tmp && (apt-get install -y libtinfo5)', ['libtinfo5']],
  ])('catches %s', async (text, places) => {
    expect(await marked(rule, `${text}\n`)).toEqual(places);
  });

  it.each([
    'FROM debian:12\nRUN apt-get install -y libgl1-mesa-glx',
    'FROM debian:13\nRUN apt-get install -y libgl1 libasound2 libglib2.0-0',
    'FROM python:3.11-slim-bookworm\nRUN apt-get install -y libgl1-mesa-glx',
    'FROM python:3.8-slim\nRUN apt-get install -y libgl1-mesa-glx',
    'FROM python:3.11-slim@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\nRUN apt-get install -y libgl1-mesa-glx',
    'FROM ubuntu:22.04\nRUN apt-get install -y ./cuda-keyring_1.1-1_all.deb && apt-get update && apt-get install -y cuda-toolkit-12-4',
    'FROM debian:12\nRUN echo "deb https://download.docker.com/linux/debian bookworm stable" >/etc/apt/sources.list.d/docker.list\nRUN apt-get install -y docker-ce',
    'FROM nvidia/cuda:12.4.1-base-ubuntu22.04\nRUN apt-get install -y cuda-toolkit-12-4',
    'ARG R\nFROM debian:$R\nRUN apt-get install -y libgl1-mesa-glx',
    'FROM ubuntu:24.04\nRUN apt-get install -y libncurses5:i386',
    'FROM ubuntu:24.04\nRUN apt-get install -y libgl1-mesa-glx || apt-get install -y libgl1',
    'FROM ubuntu:24.04\nRUN if [ -n "$OLD" ]; then apt-get install -y libgl1-mesa-glx; fi',
    'FROM ubuntu:24.04\nRUN add-apt-repository -y ppa:deadsnakes/ppa && apt-get install -y python3.9 python3.9-distutils',
    'FROM debian:13\nRUN echo "deb http://deb.debian.org/debian bookworm main" >/etc/apt/sources.list.d/b.list\nRUN apt-get install -y libtinfo5',
    'FROM ubuntu:24.04\nRUN sed -i s/noble/jammy/ /etc/apt/sources.list.d/ubuntu.sources && apt-get install -y libtinfo5',
    'FROM debian:13\nRUN curl -sSL https://x.example/setup | bash - && apt-get install -y openjdk-17-jdk',
    'FROM alpine:3.20\nRUN apk add libtinfo5',
    'FROM ubuntu:24.04\nRUN apt-get remove -y libtinfo5',
  ])('passes %s', async (text) => {
    expect(await marked(rule, `${text}\n`)).toEqual([]);
  });

  it('renames, and knows what is safe', async () => {
    const text = 'FROM debian:13\nRUN apt-get install -y \\\n  libgl1-mesa-glx libtinfo5\n';
    expect(await mended(rule, text)).toBe('FROM debian:13\nRUN apt-get install -y \\\n  libgl1 libtinfo6\n');
    expect((await findings(rule, text)).map(({ fix }) => fix?.safe)).toEqual([true, false]);
  });

  it('names the release, and names no successor that is missing as well', async () => {
    const [found] = await findings(
      rule,
      'FROM ubuntu:22.04\nRUN apt-get install -y neofetch fastfetch libaio1t64 python-pip\n',
    );
    expect(found?.message).toContain('Ubuntu 22.04 has no package "fastfetch"');
    expect(found?.fix).toBeUndefined();
  });

  it('finds versions that cannot be, whatever the base', async () => {
    const install = (what: string) =>
      `ARG BASE\nFROM $BASE\nRUN apt-get update && apt-get install -y ${what}\n`;
    expect(await marked(rule, install('sox ffmpeg=ffmpeg_5.1.2-3ubuntu1'))).toEqual([
      'ffmpeg=ffmpeg_5.1.2-3ubuntu1',
    ]);
    for (const fine of [
      'ffmpeg=7:5.1.2-3ubuntu1~22+b1',
      'a=1.*',
      'a=$V_1',
      './a_1_amd64.deb',
      'a=1_2 || true',
    ])
      expect(await marked(rule, install(fine))).toEqual([]);
  });
});
