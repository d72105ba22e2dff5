import { describe, expect, it } from '@jest/globals';
import { hubDownloadUnpinned as rule } from '../../../../../actions/lib/lint/rules/hub-download-unpinned.ts';
import { findings, marked } from '../../../../support/lint-rule.ts';

const SHA = '0123456789abcdef0123456789abcdef01234567';

describe('hub-download-unpinned', () => {
  it.each<[string, string]>([
    ['RUN hf download a/b --local-dir /m', 'hf download a/b --local-dir /m'],
    [
      'RUN pip install x && \\\n huggingface-cli download a/b model.pt',
      'huggingface-cli download a/b model.pt',
    ],
    ['RUN uv run hf download a/b --revision main', 'uv run hf download a/b --revision main'],
    ['ARG M=a/b\nRUN hf download "$M" --revision=main', 'hf download "$M" --revision=main'],
    [
      `RUN python -c "from huggingface_hub import snapshot_download; snapshot_download('a/b')"`,
      "snapshot_download('a/b')",
    ],
    [
      `RUN python3 -c 'snapshot_download(repo_id="a/b", local_dir="/m")'`,
      'snapshot_download(repo_id="a/b", local_dir="/m")',
    ],
    [
      'RUN python -c "AutoModel.from_pretrained(\\"bert-base-uncased\\", torch_dtype=torch.float16)"',
      'from_pretrained(\\"bert-base-uncased\\", torch_dtype=torch.float16)',
    ],
    [
      "RUN python3 <<EOF\nimport torch\ntorch.hub.load('a/b', 'model', pretrained=dict(a=1))\nEOF",
      "torch.hub.load('a/b', 'model', pretrained=dict(a=1))",
    ],
    [
      "RUN <<EOF\n#!/usr/bin/env python3\nhf_hub_download('a/b', 'f.pt', revision='main')\nEOF",
      "hf_hub_download('a/b', 'f.pt', revision='main')",
    ],
    ['RUN wget https://huggingface.co/a/b/resolve/main/c.pt', 'https://huggingface.co/a/b/resolve/main/c.pt'],
  ])('catches %s', async (text, place) => {
    expect(await marked(rule, `FROM python:3.11\n${text}\n`)).toEqual([place]);
    expect((await findings(rule, `FROM python:3.11\n${text}\n`))[0]?.severity).toBe('warning');
  });

  it.each([
    `RUN hf download a/b --revision ${SHA}`,
    `ARG R=${SHA}\nRUN huggingface-cli download a/b --revision="$R"`,
    'ARG R\nRUN hf download a/b --revision $R',
    'ARG M\nRUN hf download $M',
    'RUN hf auth login',
    `RUN python -c "snapshot_download('a/b', revision='${SHA}')"`,
    "ARG R\nRUN python -c \"snapshot_download('a/b', revision='$R')\"",
    'RUN python -c "AutoModel.from_pretrained(\'/models/b\')"',
    'RUN python -c "AutoModel.from_pretrained(\'./b\')"',
    'RUN python -c "AutoModel.from_pretrained(name)"',
    'RUN python -c "AutoModel.from_pretrained(\'a/b\', local_files_only=True)"',
    `RUN python -c "torch.hub.load('a/b:${SHA}', 'm')"`,
    "RUN python -c \"torch.hub.load('/src/b', 'm', source='local')\"",
    `RUN wget https://huggingface.co/a/b/resolve/${SHA}/c.pt`,
    'ARG R\nRUN wget https://huggingface.co/a/b/resolve/$R/c.pt',
    'RUN echo "snapshot_download(\'a/b\')" > /x.py',
    'CMD python -c "snapshot_download(\'a/b\')"',
  ])('passes %s', async (text) => {
    expect(await marked(rule, `FROM python:3.11\n${text}\n`)).toEqual([]);
  });

  it('informs of a tag', async () => {
    const [found] = await findings(
      rule,
      "FROM a\nRUN python -c \"torch.hub.load('pytorch/vision:v0.10.0', 'm')\"\n",
    );
    expect(found?.severity).toBe('info');
    expect(found?.message).toContain('"pytorch/vision" is taken at "v0.10.0"');
  });
});
