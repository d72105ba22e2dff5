import { describe, expect, it } from '@jest/globals';
import { compilerMissing as rule } from '../../../../../actions/lib/lint/rules/compiler-missing.ts';
import { findings, marked } from '../../../../support/lint-rule.ts';

const RUNTIME = 'FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04\n';
const LEAN = 'RUN apt-get update && apt-get install -y --no-install-recommends';

describe('compiler-missing', () => {
  it.each<[string, string, readonly string[]]>([
    ['an extension on a runtime image', `${RUNTIME}RUN pip install ./simple-knn`, ['./simple-knn']],
    [
      'an extension on pytorch',
      'FROM pytorch/pytorch:2.6.0-cuda12.4-cudnn9-runtime\nRUN pip install flask && \\\n    pip install diso',
      ['diso'],
    ],
    [
      'a forced one with a compiler of C++ alone',
      `${RUNTIME}${LEAN} build-essential\nRUN FORCE_CUDA=1 pip install git+https://github.com/facebookresearch/pytorch3d`,
      ['git+https://github.com/facebookresearch/pytorch3d'],
    ],
    [
      'an extension on an image of Python',
      'FROM python:3.11\nRUN cd simple-knn && python setup.py install',
      ['python setup.py install'],
    ],
    ['nvcc', `${RUNTIME}RUN nvcc -o a a.cu`, ['nvcc -o a a.cu']],
    [
      'CMake with CUDA',
      `${RUNTIME}${LEAN} cmake g++\nRUN cmake -B build -DCMAKE_CUDA_ARCHITECTURES=86 .`,
      ['cmake -B build -DCMAKE_CUDA_ARCHITECTURES=86 .'],
    ],
    [
      'CMake with CUDA that pip runs',
      `${RUNTIME}${LEAN} build-essential\nRUN CMAKE_ARGS="-DGGML_CUDA=on" pip install x`,
      ['CMAKE_ARGS="-DGGML_CUDA=on" pip install x'],
    ],
    [
      'g++ in a here-document',
      'FROM debian:bookworm-slim\nRUN <<EOF\nset -e\ng++ -o a a.cc\nEOF',
      ['g++ -o a a.cc'],
    ],
    [
      'a package without wheels',
      'FROM python:3.11-slim\nRUN pip install numpy "dlib==19.24"',
      ['"dlib==19.24"'],
    ],
    [
      'one before the compiler',
      `FROM python:3.11-slim\nRUN pip install hnswlib\n${LEAN} build-essential`,
      ['hnswlib'],
    ],
    [
      'one on a stage below',
      `FROM python:3.11-slim AS a\n${LEAN} curl\nFROM a\nRUN uv pip install llama-cpp-python`,
      ['llama-cpp-python'],
    ],
    [
      'a compiler of another stage',
      `FROM python:3.11-slim\n${LEAN} build-essential\nFROM python:3.11-slim\nRUN pip install annoy`,
      ['annoy'],
    ],
  ])('catches %s', async (_, text, places) => {
    expect(await marked(rule, `${text}\n`)).toEqual(places);
  });

  it.each([
    'FROM nvidia/cuda:12.4.1-devel-ubuntu22.04\nRUN pip install ./simple-knn && nvcc a.cu',
    'FROM nvidia/cuda:12.4.1-devel-ubuntu22.04\nRUN cmake -DUSE_CUDA=ON .',
    `${RUNTIME}${LEAN} cmake g++\nRUN cmake -DUSE_CUDA=OFF -DCMAKE_BUILD_TYPE=Release .`,
    `${RUNTIME}RUN apt-get install -y cuda-nvcc-12-4 build-essential\nRUN pip install ./simple-knn`,
    `${RUNTIME}RUN conda install -c nvidia cuda-toolkit gxx\nRUN pip install ./simple-knn`,
    `${RUNTIME}RUN ./install-cuda.sh\nRUN pip install ./simple-knn`,
    `${RUNTIME}RUN wget https://e.org/cuda.run && sh cuda.run --silent && pip install ./simple-knn`,
    `${RUNTIME}COPY --from=build /usr/local/cuda /usr/local/cuda\nRUN pip install ./simple-knn`,
    `${RUNTIME}RUN apt-get install -y python3-pip && pip install dlib`,
    `${RUNTIME}RUN apt-get install -y $PACKAGES && pip install dlib`,
    `${RUNTIME}RUN command -v nvcc || true`,
    `${RUNTIME}RUN if nvcc --version; then true; fi`,
    'FROM python:3.11\nRUN pip install dlib hnswlib && gcc a.c',
    'FROM python:3.11-slim\nRUN apt-get update && apt-get install -y gcc && gcc -o a a.c && pip install psycopg2',
    'FROM python:3.11-slim\nRUN pip install psycopg2-binary numpy flash-attn',
    'FROM python:3.11-slim\nRUN pip install llama-cpp-python --extra-index-url https://abetlen.github.io/llama-cpp-python/whl/cpu',
    'FROM pytorch/pytorch:2.6.0-cuda12.4-cudnn9-runtime\nRUN pip install psycopg2',
    'FROM pytorch/pytorch:2.6.0-cuda12.4-cudnn9-runtime\nRUN gcc -o a a.c',
    'FROM acme/base\nRUN pip install ./simple-knn dlib',
    'ARG BASE\nFROM $BASE\nRUN nvcc a.cu',
    'FROM nvcr.io/nvidia/pytorch:24.01-py3\nRUN pip install ./simple-knn',
  ])('passes %s', async (text) => {
    expect(await marked(rule, `${text}\n`)).toEqual([]);
  });

  it('reads files of requirements', async () => {
    const text =
      'FROM pytorch/pytorch:2.6.0-cuda12.4-cudnn9-runtime\nWORKDIR /app\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n';
    const found = await findings(rule, text, { files: { 'requirements.txt': 'flask\ndiso==0.1.4\n' } });
    expect(found.map(({ message }) => message)).toEqual([
      expect.stringContaining('"diso" in "requirements.txt" needs'),
    ]);
  });
});
