import { describe, expect, it } from '@jest/globals';
import { secretInImage as rule } from '../../../../../actions/lib/lint/rules/secret-in-image.ts';
import { findings, marked } from '../../../../support/lint-rule.ts';

// Put together here, so that no scanner takes them for real.
const HF = `hf_${'aB3'.repeat(12)}`;
const AWS = `AKIA${'ABCD1234'.repeat(2)}`;

async function severities(text: string): Promise<readonly string[]> {
  return (await findings(rule, `FROM python:3.11\n${text}\n`)).map(({ severity }) => severity);
}

describe('secret-in-image', () => {
  it.each([
    'ARG HF_TOKEN\nRUN hf download a/b --token $HF_TOKEN',
    `ARG HF_TOKEN=""\nRUN echo \\\n  && hf auth login --token "\${HF_TOKEN}"`,
    'ENV HF_TOKEN=abcdef',
    'ARG KEY\nENV WANDB_API_KEY=$KEY',
    'ARG DB_PASSWORD\nRUN setup --password=$DB_PASSWORD',
    `ENV X=${HF}`,
    `RUN hf auth login --token ${HF}`,
    `RUN <<EOF\nexport AWS_ACCESS_KEY_ID=${AWS}\nEOF`,
    'ARG NGC_API_KEY=abcdefgh',
    'RUN pip install --index-url https://bob:s3cr3t@pypi.example.com/simple x',
    'ENV PIP_INDEX_URL=https://bob:s3cr3t@pypi.example.com/simple',
    `ARG CREDS\nRUN git clone https://bob:\${CREDS}@example.com/x.git`,
    'COPY .netrc /root/',
    'COPY --chmod=600 keys/id_ed25519 /root/.ssh/',
    'ADD kaggle.json /root/.kaggle/',
    'COPY .aws /root/.aws',
  ])('finds an error in %s', async (text) => {
    expect(await severities(text)).toEqual(['error']);
  });

  it.each([
    'ARG HF_TOKEN',
    'ENV ADMIN_PASSWORD=correct-horse',
    'COPY .env app.py ./',
    'ARG HF_TOKEN\nRUN hf download $HF_TOKEN\nFROM python:3.11\nCOPY --from=0 /m /m',
    'ENV PIP_INDEX_URL=https://bob:s3cr3t@pypi.example.com/simple\nFROM python:3.11\nCOPY --from=0 /m /m',
  ])('warns of %s', async (text) => {
    expect(await severities(text)).toEqual(['warning']);
  });

  it.each([
    'ENV JUPYTER_TOKEN=""',
    'ENV HF_TOKEN=changeme WANDB_API_KEY=<key> API_KEY=your-key-here',
    'ENV HF_TOKEN_FILE=/run/secrets/hf',
    'ENV DB_PASSWORD=/run/secrets/db',
    'ENV NEXT_PUBLIC_API_KEY=abc PUBLIC_KEY=abc',
    'ENV TOKENIZERS_PARALLELISM=false MAX_TOKENS=100 TOKEN_LIMIT=1',
    'ARG CACHE_TOKEN',
    `ENV API_KEY=\${API_KEY:-}`,
    'RUN --mount=type=secret,id=HF_TOKEN,env=HF_TOKEN hf download a/b',
    'RUN --mount=type=secret,id=t,env=CREDS git clone https://bob:$CREDS@example.com/x.git',
    'RUN git clone https://bob:$CREDS@example.com/x.git',
    'ENV DATABASE_URL=postgres://postgres:postgres@db/x',
    'ENV DATABASE_URL="postgresql://app:pass@db.internal/x"',
    'RUN DATABASE_URL=mysql://app:s3cr3t@localhost:3306/x npm run build',
    'RUN DATABASE_URL=mysql://app:s3cr3t@127.0.0.1/x npm run build',
    'RUN pip install git+ssh://git@github.com/a/b.git@v1',
    'RUN curl http://localhost:8000/a@b',
    'COPY .env.example .env.production ./',
    'COPY id_rsa.pub /root/.ssh/authorized_keys',
    'FROM python:3.11\nCOPY --from=0 /root/.netrc /x',
    `ARG KAGGLE_KEY=\${X}`,
  ])('passes %s', async (text) => {
    expect(await severities(text)).toEqual([]);
  });

  it('points at the token, and does not repeat it', async () => {
    const text = `FROM a\nRUN a && \\\n  login ${HF}\n`;
    expect(await marked(rule, text)).toEqual([HF]);
    expect((await findings(rule, text))[0]?.message).not.toContain(HF.slice(8));
    const address = 'FROM a\nRUN pip install -i https://bob:s3cr3t@x/simple y\n';
    expect(await marked(rule, address)).toEqual(['https://bob:s3cr3t@']);
    expect((await findings(rule, address))[0]?.message).not.toContain('s3cr3t');
  });

  it('looks before the first FROM', async () => {
    expect(await marked(rule, 'ARG HF_TOKEN=abcdefgh\nFROM a\n')).toEqual(['ARG HF_TOKEN=abcdefgh']);
    expect(await marked(rule, 'ARG HF_TOKEN\nFROM a\n')).toEqual([]);
  });
});
