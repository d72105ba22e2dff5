import { describe, expect, it } from '@jest/globals';
import { buildArgUnused as rule } from '../../../../../actions/lib/lint/rules/build-arg-unused.ts';
import { marked } from '../../../../support/lint-rule.ts';

describe('build-arg-unused', () => {
  it.each<[string, string]>([
    ['ARG PYTHON_VERSION=3.11\nFROM python:3.12\nRUN a', 'ARG PYTHON_VERSION=3.11'],
    ['FROM a\nRUN b\nARG VERSION\nCMD c', 'ARG VERSION'],
    ['FROM a\nARG VERSION\nCOPY . .\nLABEL x=$VERSION_2', 'ARG VERSION'],
  ])('catches %s', async (text, place) => {
    expect(await marked(rule, `${text}\n`)).toEqual([place]);
  });

  it.each([
    'ARG V=3.11\nFROM python:$V',
    'ARG V=3.11\nARG T=$V-slim\nFROM python:$T',
    'ARG V=3.11\nFROM python:3.12\nARG V\nRUN a',
    'FROM a\nARG MAX_JOBS=4\nRUN make',
    `FROM a\nARG V\nLABEL version="\${V}"`,
    'FROM a\nARG V\nENV V=$V',
    'FROM a AS b\nARG V\nFROM b\nRUN c',
    'ARG BUILDKIT_SBOM_SCAN_STAGE=true\nFROM a',
    'ARG HTTP_PROXY\nFROM a\nCMD b',
    'ARG TARGETARCH\nFROM a\nCMD b',
  ])('passes %s', async (text) => {
    expect(await marked(rule, `${text}\n`)).toEqual([]);
  });
});
