import { describe, expect, it } from '@jest/globals';
import { modelInImage as rule } from '../../../../../actions/lib/lint/rules/model-in-image.ts';
import { type Beside, findings } from '../../../../support/lint-rule.ts';

async function told(text: string, beside?: Beside): Promise<readonly string[]> {
  const found = await findings(rule, `FROM python:3.11\n${text}\n`, beside);
  return found.map(({ severity, message }) => `${severity} ${/"(.*?)"/.exec(message)?.[1]}`);
}

describe('model-in-image', () => {
  it.each<[string, string]>([
    [
      'COPY data/basicmodel_m_lbs_10_207_0_v1.1.0.pkl /app/data/',
      'error data/basicmodel_m_lbs_10_207_0_v1.1.0.pkl',
    ],
    [
      'COPY app.py \\\n  basicModel_neutral_lbs_10_207_0_v1.0.0.pkl ./',
      'error basicModel_neutral_lbs_10_207_0_v1.0.0.pkl',
    ],
    ['COPY SMPLX_NEUTRAL.npz /m/', 'error SMPLX_NEUTRAL.npz'],
    ['ADD https://x/mano_v1_2.zip /m/', 'error https://x/mano_v1_2.zip'],
    ['RUN wget "https://x/SMPL_python_v.1.1.0.zip?a=b"', 'error SMPL_python_v.1.1.0.zip'],
    ['RUN hf download meta-llama/Llama-3.1-8B --revision 0123456', 'warning meta-llama/Llama-3.1-8B'],
    [
      'RUN python -c "snapshot_download(\'black-forest-labs/FLUX.1-dev\')"',
      'warning black-forest-labs/FLUX.1-dev',
    ],
    [
      'RUN curl -L -o a.st https://huggingface.co/black-forest-labs/FLUX.1-dev/resolve/main/ae.safetensors',
      'warning a.st',
    ],
    ['RUN wget https://x/sam_vit_h.pth', 'info sam_vit_h.pth'],
    ['RUN curl -L https://x/download -o /m/a.gguf', 'info a.gguf'],
    ['COPY weights/*.ckpt /m/', 'info weights/*.ckpt'],
    ['RUN hf download VAST-AI/TripoSG', 'info VAST-AI/TripoSG'],
  ])('tells of %s', async (text, expected) => {
    expect(await told(text)).toEqual([expected]);
  });

  it.each([
    'COPY app.py requirements.txt ./',
    'FROM python:3.11\nCOPY --from=0 /m/a.pth /m/',
    'RUN wget https://x/a.pth && convert a.pth && rm -f a.pth',
    'RUN --mount=type=cache,target=/root/.cache/huggingface hf download a/b',
    'RUN pip install https://x/a.whl',
    'ARG M\nRUN hf download $M',
    'RUN wget https://x/notes.txt',
    'VOLUME /models',
  ])('passes %s', async (text) => {
    expect(await told(text)).toEqual([]);
  });

  it('looks into a folder for what must not be handed on', async () => {
    const files = { 'data/smpl/SMPL_NEUTRAL.pkl': '', 'data/b.pth': '', 'other/SMPLX_MALE.npz': '' };
    expect(await told('COPY ./data/ /app/data', { files })).toEqual(['error data/smpl/SMPL_NEUTRAL.pkl']);
    expect(await told('COPY . .', { files })).toHaveLength(1);
    expect(await told('COPY src /app', { files })).toEqual([]);
  });

  it('asks the context how big a file is', async () => {
    const context = (size: number) => ({ context: { files: new Map([['m/a.pkl', size]]) } });
    expect(await told('COPY ./m/a.pkl /m/', context(1000))).toEqual([]);
    expect(await told('COPY ./m/a.pkl /m/', context(50_000_000))).toEqual(['info ./m/a.pkl']);
  });
});
