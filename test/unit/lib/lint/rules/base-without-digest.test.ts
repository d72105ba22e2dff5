import { describe, expect, it } from '@jest/globals';
import { baseWithoutDigest as rule } from '../../../../../actions/lib/lint/rules/base-without-digest.ts';
import { findings, marked } from '../../../../support/lint-rule.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('base-without-digest', () => {
  it.each<[string, readonly string[]]>([
    ['FROM python:3.12-slim', ['python:3.12-slim']],
    [
      'FROM --platform=linux/amd64 nvidia/cuda:12.8.1-base-ubuntu24.04 AS run',
      ['nvidia/cuda:12.8.1-base-ubuntu24.04'],
    ],
    ['ARG BASE=debian:12\nFROM $BASE', ['$BASE']],
    ['ARG V=12\nFROM debian:$V-slim', ['debian:$V-slim']],
    ['FROM debian:12 AS a\nFROM a AS b\nRUN x\nFROM b', ['debian:12']],
    [`FROM golang:1.26@${DIGEST} AS build\nFROM debian`, ['debian']],
  ])('catches %s', async (text, places) => {
    expect(await marked(rule, `${text}\n`)).toEqual(places);
  });

  it.each([
    `FROM python:3.12-slim@${DIGEST}`,
    `FROM python@${DIGEST}`,
    `FROM golang:1.26 AS build\nFROM debian:12@${DIGEST}`,
    'FROM scratch',
    'ARG OWNER=jupyter\nARG TAG=1\nFROM quay.io/$OWNER/base:$TAG',
    'FROM ubuntu:noble-20240904.1',
    'FROM golang AS build\nFROM scratch\nCOPY --from=build /a /a',
    'ARG BASE\nFROM $BASE',
    `ARG D=${DIGEST}\nFROM python:3.12@$D`,
  ])('passes %s', async (text) => {
    expect(await marked(rule, `${text}\n`)).toEqual([]);
  });

  it('leaves out what the project makes', async () => {
    const files = { 'images/base-python/Dockerfile': 'FROM scratch' };
    expect(await marked(rule, 'FROM ghcr.io/x/base-python:1\n', { files })).toEqual([]);
    expect(await marked(rule, 'FROM ghcr.io/x/base-node:1\n', { files })).toEqual(['ghcr.io/x/base-node:1']);
  });

  it('shows where the digest goes', async () => {
    const [found] = await findings(rule, 'FROM localhost:5000/debian\n');
    expect(found?.message).toContain('"localhost:5000/debian:latest@sha256:…"');
    expect(found?.severity).toBe('info');
  });
});
