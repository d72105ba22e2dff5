import { describe, expect, it } from '@jest/globals';
import { cacheLeftInLayer as rule } from '../../../../../actions/lib/lint/rules/cache-left-in-layer.ts';
import { findings, marked, mended } from '../../../../support/lint-rule.ts';

describe('cache-left-in-layer', () => {
  it.each<[string, readonly string[]]>([
    ['RUN uv pip install --system torch==2.8.0', ['uv pip install --system torch==2.8.0']],
    ['RUN uv sync --frozen', ['uv sync --frozen']],
    [
      'RUN apt-get update && \\\n  conda install -y \\\n    pytorch && rm -rf /var/lib/apt/lists/*',
      ['conda install -y \\\n    pytorch'],
    ],
    ['RUN <<EOF\nmamba env create -f env.yml\nmamba install -y x\nEOF', ['mamba env create -f env.yml']],
    [
      'RUN /opt/conda/bin/conda env update -n base --file e.yml',
      ['/opt/conda/bin/conda env update -n base --file e.yml'],
    ],
    ['RUN conda install x\nRUN conda clean -afy', ['conda install x']],
    ['FROM condaforge/miniforge3:25.3.1-0\nRUN conda install x', ['conda install x']],
    ['FROM nvidia/cuda:12.8.1-base-ubuntu24.04 AS a\nFROM a\nRUN uv sync', ['uv sync']],
    ['RUN --mount=type=bind,target=/src poetry install', ['poetry install']],
    ['RUN --mount=type=cache,target=/var/cache/apt npm ci', ['npm ci']],
    ['RUN UV_NO_CACHE=1 && uv pip install x', ['uv pip install x']],
  ])('catches %s', async (text, places) => {
    expect(await marked(rule, `FROM python:3.12\n${text}\n`)).toEqual(places);
  });

  it.each([
    'RUN uv pip install --system --no-cache torch',
    'RUN --mount=type=cache,target=/root/.cache/uv uv sync --frozen',
    'ENV UV_NO_CACHE=1\nRUN uv sync',
    'RUN UV_CACHE_DIR=/tmp/uv uv sync && rm -rf /tmp/uv',
    'RUN export UV_NO_CACHE=1 && uv sync',
    'RUN uv sync && uv cache clean',
    'RUN uv sync && rm -rf ~/.cache',
    'RUN uv lock && uv venv',
    'RUN conda install -y x && conda clean -afy',
    'RUN mamba install -y x && \\\n    mamba clean --all -f -y && fix-permissions /opt/conda',
    'RUN micromamba install -y -n base -f e.yaml && micromamba clean --all --yes',
    'RUN conda install x && rm -rf /opt/conda/pkgs',
    'RUN conda install x && cleanup.sh',
    'RUN conda config --add channels x && conda activate y',
    'RUN npm ci && npm cache clean --force',
    'RUN npm run build',
    'RUN pip install x',
    'RUN x\nFROM $B\nRUN uv sync',
    'RUN x\nFROM ghcr.io/x/base:1\nRUN uv sync',
    'RUN uv sync\nFROM python:3.12\nCOPY --from=0 /app /app',
  ])('passes %s', async (text) => {
    expect(await marked(rule, `FROM python:3.12\n${text}\n`)).toEqual([]);
  });

  it('cleans up behind it', async () => {
    const text = 'FROM debian\nRUN conda install -y \\\n    x && echo done\nRUN uv sync | tee log\n';
    expect(await mended(rule, text)).toBe(
      'FROM debian\nRUN conda install -y \\\n    x && conda clean --all --yes && echo done\nRUN uv sync | tee log\n',
    );
    expect((await findings(rule, text))[0]?.fix?.safe).toBe(false);
  });

  it.each([
    'uv sync',
    'conda install x',
    'mamba install x',
    'micromamba install x',
    'poetry install',
    'npm ci',
  ])('finds nothing behind its own fix of %s', async (command) => {
    const text = await mended(rule, `FROM debian\nRUN ${command}\n`);
    expect(text).toContain(' && ');
    expect(await marked(rule, text)).toEqual([]);
  });

  it('weighs npm less', async () => {
    const found = await findings(rule, 'FROM debian\nRUN npm ci\nRUN conda install x\n');
    expect(found.map(({ severity }) => severity)).toEqual(['info', 'warning']);
  });
});
