import { describe, expect, it } from '@jest/globals';
import { gpuAtBuild as rule } from '../../../../../actions/lib/lint/rules/gpu-at-build.ts';
import { findings, marked } from '../../../../support/lint-rule.ts';

describe('gpu-at-build', () => {
  it.each<[string, readonly string[]]>([
    ['RUN nvidia-smi', ['nvidia-smi']],
    ['RUN apt-get update && \\\n    nvidia-smi -L && true', ['nvidia-smi -L']],
    [
      'RUN python -c "import torch; assert torch.cuda.is_available()"',
      ['python -c "import torch; assert torch.cuda.is_available()"'],
    ],
    [
      "RUN python3 -c 'import torch; print(torch.cuda.get_device_name(0))' > /log",
      ["python3 -c 'import torch; print(torch.cuda.get_device_name(0))' > /log"],
    ],
    ['RUN python -c "m = Model().to(\'cuda\')"', ['python -c "m = Model().to(\'cuda\')"']],
    ['RUN set -e; (nvidia-smi)', ['nvidia-smi']],
    ['RUN set -e; nvidia-smi; false || true', ['nvidia-smi']],
    ['RUN <<EOF\nset -ex\nnvidia-smi\ntrue\nEOF', ['nvidia-smi']],
    ['RUN cmake .. -DCMAKE_CUDA_ARCHITECTURES=native', ['-DCMAKE_CUDA_ARCHITECTURES=native']],
  ])('catches %s', async (text, places) => {
    expect(await marked(rule, `FROM python:3.11\n${text}\n`)).toEqual(places);
  });

  it('catches Python in a here-document', async () => {
    const found = await findings(
      rule,
      'FROM a\nRUN python3 - <<EOF\nimport torch\nx = torch.ones(2).cuda()\nEOF\n',
    );
    expect(found.map(({ message }) => message)).toEqual([
      expect.stringContaining('".cuda()" fails without a GPU'),
    ]);
  });

  it.each([
    'RUN nvidia-smi || true',
    'RUN nvidia-smi && echo gpu || echo none',
    'RUN if nvidia-smi; then echo gpu; fi',
    'RUN command -v nvidia-smi && echo yes',
    'RUN which nvidia-smi; true',
    'RUN nvidia-smi; true',
    'RUN set -e; if nvidia-smi; then true; fi',
    'RUN set -e; echo "$(nvidia-smi)"',
    'RUN nvidia-smi --version',
    'RUN nvidia-smi | head',
    'RUN --device=nvidia.com/gpu=all nvidia-smi',
    'RUN python -c "import torch; print(torch.cuda.is_available())"',
    "RUN python -c \"import torch; d = torch.device('cuda' if torch.cuda.is_available() else 'cpu')\"",
    'RUN python -c "assert torch.cuda.device_count() == 0"',
    'RUN echo nvidia-smi >> /root/.bashrc',
    'CMD nvidia-smi',
    'HEALTHCHECK CMD nvidia-smi',
    'RUN cmake .. -DCMAKE_CUDA_ARCHITECTURES=80',
  ])('passes %s', async (text) => {
    expect(await marked(rule, `FROM python:3.11\n${text}\n`)).toEqual([]);
  });

  it('is sure of asserts', async () => {
    const text =
      'FROM a\nRUN python -c "import torch; assert torch.cuda.is_available()"\nRUN python -c "f(device=\'cuda\')"\n';
    expect((await findings(rule, text)).map(({ severity }) => severity)).toEqual(['error', 'warning']);
  });
});
