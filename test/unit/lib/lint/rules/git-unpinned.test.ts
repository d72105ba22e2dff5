import { describe, expect, it } from '@jest/globals';
import { gitUnpinned as rule } from '../../../../../actions/lib/lint/rules/git-unpinned.ts';
import { findings, marked } from '../../../../support/lint-rule.ts';

const URL = 'https://github.com/a/b.git';
const SHA = '0123456789abcdef0123456789abcdef01234567';

describe('git-unpinned', () => {
  it.each<[string, readonly string[]]>([
    [`RUN git clone ${URL}`, [`git clone ${URL}`]],
    [`RUN git clone ${URL} --recursive \\\n  && cd b && make`, [`git clone ${URL} --recursive`]],
    [`RUN cd /opt && git clone --depth 1 ${URL} /x && mv /x/y /z`, [`git clone --depth 1 ${URL} /x`]],
    [
      `RUN git -c http.sslVerify=false clone -b main ${URL}`,
      [`git -c http.sslVerify=false clone -b main ${URL}`],
    ],
    [`ARG REF=master\nRUN git clone --branch="$REF" ${URL}`, [`git clone --branch="$REF" ${URL}`]],
    [`RUN git clone ${URL} && cd b && git checkout -q develop`, [`git clone ${URL}`]],
    [`RUN git clone ${URL} && git -C b checkout -b mine`, [`git clone ${URL}`]],
    [`RUN git clone ${URL} && cd b && git checkout requirements.txt`, [`git clone ${URL}`]],
    [`RUN git clone ${URL} && git clone https://x/c && cd c && git checkout ${SHA}`, [`git clone ${URL}`]],
    ['ARG R\nRUN git clone https://github.com/$R', ['git clone https://github.com/$R']],
    ['RUN git clone git@github.com:a/b.git', ['git clone git@github.com:a/b.git']],
    [`RUN <<EOF\nset -e\ngit clone ${URL}\ncd b\nmake\nEOF`, [`git clone ${URL}`]],
    [`RUN git clone -b release-3.2 ${URL}`, [`git clone -b release-3.2 ${URL}`]],
    ['RUN pip install git+https://github.com/a/b', ['git+https://github.com/a/b']],
    [
      'RUN uv pip install --system "b @ git+https://github.com/a/b@main#egg=b"',
      ['"b @ git+https://github.com/a/b@main#egg=b"'],
    ],
    [
      'RUN pip3 install -e git+ssh://git@github.com/a/b.git#egg=b',
      ['git+ssh://git@github.com/a/b.git#egg=b'],
    ],
    [
      'RUN pip install https://github.com/a/b/archive/master.zip',
      ['https://github.com/a/b/archive/master.zip'],
    ],
    [
      'RUN wget https://github.com/a/b/archive/refs/heads/x/y.tar.gz',
      ['https://github.com/a/b/archive/refs/heads/x/y.tar.gz'],
    ],
    [`ADD ${URL} /b`, [`ADD ${URL} /b`]],
    [`ADD --keep-git-dir=true ${URL}#main:src /b`, [`ADD --keep-git-dir=true ${URL}#main:src /b`]],
    [`ADD ${URL}?branch=dev /b`, [`ADD ${URL}?branch=dev /b`]],
  ])('catches %s', async (text, places) => {
    expect(await marked(rule, `FROM python:3.11\n${text}\n`)).toEqual(places);
  });

  it.each([
    `RUN git clone ${URL} && cd b && git checkout ${SHA}`,
    `RUN git clone ${URL} && git -C b reset --hard 0123456`,
    `RUN git clone ${URL} && git -C b checkout ${SHA}`,
    `RUN git clone ${URL} && cd b && git -c advice.detachedHead=false checkout ${SHA}`,
    `RUN git clone ${URL} /opt/b && git -C /opt/b switch --detach ${SHA}`,
    `RUN git clone ${URL} /opt/b\nWORKDIR /opt/b\nRUN git checkout ${SHA} && git submodule update --init`,
    `RUN git clone ${URL} && git clone https://x/c --revision=${SHA} && cd b && git checkout ${SHA}`,
    `RUN git clone --no-checkout ${URL} b && cd b && git fetch --depth 1 origin ${SHA} && git checkout FETCH_HEAD`,
    `RUN git clone --revision ${SHA} ${URL}`,
    `ARG REF\nRUN git clone -b $REF ${URL}`,
    `ARG REF\nRUN git clone --depth=1 --branch=$REF ${URL}`,
    `ARG REF\nRUN git clone "--branch=\${REF}" ${URL} b`,
    `ARG REF\nRUN git clone ${URL} && cd b && git checkout $REF`,
    `ARG REF=${SHA}\nRUN git clone ${URL} && cd b && git checkout "$REF"`,
    `RUN REF=${SHA} && git clone ${URL} && cd b && git checkout "$REF"`,
    `RUN git clone ${URL} && cd b && git checkout $(git rev-list -1 --before=2024-01-01 main)`,
    'RUN git clone /src/b /b',
    'ARG R\nRUN git clone $R',
    'RUN git clone file:///src/b',
    `RUN git init b && git -C b fetch ${URL} ${SHA}`,
    `RUN pip install git+https://github.com/a/b@${SHA}`,
    `ARG REF\nRUN pip install "git+https://github.com/a/b@\${REF}"`,
    `RUN pip install https://github.com/a/b/archive/${SHA}.zip`,
    'RUN echo git+https://github.com/a/b',
    `ADD ${URL}#${SHA} /b`,
    `ADD --checksum=${SHA} ${URL}#v1 /b`,
    `ADD ${URL}#$REF /b`,
    'COPY b.git /b',
  ])('passes %s', async (text) => {
    expect(await marked(rule, `FROM python:3.11\n${text}\n`)).toEqual([]);
  });

  it.each([
    [`RUN git clone -b v1.2 ${URL}`, 'v1.2'],
    [`RUN git clone ${URL} && cd b && git checkout tags/n6.1`, 'tags/n6.1'],
    [`RUN git clone -b release-3.0.5 ${URL}`, 'release-3.0.5'],
    ['RUN pip install git+https://github.com/a/b.git@v0.6', 'v0.6'],
    [`ADD ${URL}#v2.0.1 /b`, 'v2.0.1'],
  ])('informs of a name that looks like a version: %s', async (text, tag) => {
    const [found] = await findings(rule, `FROM python:3.11\n${text}\n`);
    expect(found?.severity).toBe('info');
    expect(found?.message).toContain(`what "${tag}" is on`);
  });

  it('names the branch that moves', async () => {
    const [found] = await findings(rule, `FROM a\nRUN git clone -b main ${URL}\n`);
    expect(found).toMatchObject({ severity: 'warning' });
    expect(found?.message).toContain(`"git clone ${URL}" takes the newest commit of "main"`);
  });
});
