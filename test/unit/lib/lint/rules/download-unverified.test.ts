// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of shells
import { describe, expect, it } from '@jest/globals';
import { downloadUnverified as rule } from '../../../../../actions/lib/lint/rules/download-unverified.ts';
import { findings, marked } from '../../../../support/lint-rule.ts';

async function severities(text: string): Promise<readonly string[]> {
  return (await findings(rule, `FROM debian:12\n${text}\n`)).map(({ severity }) => severity);
}

describe('download-unverified', () => {
  it.each<[string, string]>([
    ['RUN curl -LsSf https://astral.sh/uv/install.sh | sh', 'curl -LsSf https://astral.sh/uv/install.sh'],
    [
      "RUN curl --proto '=https' https://sh.rustup.rs -sSf | sh -s -- -y",
      "curl --proto '=https' https://sh.rustup.rs -sSf",
    ],
    ['RUN wget -qO- https://x/setup | sudo -E bash -', 'wget -qO- https://x/setup'],
    ['RUN wget -O - https://x/setup | tr -d "\\r" | bash', 'wget -O - https://x/setup'],
    [
      'RUN curl -sS https://bootstrap.pypa.io/get-pip.py | python3',
      'curl -sS https://bootstrap.pypa.io/get-pip.py',
    ],
    ['SHELL ["/bin/bash", "-c"]\nRUN bash <(curl -s https://x/a)', 'curl -s https://x/a'],
    ['RUN sh -c "$(curl -fsSL https://x/a)"', 'curl -fsSL https://x/a'],
    [
      'RUN apt-get update \\\n  && curl -fsSLo /tmp/i.sh https://x/i.sh \\\n  && bash /tmp/i.sh -b',
      'curl -fsSLo /tmp/i.sh https://x/i.sh',
    ],
    [
      'RUN wget -q https://x/Miniforge3.sh -O ~/m.sh && bash ~/m.sh -b',
      'wget -q https://x/Miniforge3.sh -O ~/m.sh',
    ],
    ['RUN wget https://x/a.run\nRUN chmod +x a.run && ./a.run', 'wget https://x/a.run'],
    [
      'RUN curl -L https://x/tool > /usr/bin/tool && chmod 755 /usr/bin/tool',
      'curl -L https://x/tool > /usr/bin/tool',
    ],
    ['RUN curl -OL https://x/i.py && python3 i.py', 'curl -OL https://x/i.py'],
    ['RUN curl -OL http://x/1.2/i.py && python3 i.py', 'curl -OL http://x/1.2/i.py'],
    ['RUN curl -OL https://x1.2/i.py && python3 i.py', 'curl -OL https://x1.2/i.py'],
    ['RUN curl -sL https://x/setup_20.x | bash', 'curl -sL https://x/setup_20.x'],
    ['ARG V=1\nRUN wget -P /tmp "https://x/i-$V.sh" && sh /tmp/i-1.sh', 'wget -P /tmp "https://x/i-$V.sh"'],
    ['RUN wget http://x/a.deb && dpkg -i a.deb', 'wget http://x/a.deb'],
    ['RUN <<EOF\nset -e\nwget https://x/i.sh\nsh i.sh\nEOF', 'wget https://x/i.sh'],
  ])('warns of %s', async (text, place) => {
    expect(await marked(rule, `FROM debian:12\n${text}\n`)).toEqual([place]);
    expect(await severities(text)).toEqual(['warning']);
  });

  it.each([
    'RUN wget https://x/a.tar.gz && tar xf a.tar.gz',
    'RUN wget https://x/a-1.tar.gz && tar xf *.tar.gz',
    'RUN curl -sL https://x/a.tgz | tar xz -C /opt',
    'RUN curl -fLo a.zip https://x/a.zip && unzip -q a.zip',
    'RUN wget https://x/a.deb && apt-get install -y ./a.deb',
    'ADD https://x/a.tar.gz /a',
    'RUN curl -o /usr/bin/a https://raw.githubusercontent.com/x/a/v1.2.0/a && chmod +x /usr/bin/a',
    'RUN curl https://x/tool/0.5.1/install.sh | sh',
    'RUN wget -O /bin/a https://github.com/x/a/releases/download/$V/a && chmod +x /bin/a',
    'RUN curl -Lo /bin/a https://x/v${V}/a-linux && chmod +x /bin/a',
    'ADD --chmod=755 https://x/a/v1.2/tool /usr/bin/tool',
  ])('informs of %s', async (text) => {
    expect(await severities(text)).toEqual(['info']);
  });

  it.each(['ADD https://x/install.sh /i.sh', 'ADD --chmod=755 https://x/tool /usr/bin/tool'])(
    'warns of %s',
    async (text) => {
      expect(await severities(text)).toEqual(['warning']);
    },
  );

  it.each([
    'RUN wget https://x/a.tgz && echo "0123 a.tgz" | sha256sum -c && tar xf a.tgz',
    'RUN wget https://x/a.tgz\nRUN sha512sum --check sums\nRUN tar xf a.tgz',
    'RUN curl -fsSL https://x/i.sh -o i.sh && curl -fsSLO https://x/i.sh.asc && gpg --verify i.sh.asc i.sh && sh i.sh',
    'RUN curl -fsSL https://x/gpg.key | gpg --dearmor -o /etc/apt/keyrings/x.gpg',
    'RUN wget -qO- https://x/key.asc | apt-key add -',
    'RUN wget https://x/cuda-keyring_1.1-1_all.deb && dpkg -i cuda-keyring_1.1-1_all.deb',
    'RUN curl -s https://x/api | python3 -c "import json"',
    'RUN curl -s https://x/api | python3 -m json.tool',
    'RUN curl -s https://x/list | jq -r .name',
    'RUN V=$(curl -s https://x/version) && echo $V',
    'RUN curl -fsS https://x/data.json -o data.json',
    'RUN wget https://x/a.pth -O /models/a.pth',
    'RUN bash install.sh && curl https://x/a',
    `ADD --checksum=sha256:${'0'.repeat(64)} https://x/a.tar.gz /a`,
    'ADD https://x/key.gpg /etc/apt/keyrings/',
    'ADD https://github.com/a/b.git /b',
    'ADD a.tar.gz /a',
    `RUN curl -o /bin/a https://raw.githubusercontent.com/x/a/${'0a'.repeat(20)}/a && chmod +x /bin/a`,
    `RUN curl -L https://github.com/x/a/archive/${'0a'.repeat(20)}.tar.gz | tar xz`,
    `ADD --chmod=755 https://x/a/${'0a'.repeat(20)}/tool /usr/bin/tool`,
    'RUN d=u$(v) && wget -O /tmp/k.deb https://x/$d/$a/a-keyring_1.1_all.deb && dpkg -i /tmp/k.deb',
    'ADD https://api.github.com/repos/a/b/git/refs/heads/main /tmp/version.json',
    'CMD curl https://x/a | sh',
  ])('passes %s', async (text) => {
    expect(await marked(rule, `FROM debian:12\n${text}\n`)).toEqual([]);
  });

  it('says what runs it', async () => {
    const [found] = await findings(
      rule,
      'FROM debian:12\nRUN curl -sSf https://sh.rustup.rs | sh -s -- -y\n',
    );
    expect(found?.message).toContain(
      '"sh" runs whatever "https://sh.rustup.rs" gives on the day of the build',
    );
  });
});
