import { describe, expect, it } from '@jest/globals';
import { floatingDistribution as rule } from '../../../../../actions/lib/lint/rules/floating-distribution.ts';
import { findings, marked, mended } from '../../../../support/lint-rule.ts';

describe('floating-distribution', () => {
  it.each<[string, readonly string[]]>([
    ['FROM python:3.11-slim', ['python:3.11-slim']],
    [
      'FROM --platform=$BUILDPLATFORM node:24 AS web\nFROM docker.io/library/python:3.12',
      ['node:24', 'docker.io/library/python:3.12'],
    ],
    ['FROM python:3.13-alpine', ['python:3.13-alpine']],
    ['ARG V=3.12\nFROM python:$V-slim', ['python:$V-slim']],
    ['ARG B=python:3.12\nFROM $B', ['$B']],
    ['FROM node:lts-slim', ['node:lts-slim']],
    ['ARG B=node:24\nFROM $B AS a\nFROM $B', ['$B']],
    [
      'FROM golang:1.26 AS a\nRUN apt-get install -y gcc\nFROM debian:13\nCOPY --from=a /a /a',
      ['golang:1.26'],
    ],
  ])('catches %s', async (text, places) => {
    expect(await marked(rule, `${text}\n`)).toEqual(places);
  });

  it.each([
    'FROM python:3.11-slim-bookworm',
    'FROM python:3.11-alpine3.20',
    `FROM python:3.11-slim@sha256:${'a'.repeat(64)}`,
    'FROM python:3.8-slim',
    'FROM python:3.11.4-slim',
    'FROM python:3.14.7-slim',
    'FROM python',
    'FROM debian:12',
    'FROM ubuntu:24.04',
    'FROM ghcr.io/x/python:3.11-slim',
    'ARG V\nFROM python:$V',
    'FROM python:3.11-slim-trixie AS a\nFROM a',
    'FROM golang:1.26 AS a\nRUN go build -o /a .\nFROM debian:13\nCOPY --from=a /a /a',
  ])('passes %s', async (text) => {
    expect(await marked(rule, `${text}\n`)).toEqual([]);
  });

  it('names the release, where the tag is written', async () => {
    expect(await mended(rule, 'FROM python:3.11-slim AS a\nFROM node:24-slim\n')).toBe(
      'FROM python:3.11-slim-trixie AS a\nFROM node:24-bookworm-slim\n',
    );
    expect(await mended(rule, 'ARG V=3.12\nFROM python:$V-slim\n')).toBe('ARG V=3.12\nFROM python:$V-slim\n');
    const [found] = await findings(rule, 'FROM python:3.11-slim\n');
    expect(found?.fix?.safe).toBe(false);
  });

  it.each([
    ['RUN pip install x', 'info'],
    ['RUN apt-get install -y git libgl1', 'info'],
    ['RUN apt-get install -y git libicu72', 'warning'],
    ['RUN apt-get install -y git=1:2.39.5-0+deb12u2', 'warning'],
  ])('knows how much %s depends on the release', async (run, severity) => {
    const [found] = await findings(rule, `FROM python:3.11-slim AS a\nFROM a\n${run}\n`);
    expect(found?.severity).toBe(severity);
  });
});
