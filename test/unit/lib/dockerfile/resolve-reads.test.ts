import { describe, expect, it, test } from '@jest/globals';
import { pathsOf, problemsOf, resolveText } from '../../../support/resolve-text.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';

describe('reads of the context', () => {
  test.each<[string, readonly string[]]>([
    ['COPY . .', ['.']],
    ['COPY / /x', ['.']],
    ['COPY ../up /x', ['up']],
    ['copy a b/ ./c /x/', ['a', 'b', 'c']],
    ['COPY --chown=1:1 --chmod=644 --link a /x', ['a']],
    ['COPY --exclude=*.md --exclude=b a /x', ['a']],
    ['COPY --parents a/./b/**/c.py /x', ['a/b/**/c.py']],
    ['COPY ["a b", "c", "/x/"]', ['a b', 'c']],
    ['COPY ["a", "/x/"', ['[a,']],
    ['COPY a\\ b /x', ['a', 'b']],
    ['COPY "a" /x', ['a']],
    ['COPY a*.py /x', ['a*.py']],
    ['COPY <<EOF /x\nCOPY no /\nEOF', []],
    ['COPY a <<EOF b /x\nhi\nEOF', ['a', 'b']],
    ['COPY ["<<EOF", "a", "/x/"]', ['a']],
    ['ADD a.tar /x', ['a.tar']],
    ['ADD --keep-git-dir=true --unpack=false a /x', ['a']],
    ['ADD ftp://x/f /x', ['ftp:/x/f']],
    ['RUN --mount=target=/x y', ['.']],
    ['RUN --mount=type=bind,source=a,target=/x y', ['a']],
    ['RUN --mount=type=bind,SRC=/a/,dst=/x,rw y', ['a']],
    ['RUN --mount=source=a*,target=/x y', ['a*']],
    ['RUN --mount=target=/x,source=a --mount=target=/y,source=b y', ['a', 'b']],
    ['RUN --mount=type=cache,target=/x y', []],
    ['RUN --mount=type=tmpfs,target=/x y', []],
    ['RUN --mount=type=secret,id=x y', []],
    ['RUN --mount=type=ssh y', []],
    ['ARG T=cache\nRUN --mount=type=$T,target=/x y', []],
    ['ARG D=lib\nRUN --mount=source=$D/a,target=/x y', ['lib/a']],
    ['RUN \\"--mount=target=/x\\" y', []],
    ['WORKDIR /a\nCOPY b c', ['b']],
  ])('%j', (text, expected) => expect(pathsOf(`FROM scratch\n${text}`)).toEqual(expected));

  it('say whether they are patterns and may match nothing', () => {
    const { reads } = resolveText('FROM scratch\nCOPY a . b* \\[c] /x\nRUN --mount=source=b*,target=/x y');
    expect(reads.map(({ path, wildcards, optional }) => [path, wildcards, optional])).toEqual([
      ['a', false, false],
      ['.', false, true],
      ['b*', true, true],
      ['[c]', true, true],
      ['b*', false, false],
    ]);
  });

  it('of a stage are none', () => {
    const text = 'FROM scratch AS s\nFROM scratch\nCOPY --from=s a /\nRUN --mount=from=s,target=/x y';
    expect(resolveText(text).reads).toEqual([]);
  });

  it('name the context or image they are from', () => {
    const text = 'FROM scratch\nCOPY --from=models a b* /\nRUN --mount=from=models,source=/c/,target=/x y';
    expect(resolveText(text).reads.map(({ from, path }) => `${from} ${path}`)).toEqual([
      'models a',
      'models b*',
      'models c',
    ]);
  });

  it('of all of a named context stand for a source without value', () => {
    const { reads, wholeContext } = resolveText('FROM scratch\nCOPY --from=models $NO /');
    expect(reads.map(({ from, path }) => [from, path])).toEqual([['models', '.']]);
    expect(wholeContext).toBeNull();
  });

  it('of the whole context name the first reason', () => {
    const { wholeContext, reads } = resolveText('FROM scratch\nCOPY a /\nCOPY x$NO /\nCOPY $NEITHER /');
    expect(wholeContext).toEqual({
      reason: 'COPY "x$NO": NO has no value in the Dockerfile, so the whole context counts',
      place: { file: 'Dockerfile', line: 3 },
    });
    expect(reads).toHaveLength(1);
  });

  test.each([
    'COPY .git /x',
    'COPY ./.git/HEAD /x',
    'ADD sub/.git /x',
    'RUN --mount=source=.git,target=/g x',
  ])('of .git are refused: %s', (text) =>
    expect(problemsOf(`FROM scratch\n${text}`)[0]).toMatch(/^2 dockerfile\/copies-git .*no \.git is given/),
  );

  it('that only look like .git are not', () => {
    expect(pathsOf('FROM scratch\nCOPY .gitignore . /x/')).toEqual(['.gitignore', '.']);
    expect(problemsOf('FROM scratch\nCOPY --from=src .git /x/')).toEqual([]);
  });
});

describe('remote sources', () => {
  const remote = (line: string) => {
    const { remoteAdds, reads } = resolveText(`ARG V=1\nFROM scratch\nARG V\n${line}`);
    return [remoteAdds.map(({ url, pin }) => [url, pin]), reads.map(({ path }) => path)];
  };

  test.each<[string, unknown]>([
    ['ADD https://x/f.tgz /', [[['https://x/f.tgz', null]], []]],
    ['ADD --checksum=sha256:ab https://x/f.tgz /', [[['https://x/f.tgz', 'sha256:ab']], []]],
    ['ADD --checksum=sha256:$V https://x/$V /', [[['https://x/1', 'sha256:1']], []]],
    ['ADD --checksum=$NO https://x/f /', [[['https://x/f', null]], []]],
    ['ADD https://x/$NO/f /', [[['https://x/$NO/f', null]], []]],
    ['ADD https://x/r.git#main /', [[['https://x/r.git#main', null]], []]],
    [`ADD https://x/r.git#${COMMIT} /`, [[[`https://x/r.git#${COMMIT}`, COMMIT]], []]],
    [`ADD --checksum=${COMMIT} git@x:r.git#v1 /`, [[['git@x:r.git#v1', COMMIT]], []]],
    ['ADD a https://x/f b /', [[['https://x/f', null]], ['a', 'b']]],
  ])('%s', (line, expected) => expect(remote(line)).toEqual(expected));

  it('cannot be copied', () => {
    expect(problemsOf('FROM scratch\nCOPY https://x/f /')).toEqual([
      '2 dockerfile/remote-copy COPY cannot fetch "https://x/f"; only ADD can',
    ]);
  });

  it('must be told from files', () => {
    expect(problemsOf('FROM a\nADD "$URL" /')).toEqual([
      '2 dockerfile/unresolved-add ADD ""$URL"": URL has no value here, so this may be a file or an address',
    ]);
  });
});

test.each<[string, string[]]>([
  ['id=a', ['a']],
  ['target=/run/b', ['b']],
  ['src=c,target=/x', ['c']],
  ['id=a,env=TOKEN', ['a']],
  ['id=$X', ['v']],
])('a secret mount with %s asks for %j', (options, expected) => {
  const { secretIds } = resolveText(`FROM scratch\nARG X=v\nRUN --mount=type=secret,${options} x`);
  expect([...secretIds]).toEqual(expected);
});
