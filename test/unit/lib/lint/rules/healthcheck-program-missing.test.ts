import { describe, expect, it } from '@jest/globals';
import { healthcheckProgramMissing as rule } from '../../../../../actions/lib/lint/rules/healthcheck-program-missing.ts';
import { findings, marked, mended } from '../../../../support/lint-rule.ts';

const CURL = 'HEALTHCHECK CMD curl -f http://localhost:5000/health || exit 1';

describe('healthcheck-program-missing', () => {
  it.each<[string, string]>([
    ['a slim Python', `FROM python:3.12-slim\n${CURL}`],
    ['CUDA', `FROM nvidia/cuda:11.8.0-cudnn8-runtime-ubuntu22.04\n${CURL}`],
    ['PyTorch', `FROM pytorch/pytorch:2.6.0-cuda12.4-cudnn9-runtime\n${CURL}`],
    ['Alpine, which has wget alone', `FROM python:3.12-alpine\n${CURL}`],
    ['a variable base', `ARG TAG=3.12-slim\nFROM python:$TAG\n${CURL}`],
    [
      'a name in quotes after another',
      `FROM node:22-slim\nHEALTHCHECK CMD test -f "/tmp/a" && curl -f http://localhost`,
    ],
    [
      'a stage below',
      `FROM debian:12 AS base\nRUN apt-get update && apt-get install -y git\nFROM base\n${CURL}`,
    ],
    [
      'an install in a builder alone',
      `FROM python:3.12-slim AS build\nRUN apt-get install -y curl\nFROM python:3.12-slim\nCOPY --from=build /app /app\n${CURL}`,
    ],
    [
      'an install that is purged',
      `FROM debian:12\nRUN apt-get update && apt-get install -y \\\n  curl \\\n && curl -O http://x/y && apt-get purge -y curl\n${CURL}`,
    ],
    [
      'JSON over lines',
      'FROM python:3.12-slim\nHEALTHCHECK --interval=30s \\\n  CMD ["curl", "-f", "http://localhost/"]',
    ],
    ['nc', 'FROM ubuntu:24.04\nHEALTHCHECK CMD nc -z localhost 80'],
    ['pg_isready', 'FROM python:3.12\nHEALTHCHECK CMD pg_isready -U me'],
    ['pgrep', 'FROM python:3.12-slim\nHEALTHCHECK CMD pgrep -f worker'],
  ])('catches %s', async (_name, text) => {
    expect(await findings(rule, `${text}\n`)).toMatchObject([{ severity: 'error' }]);
  });

  it.each<[string, string]>([
    [
      'an install',
      `FROM python:3.12-slim\nRUN apt-get update && apt-get install -y --no-install-recommends curl\n${CURL}`,
    ],
    [
      'an install in a stage below',
      `FROM python:3.12-slim AS a\nRUN apt-get install -y curl\nFROM a\n${CURL}`,
    ],
    ['a full Python', `FROM python:3.12\n${CURL}`],
    ['wget of Alpine', 'FROM node:22-alpine\nHEALTHCHECK CMD wget -q --spider http://localhost || exit 1'],
    ['an unknown base', `FROM my/base:1\n${CURL}`],
    ['a base without a value', `ARG BASE\nFROM $BASE\n${CURL}`],
    ['another program', 'FROM python:3.12-slim\nHEALTHCHECK CMD python -c "import curl"'],
    ['a switched off check', `FROM python:3.12-slim AS a\n${CURL}\nFROM a\nHEALTHCHECK NONE`],
    ['a script that may install', `FROM debian:12\nCOPY setup.sh .\nRUN ./setup.sh\n${CURL}`],
    ['a list of packages in a file', `FROM debian:12\nRUN xargs apt-get install -y < packages.txt\n${CURL}`],
    ['packages in a variable', `FROM debian:12\nARG PACKAGES\nRUN apt-get install -y $PACKAGES\n${CURL}`],
    [
      'a copied program',
      `FROM python:3.12-slim\nCOPY --from=curlimages/curl /usr/bin/curl /usr/local/bin/\n${CURL}`,
    ],
    ['curl that is used before', `FROM debian:12\nRUN curl -fsS http://x/y\n${CURL}`],
    ['a here-document', `FROM debian:12\nRUN <<EOF\napt-get update\napt-get install -y curl\nEOF\n${CURL}`],
    ['a package that brings it', `FROM debian:12\nRUN apt-get install -y google-perftools\n${CURL}`],
  ])('passes %s', async (_name, text) => {
    expect(await marked(rule, `${text}\n`)).toEqual([]);
  });

  it('asks with urllib instead', async () => {
    const text =
      'FROM python:3.12-slim\nHEALTHCHECK --interval=30s --timeout=3s \\\n  CMD curl -f http://localhost:5000/health || exit 1\n';
    expect(await mended(rule, text)).toBe(
      `FROM python:3.12-slim\nHEALTHCHECK --interval=30s --timeout=3s \\\n  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://localhost:5000/health', timeout=5)"]\n`,
    );
    for (const other of [
      'curl -H a:b http://x',
      'curl https://x',
      'wget http://a http://b',
      'curl http://$HOST',
    ]) {
      expect(
        (await findings(rule, `FROM python:3.12-slim\nHEALTHCHECK CMD ${other}\n`))[0]?.fix,
      ).toBeUndefined();
    }
  });

  describe('in Compose', () => {
    const compose = (test: string, build = '.') => ({
      files: {
        'compose.yaml': `services:\n  web:\n    build: ${build}\n    healthcheck:\n      test: ${test}\n`,
      },
    });
    const TEXT = 'FROM pytorch/pytorch:2.6.0-cuda12.4-cudnn9-runtime\n';

    it.each([
      '["CMD", "curl", "-f", "http://localhost:5000/"]',
      'curl -f http://localhost:5000/ || exit 1',
      '["CMD-SHELL", "curl -f http://localhost:5000/ || exit 1"]',
    ])('catches %s', async (test) => {
      const beside = compose(test);
      const [finding] = await findings(rule, TEXT, beside);
      expect(finding).toMatchObject({ file: 'compose.yaml' });
      expect(beside.files['compose.yaml'].slice(finding?.start, finding?.end)).toBe(test);
      expect(finding?.fix?.edits[0]?.text).toContain('["CMD", "python", "-c"');
    });

    it('has no fix for a list over lines', async () => {
      const [finding] = await findings(
        rule,
        TEXT,
        compose('\n        - CMD\n        - curl\n        - http://localhost/'),
      );
      expect(finding?.message).toContain('"curl"');
    });

    it.each([
      ['["CMD", "python", "-c", "1"]', '.'],
      ['["CMD", "curl", "http://x"]', './other'],
      ['["NONE"]', '.'],
      ['$TEST', '.'],
      ['[', '.'],
      ['["CMD", "curl", "http://x"]', 'https://github.com/a/b.git'],
    ])('passes %s of %s', async (test, build) => {
      expect(await findings(rule, TEXT, compose(test, build))).toEqual([]);
    });
  });

  describe('in files that run the image', () => {
    const found = async (file: string, text: string) => {
      const files = { [file]: text, 'build.sh': 'docker build -t web .\n' };
      const all = await findings(rule, 'FROM python:3.12-slim\nRUN pip install flask\n', { files });
      return all.map(({ start, end }) => text.slice(start, end));
    };
    const pod = (command: string) =>
      `apiVersion: v1\nkind: Pod\nspec:\n  containers: [{ name: a, image: web, livenessProbe: { exec: { command: ${command} } } }]\n`;
    const task = (command: string) =>
      `{ "containerDefinitions": [{ "name": "a", "image": "web", "healthCheck": { "command": ${command} } }] }`;

    it.each<[string, string, string]>([
      ['k8s.yaml', pod('["curl", "-f", "http://localhost"]'), '["curl", "-f", "http://localhost"]'],
      [
        'k8s.yaml',
        pod('["sh", "-c", "curl -f http://localhost || exit 1"]'),
        '["sh", "-c", "curl -f http://localhost || exit 1"]',
      ],
      [
        'task.json',
        task('["CMD-SHELL", "wget -q http://localhost || exit 1"]'),
        '["CMD-SHELL", "wget -q http://localhost || exit 1"]',
      ],
      ['task.json', task('["CMD", "curl", "x"]'), '["CMD", "curl", "x"]'],
    ])('catches %s %j', async (file, text, place) => {
      expect(await found(file, text)).toEqual([place]);
    });

    it.each<[string, string]>([
      ['k8s.yaml', pod('["python", "-c", "1"]')],
      ['k8s.yaml', pod('["curl"]').replace('image: web', 'image: other')],
      ['task.json', task('["CMD-SHELL", "python -c 1"]')],
    ])('passes %s %j', async (file, text) => {
      expect(await found(file, text)).toEqual([]);
    });
  });
});
