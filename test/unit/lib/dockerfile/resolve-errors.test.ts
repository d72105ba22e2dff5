// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the curly braces are Dockerfile variables.
import { expect, it, test } from '@jest/globals';
import { problemsOf } from '../../../support/resolve-text.ts';

test.each<[string, string]>([
  ['', '- dockerfile/no-from the Dockerfile has no FROM, so there is nothing to build'],
  ['# only\n\n', '- dockerfile/no-from the Dockerfile has no FROM, so there is nothing to build'],
  ['RUN x', '- dockerfile/no-from the Dockerfile has no FROM, so there is nothing to build'],
  ['RUN x\nFROM a', '1 dockerfile/before-from RUN stands before the first FROM, where only ARG may stand'],
  ['FROM a\nCOPPY x y', '2 dockerfile/unknown-instruction unknown instruction "COPPY"; did you mean COPY?'],
  ['FROM a\nwhatever x', '2 dockerfile/unknown-instruction unknown instruction "WHATEVER"'],
  [
    'FROM a\nCOPY x',
    '2 dockerfile/missing-argument COPY is given only "x"; it takes sources and a destination',
  ],
  [
    'FROM a\nADD ["x"]',
    '2 dockerfile/missing-argument ADD is given only "["x"]"; it takes sources and a destination',
  ],
  ['FROM a\nCOPY', '2 dockerfile/missing-argument COPY has no argument'],
  [
    'FROM a\nCOPY x <<EOF\nEOF',
    '2 dockerfile/missing-argument COPY has the here-document "<<EOF" as its destination',
  ],
  ['FROM a\nWORKDIR', '2 dockerfile/missing-argument WORKDIR has no argument'],
  [
    'FROM a\nRUN <<E\nx',
    '2 dockerfile/unterminated-heredoc the here-document "E" is not closed before the end of the file',
  ],
  [
    'FROM a\nCMD ["x", 1]',
    '2 dockerfile/bad-json CMD is given a JSON array whose values are not all texts in double quotes',
  ],
  [
    'FROM a\nSHELL sh',
    '2 dockerfile/bad-json SHELL must be given a JSON array, for example ["/bin/bash", "-c"]',
  ],
  ['FROM a b', '1 dockerfile/bad-from FROM is given "a b"; it takes an image, or: image AS stage-name'],
  [
    'FROM a AS 1x',
    '1 dockerfile/bad-stage-name stage name "1x" is not allowed; it must start with a letter and hold only letters, digits, "-", "_" and "."',
  ],
  [
    'FROM a AS Bc\nFROM Bc',
    '2 dockerfile/stage-case FROM "Bc" is no stage: after FROM a stage\'s name must be in lower case',
  ],
  [
    'ARG BASE\nFROM $BASE',
    '2 dockerfile/arg-without-value FROM "$BASE": ARG BASE has no default: give it under args:',
  ],
  [
    'ARG V\nFROM a:$V',
    '2 dockerfile/arg-without-value FROM "a:$V": ARG V has no default: give it under args:',
  ],
  [
    'FROM a:$V',
    '1 dockerfile/arg-without-value FROM "a:$V": V is not declared: write ARG V=… before the first FROM',
  ],
  [
    'FROM a:$BUILDARCH',
    '1 dockerfile/arg-without-value FROM "a:$BUILDARCH" depends on the builder\'s machine through BUILDARCH',
  ],
  ['ARG B=\nFROM $B', '2 dockerfile/empty-from FROM "$B" is empty after its variables are filled in'],
  [
    'ARG P=\nFROM --platform=$P a',
    '2 dockerfile/empty-platform FROM --platform="$P" is empty after its variables are filled in',
  ],
  ['FROM ${A', '1 dockerfile/bad-expansion cannot expand "${A": "}" is missing'],
  ['ARG A="${B:?need B}"\nFROM a', '1 dockerfile/bad-expansion cannot expand ""${B:?need B}"": B: need B'],
  ['FROM a\nCOPY "a b" /', '2 dockerfile/bad-expansion cannot expand ""a": a double quote is not closed'],
  ['FROM a\nCOPY --form=x a /', '2 dockerfile/invalid-flag COPY has no flag "--form"; did you mean --from?'],
  [
    'FROM a\nCOPY --chwon=x a /',
    '2 dockerfile/invalid-flag COPY has no flag "--chwon"; did you mean --chown?',
  ],
  ['FROM a\nCOPY --chow=x a /', '2 dockerfile/invalid-flag COPY has no flag "--chow"; did you mean --chown?'],
  [
    'FROM a\nADD --from=x a /',
    '2 dockerfile/invalid-flag ADD has no flag "--from"; it takes --chmod, --chown, --checksum, --exclude, --keep-git-dir, --link, --unpack',
  ],
  ['FROM a\nCMD --x', '2 dockerfile/invalid-flag CMD has no flag "--x"; it takes none'],
  ['FROM a\nCOPY --from a /', '2 dockerfile/invalid-flag COPY --from needs a value: --from=…'],
  ['FROM a\nCOPY --link=no a /', '2 dockerfile/invalid-flag COPY --link is "no"; it must be true or false'],
  ['FROM a\nCOPY --link --link a /', '2 dockerfile/invalid-flag COPY has the flag "--link" twice'],
  [
    'FROM a\nCOPY --from=$X a /',
    '2 dockerfile/from-variable --from="$X": BuildKit expands no variable here; give the image a name with FROM … AS',
  ],
  [
    'FROM a\nCOPY --from=1 a /',
    '2 dockerfile/stage-index --from=1: there is no such stage; the file has 1, counted from 0',
  ],
  [
    'FROM a\nCOPY --from=-1 a /',
    '2 dockerfile/stage-index --from=-1: there is no such stage; the file has 1, counted from 0',
  ],
  [
    'FROM a AS x\nCOPY --from=x a /',
    '2 dockerfile/stage-order COPY takes files from "x", which is the stage it stands in',
  ],
  [
    'FROM a AS x\nCOPY --from=y a /\nFROM b AS y\nFROM x',
    '2 dockerfile/stage-order COPY takes files from "y", which is a stage further down',
  ],
  ['FROM a\nRUN --mount=foo=1 x', '2 dockerfile/bad-mount --mount holds the unknown option "foo"'],
  ['FROM a\nRUN --mount=target x', '2 dockerfile/bad-mount --mount: "target" must be written target=value'],
  [
    'FROM a\nRUN --mount=type=nfs,target=/x y',
    '2 dockerfile/bad-mount --mount has the type "nfs"; it must be one of bind, cache, tmpfs, secret, ssh',
  ],
  [
    'FROM a\nRUN --mount=type=secret x',
    '2 dockerfile/bad-mount a secret mount needs an id: --mount=type=secret,id=…',
  ],
  [
    'FROM a\nRUN --mount=type=secret,id=$X x',
    '2 dockerfile/bad-mount the secret "$X" depends on X, which has no value here',
  ],
  [
    'FROM a\nRUN --mount=from=$X,target=/x y',
    '2 dockerfile/bad-mount --mount="from=$X,target=/x": BuildKit expands no variable in "from"; give the image a name with FROM … AS',
  ],
  [
    'FROM a\nRUN --mount=\\"x,target=/y z',
    '2 dockerfile/bad-mount --mount=""x,target=/y" holds a double quote that is not closed or not at a field\'s start',
  ],
  ['FROM a\nENV A', '2 dockerfile/bad-pairs ENV "A" has no value; write A=value'],
  [
    'FROM a\nENV A=1 B',
    '2 dockerfile/bad-pairs ENV holds "B", which is not name=value; quote values with spaces',
  ],
  [
    'FROM a\nLABEL a=b c',
    '2 dockerfile/bad-pairs LABEL holds "c", which is not name=value; quote values with spaces',
  ],
  ['FROM a\nARG =1', '2 dockerfile/missing-argument ARG "=1" has no name before "="'],
  ['FROM a\nONBUILD FROM b', '2 dockerfile/bad-onbuild FROM is not allowed after ONBUILD'],
  [
    'FROM a AS x\nONBUILD COPPY a b\nFROM x',
    '2 dockerfile/unknown-instruction unknown instruction "COPPY"; did you mean COPY?',
  ],
])('%j', (text, problem) => expect(problemsOf(text)).toEqual([problem]));

