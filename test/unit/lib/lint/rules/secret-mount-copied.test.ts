import { describe, expect, it } from '@jest/globals';
import { secretMountCopied as rule } from '../../../../../actions/lib/lint/rules/secret-mount-copied.ts';
import { findings, marked } from '../../../../support/lint-rule.ts';

const FILE = 'RUN --mount=type=secret,id=t';
const NAME = 'RUN --mount=type=secret,id=t,env=TOKEN';

describe('secret-mount-copied', () => {
  it.each<[string, string]>([
    [`${FILE} cat /run/secrets/t > ~/.netrc && pip install x`, 'cat /run/secrets/t > ~/.netrc'],
    [`${FILE} cp /run/secrets/t /root/.netrc`, 'cp /run/secrets/t /root/.netrc'],
    [
      `${FILE},target=/x/key install -m 600 /x/key /root/.ssh/id_rsa`,
      'install -m 600 /x/key /root/.ssh/id_rsa',
    ],
    [
      `${NAME} echo "machine github.com login $TOKEN" >> /root/.netrc`,
      'echo "machine github.com login $TOKEN" >> /root/.netrc',
    ],
    [`${NAME} printf '%s' "\${TOKEN}" | tee /root/.token`, `printf '%s' "\${TOKEN}"`],
    [`${FILE} cat /run/secrets/t | base64 -d > /root/key.json`, 'cat /run/secrets/t'],
    [`${FILE} \\\n  T=$(cat /run/secrets/t) && \\\n  echo "$T" > /root/t`, 'echo "$T" > /root/t'],
    [`${FILE} export T="$(cat /run/secrets/t)"; hf auth login --token $T`, 'hf auth login --token $T'],
    [`${NAME} git clone https://$TOKEN@github.com/a/b.git`, 'git clone https://$TOKEN@github.com/a/b.git'],
    [
      `${NAME} git config --global url."https://$TOKEN@github.com/".insteadOf https://github.com/`,
      'git config --global url."https://$TOKEN@github.com/".insteadOf https://github.com/',
    ],
    [
      `${NAME} npm config set //registry.npmjs.org/:_authToken $TOKEN && npm ci`,
      'npm config set //registry.npmjs.org/:_authToken $TOKEN',
    ],
    [
      `${FILE} huggingface-cli login --token "$(cat /run/secrets/t)"`,
      'huggingface-cli login --token "$(cat /run/secrets/t)"',
    ],
    [`${NAME} <<EOF\nset -e\necho "$TOKEN" > /root/t\nEOF`, 'echo "$TOKEN" > /root/t'],
    [`${NAME} cat > /root/.netrc <<EOF\npassword $TOKEN\nEOF`, 'cat > /root/.netrc <<EOF'],
  ])('catches %s', async (text, place) => {
    expect(await marked(rule, `FROM python:3.11\n${text}\n`)).toEqual([place]);
  });

  it.each([
    `${FILE} cat /run/secrets/t > ~/.netrc && pip install x && rm ~/.netrc`,
    `${FILE},target=/root/.netrc pip install x`,
    `${FILE} pip install --index-url https://$(cat /run/secrets/t)@pypi.example.com/simple x`,
    `${NAME} hf download a/b --token $TOKEN > log`,
    `${NAME} echo "token has \${#TOKEN} characters" > log`,
    `${NAME} git clone https://$TOKEN@github.com/a/b.git && rm -rf b/.git`,
    `${NAME} git clone https://$TOKEN@github.com/a/b.git && git -C b remote set-url origin https://github.com/a/b.git`,
    `${NAME} git clone https://$TOKEN@github.com/a/b.git /tmp/b && pip install /tmp/b && rm -rf /tmp/b`,
    `${NAME} git config --global http.extraHeader "$TOKEN" && pip install x && rm ~/.gitconfig`,
    `${FILE} cat /run/secrets/t | docker login --password-stdin && docker logout`,
    `${FILE} echo "u:$(cat /run/secrets/t)" | chpasswd`,
    `${FILE} --mount=type=tmpfs,target=/keys cp /run/secrets/t /keys/a`,
    `${NAME} echo $TOKEN > /dev/null`,
    `${NAME} test -n "$TOKEN" || echo none > log`,
    'RUN cat /run/secrets/t > /root/t',
    'RUN echo $TOKEN > /root/t',
  ])('passes %s', async (text) => {
    expect(await marked(rule, `FROM python:3.11\n${text}\n`)).toEqual([]);
  });

  it('warns where the stage is not part of the image', async () => {
    const first = `FROM python:3.11 AS a\n${FILE} cp /run/secrets/t /t\n`;
    expect((await findings(rule, first))[0]?.severity).toBe('error');
    expect((await findings(rule, `${first}FROM a\n`))[0]?.severity).toBe('error');
    expect((await findings(rule, `${first}FROM python:3.11\nCOPY --from=a /x /x\n`))[0]?.severity).toBe(
      'warning',
    );
  });
});
