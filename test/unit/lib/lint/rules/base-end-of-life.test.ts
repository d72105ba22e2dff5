import { describe, expect, it } from '@jest/globals';
import { baseEndOfLife as rule } from '../../../../../actions/lib/lint/rules/base-end-of-life.ts';
import { findings, marked } from '../../../../support/lint-rule.ts';

const today = '2026-11-22';

describe('base-end-of-life', () => {
  it.each<[string, readonly string[]]>([
    ['FROM python:3.8-slim-buster', ['python:3.8-slim-buster']],
    ['FROM python:3.9.18 AS a\nFROM debian:11-slim', ['python:3.9.18', 'debian:11-slim']],
    ['ARG V=18\nFROM node:$V-bookworm', ['node:$V-bookworm']],
    ['FROM nvidia/cuda:11.8.0-devel-ubuntu20.04', ['nvidia/cuda:11.8.0-devel-ubuntu20.04']],
    ['FROM alpine:3.18', ['alpine:3.18']],
    ['FROM ubuntu:focal', ['ubuntu:focal']],
    ['FROM centos:7.9.2009', ['centos:7.9.2009']],
    ['FROM python:3.8-slim AS a\nFROM python:3.8-slim AS b', ['python:3.8-slim']],
    ['FROM ghcr.io/x/y:1-bullseye', ['ghcr.io/x/y:1-bullseye']],
  ])('catches %s', async (text, places) => {
    expect(await marked(rule, `${text}\n`, { today })).toEqual(places);
  });

  it.each([
    'nvidia/cuda:10.2-cudnn7-devel-ubuntu18.04',
    'nvidia/cuda:11.3.0-devel-ubuntu20.04',
    'nvidia/cuda:11.0-base',
    'docker.io/nvidia/cuda:9.0-base',
    'nvidia/cuda',
    'nvidia/cuda:latest',
    'nvcr.io/nvidia/cuda:latest',
  ])('knows that %s was deleted', async (image) => {
    const [found] = await findings(rule, `FROM ${image}\n`, { today });
    expect(found?.severity).toBe('error');
    expect(found?.message).toContain(`NVIDIA deleted "${image}"`);
  });

  it.each([
    'FROM python:3.12-slim-bookworm',
    'FROM nvidia/cuda:11.8.0-devel-ubuntu22.04',
    'FROM nvidia/cuda:11.4.3-devel-ubuntu22.04',
    'FROM nvidia/cuda:12.8.1-devel-ubuntu24.04',
    'FROM nvcr.io/nvidia/cuda:11.4.2-devel-ubuntu22.04',
    'FROM node:24',
    'FROM python:3',
    'FROM python',
    'ARG V\nFROM python:$V',
    'FROM ghcr.io/x/python:3.6',
    'FROM scratch',
  ])('passes %s', async (text) => {
    expect(await marked(rule, `${text}\n`, { today })).toEqual([]);
  });

  it('names the days, each end that there is', async () => {
    const [found] = await findings(rule, 'FROM python:3.8-slim-buster\n', { today });
    expect(found?.message).toContain('"Python 3.8" got its last security fix on 2024-10-07');
    expect(found?.message).toContain('"Debian 10" got its last security fix on 2024-06-30');
  });

  it.each([
    ['2026-08-01', []],
    ['2026-08-02', ['info']],
    ['2026-10-31', ['info']],
    ['2026-11-01', ['warning']],
  ])('speaks of Python 3.10 on %s: %s', async (day, severities) => {
    const found = await findings(rule, 'FROM python:3.10-bookworm\n', { today: day });
    expect(found.map(({ severity }) => severity)).toEqual(severities);
  });
});
