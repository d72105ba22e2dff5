import { describe, expect, it } from '@jest/globals';
import { sharedLibraryMissing as rule } from '../../../../../actions/lib/lint/rules/shared-library-missing.ts';
import { findings, marked } from '../../../../support/lint-rule.ts';

const SLIM = 'FROM python:3.12-slim\n';
const apt = (packages: string) =>
  `RUN apt-get update && apt-get install -y --no-install-recommends ${packages}\n`;

describe('shared-library-missing', () => {
  it.each<[string, string, readonly string[]]>([
    ['nothing installed', `${SLIM}RUN pip install opencv-python\n`, ['libgl1', 'libglib2.0-0']],
    ['one of two', `${SLIM}${apt('libgl1')}RUN pip install "opencv-python>=4"\n`, ['libglib2.0-0']],
    [
      'git and curl alone',
      `${SLIM}${apt('git \\\n    curl')}RUN uv pip install --system \\\n  numpy opencv-contrib-python\n`,
      ['libgl1', 'libglib2.0-0'],
    ],
    [
      'pymeshlab without libopengl0',
      `FROM pytorch/pytorch:2.6.0-cuda12.4-cudnn9-devel\n${apt('git g++ libgl1-mesa-glx libglib2.0-0 libsm6 libxext6 libxrender1')}RUN pip install pymeshlab\n`,
      ['libopengl0'],
    ],
    [
      'open3d',
      `FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04\n${apt('python3 python3-pip')}RUN pip install open3d\n`,
      ['libgl1', 'libx11-6'],
    ],
    ['lightgbm', `${SLIM}RUN pip install lightgbm\n`, ['libgomp1']],
    [
      'a stage below',
      `${SLIM.trim()} AS base\n${apt('git')}FROM base\nRUN pip install ultralytics\n`,
      ['libgl1', 'libglib2.0-0'],
    ],
    [
      'libraries in a builder alone',
      `${SLIM.trim()} AS build\n${apt('libgl1 libglib2.0-0')}${SLIM}RUN pip install imgaug\n`,
      ['libgl1', 'libglib2.0-0'],
    ],
    ['psycopg2', `${SLIM}${apt('gcc')}RUN pip install psycopg2==2.9.9\n`, ['libpq-dev']],
    [
      'a here-document',
      `${SLIM}RUN <<EOF\nset -e\npip install weasyprint\nEOF\n`,
      ['libpango-1.0-0', 'libpangoft2-1.0-0'],
    ],
  ])('catches %s', async (_name, text, libraries) => {
    const [finding, ...others] = await findings(rule, text);
    expect(others).toEqual([]);
    expect(/needs (.*?), which/.exec(finding?.message ?? '')?.[1]).toBe(
      libraries.map((one) => `"${one}"`).join(' and '),
    );
  });

  it('reads requirements files and says which one', async () => {
    const text = `${SLIM}WORKDIR /app\nCOPY req/ ./req/\nRUN pip install -r req/gpu.txt\n`;
    const files = {
      'req/gpu.txt': '--index-url https://x\n-r base.txt\n',
      'req/base.txt': 'numpy\nOpenCV_Python>=4.8 \\\n  --hash=sha256:1\n',
    };
    const [finding] = await findings(rule, text, { files });
    expect(finding?.message).toContain('"opencv-python" of "req/base.txt"');
    expect(await marked(rule, text, { files })).toEqual(['pip install -r req/gpu.txt']);
  });

  it.each<[string, string]>([
    ['both installed', `${SLIM}${apt('libgl1 libglib2.0-0')}RUN pip install opencv-python\n`],
    [
      'old and new names',
      `FROM ubuntu:24.04\n${apt('libgl1-mesa-glx libglib2.0-0t64')}RUN pip install opencv-python\n`,
    ],
    ['ffmpeg, which brings both', `${SLIM}${apt('ffmpeg')}RUN pip install opencv-python\n`],
    ['headless', `${SLIM}RUN pip install opencv-python-headless\n`],
    ['headless beside', `${SLIM}RUN pip install opencv-python-headless ultralytics\n`],
    ['a full Python', 'FROM python:3.12\nRUN pip install psycopg2 lightgbm\n'],
    ['an unknown base', 'FROM my/base\nRUN pip install opencv-python\n'],
    ['an unknown package of apt', `${SLIM}${apt('my-desktop')}RUN pip install opencv-python\n`],
    ['a variable', `${SLIM}RUN apt-get install -y $DEPS\nRUN pip install opencv-python\n`],
    ['a script', `${SLIM}COPY i.sh .\nRUN bash i.sh && pip install opencv-python\n`],
    [
      'conda',
      'FROM pytorch/pytorch:2.6.0-cuda12.4-cudnn9-devel\nRUN conda install libgl && pip install opencv-python\n',
    ],
    ['copied libraries', `${SLIM}COPY --from=x /usr/lib /usr/lib\nRUN pip install opencv-python\n`],
    ['psycopg2-binary', `${SLIM}RUN pip install psycopg2-binary\n`],
    ['the compiler, which brings OpenMP', `${SLIM}${apt('build-essential')}RUN pip install lightgbm\n`],
    [
      'torch beside lightgbm',
      'FROM pytorch/pytorch:2.6.0-cuda12.4-cudnn9-runtime\nRUN pip install lightgbm\n',
    ],
  ])('passes %s', async (_name, text) => {
    expect(await marked(rule, text)).toEqual([]);
  });
});