test('a target that is no stage', () => {
  const text = 'FROM a AS one\nFROM b AS two\nFROM c';
  expect(problemsOf(text, { target: 'three' })).toEqual([
    '- dockerfile/unknown-target there is no stage "three"; the stages are one, two',
  ]);
  expect(problemsOf(text, { target: '0' })).toHaveLength(1);
  expect(problemsOf('FROM a', { target: 'x' })).toEqual([
    '- dockerfile/unknown-target there is no stage "x"; no stage has a name',
  ]);
});

it('tells everything at once, in the order of the lines', () => {
  const text = 'ARG V\nFROM a:$V AS x\nRUNN y\nCOPY --bad=1 q /\nFROM x\nCOPY .git /\nADD';
  expect(problemsOf(text, { target: 'nope' }).map((problem) => problem.split(' ', 2).join(' '))).toEqual([
    '- dockerfile/unknown-target',
    '2 dockerfile/arg-without-value',
    '3 dockerfile/unknown-instruction',
    '4 dockerfile/invalid-flag',
    '6 dockerfile/copies-git',
    '7 dockerfile/missing-argument',
  ]);
});

test.each([
  ['an ARG without value in a stage that is not needed', 'ARG V\nFROM a:$V AS no\nFROM b'],
  ['a later stage in a stage that is not needed', 'FROM a AS no\nCOPY --from=z x /\nFROM b AS z'],
  ['a wrong mount in a stage that is not needed', 'FROM a AS no\nRUN --mount=foo=1 x\nFROM b'],
  ['a wrong trigger nobody carries out', 'FROM a\nONBUILD COPPY x y'],
  ['flags of ARG and STOPSIGNAL', 'ARG --x A=1\nFROM a\nSTOPSIGNAL --y 9'],
  ['RUN without a command', 'FROM a\nRUN'],
  ['an argument that only looks like a flag', 'FROM a\nRUN x --y'],
])('%s is no problem', (_name, text) => expect(problemsOf(text)).toEqual([]));
