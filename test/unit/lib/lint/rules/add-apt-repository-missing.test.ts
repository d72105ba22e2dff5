import { describe, expect, it } from '@jest/globals';
import { addAptRepositoryMissing as rule } from '../../../../../actions/lib/lint/rules/add-apt-repository-missing.ts';
import { marked } from '../../../../support/lint-rule.ts';

describe('add-apt-repository-missing', () => {
  it.each([
    'FROM ubuntu:22.04\nRUN apt-get update && add-apt-repository -y ppa:a/b',
    'FROM nvidia/cuda:12.4.1-devel-ubuntu22.04\nRUN apt-get install -y git\nRUN add-apt-repository -y ppa:a/b',
    'FROM python:3.11-slim-bookworm AS a\nRUN apt-get install -y software-properties-common\nFROM python:3.11-slim-bookworm\nRUN add-apt-repository -y ppa:a/b',
    'FROM ubuntu:22.04\nRUN add-apt-repository -y ppa:a/b && apt-get install -y software-properties-common',
  ])('catches %s', async (text) => {
    expect(await marked(rule, `${text}\n`)).toEqual([
      expect.stringContaining('add-apt-repository -y ppa:a/b'),
    ]);
  });

  it.each([
    'FROM ubuntu:22.04\nRUN apt-get install -y software-properties-common && add-apt-repository ppa:a/b',
    'FROM ubuntu:22.04 AS a\nRUN apt-get install -y software-properties-common\nFROM a\nRUN add-apt-repository ppa:a/b',
    'FROM ubuntu:22.04\nARG P\nRUN apt-get install -y $P && add-apt-repository ppa:a/b',
    'FROM ubuntu:22.04\nRUN /setup.sh && add-apt-repository ppa:a/b',
    'FROM ubuntu:22.04\nRUN if a; then add-apt-repository ppa:a/b; fi',
    'FROM example.com/x\nRUN add-apt-repository ppa:a/b',
    'FROM alpine:3.20\nRUN add-apt-repository ppa:a/b',
    'FROM ubuntu:22.04\nRUN echo add-apt-repository',
  ])('passes %s', async (text) => {
    expect(await marked(rule, `${text}\n`)).toEqual([]);
  });
});
