import { describe, expect, it } from '@jest/globals';
import { wrongPackageManager as rule } from '../../../../../actions/lib/lint/rules/wrong-package-manager.ts';
import { findings, marked } from '../../../../support/lint-rule.ts';

describe('wrong-package-manager', () => {
  it.each<[string, readonly string[]]>([
    [
      'FROM python:3.12-alpine\nRUN apt-get update && apt-get install -y git',
      ['apt-get update', 'apt-get install -y git'],
    ],
    ['FROM python:3.12-slim\nRUN apk add --no-cache git', ['apk add --no-cache git']],
    ['FROM ubuntu:22.04\nRUN set -e; \\\n    yum install -y gcc', ['yum install -y gcc']],
    ['FROM nvidia/cuda:12.4.1-devel-rockylinux9\nRUN apt-get update', ['apt-get update']],
    ['FROM nvidia/cuda:12.4.1-devel-ubi8\nRUN sudo apt-get update', ['sudo apt-get update']],
    ['FROM rockylinux:9\nRUN <<EOF\napk add curl\nEOF', ['apk add curl']],
    ['ARG V=3.20\nFROM alpine:$V AS a\nFROM a\nRUN dnf install -y x', ['dnf install -y x']],
    ['FROM registry.access.redhat.com/ubi9/ubi:9.4\nRUN apt install x', ['apt install x']],
  ])('catches %s', async (text, places) => {
    expect(await marked(rule, `${text}\n`)).toEqual(places);
  });

  it.each([
    'FROM debian:12\nRUN apt-get update && apt-get install -y git',
    'FROM alpine\nRUN apk add git',
    'FROM quay.io/someone/thing:latest\nRUN apk add git',
    'FROM ubuntu:22.04\nRUN if [ -f /etc/alpine-release ]; then apk add git; fi',
    'FROM ubuntu:22.04\nRUN command -v apk && echo yes',
    'FROM ubuntu:22.04\nRUN apt-get update || yum makecache',
    'FROM alpine:3.20\nRUN apk add apt dpkg\nRUN dpkg -i x.deb',
    'FROM alpine:3.20\nCOPY --from=x / /\nRUN apt-get update',
    'ARG B\nFROM python:$B\nRUN apk add git',
    'FROM fedora:41\nRUN dnf install -y git && yum clean all',
    'FROM alpine:3.20\nCMD apt-get update',
  ])('passes %s', async (text) => {
    expect(await marked(rule, `${text}\n`)).toEqual([]);
  });

  it('names the right one', async () => {
    const [found] = await findings(rule, 'FROM alpine:3.20\nRUN apt-get update\n');
    expect(found?.message).toBe('"apt-get" is not in an image of alpine, which has apk');
  });
});
