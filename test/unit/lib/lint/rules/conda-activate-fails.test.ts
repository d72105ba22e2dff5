import { describe, expect, it } from '@jest/globals';
import { condaActivateFails as rule } from '../../../../../actions/lib/lint/rules/conda-activate-fails.ts';
import { findings, marked } from '../../../../support/lint-rule.ts';

const CONDA = 'FROM continuumio/miniconda3:25.3.1-1\n';

describe('conda-activate-fails', () => {
  it.each<[string, readonly string[]]>([
    ['RUN conda activate scene && pip install x', ['conda activate scene']],
    ['RUN conda init bash && conda activate scene', ['conda activate scene']],
    ['SHELL ["/bin/bash", "-c"]\nRUN mamba activate scene', ['mamba activate scene']],
  ])('catches %j', async (text, places) => {
    expect(await marked(rule, `${CONDA}${text}\n`)).toEqual(places);
  });

  it.each([
    'RUN . /opt/conda/etc/profile.d/conda.sh && conda activate scene && pip install x',
    'RUN eval "$(conda shell.bash hook)" && conda activate scene',
    'RUN source activate scene && pip install x',
    'SHELL ["/bin/bash", "-lc"]\nRUN conda activate scene',
    'SHELL ["/bin/bash", "--login", "-c"]\nRUN conda activate scene',
    'SHELL ["conda", "run", "-n", "base", "/bin/bash", "-c"]\nRUN conda activate scene',
    'ENV BASH_ENV=/root/.bashrc\nRUN conda activate scene',
    'RUN conda activate scene || true',
    'RUN conda run -n scene pip install x',
    'RUN echo "conda activate scene" >> ~/.bashrc',
    'RUN micromamba activate scene',
  ])('passes %j', async (text) => {
    expect(await marked(rule, `${CONDA}${text}\n`)).toEqual([]);
  });

  it('warns on an image that may be set up for it', async () => {
    const severity = async (image: string) =>
      (await findings(rule, `FROM ${image}\nRUN conda activate scene\n`))[0]?.severity;
    expect(await severity('condaforge/miniforge3:25.3.0-3')).toBe('error');
    expect(await severity('example.com/x:1')).toBe('warning');
  });
});
