import { describe, expect, it } from '@jest/globals';
import { aptInstallWithoutLists as rule } from '../../../../../actions/lib/lint/rules/apt-install-without-lists.ts';
import { findings, marked } from '../../../../support/lint-rule.ts';

const CLEAN = 'rm -rf /var/lib/apt/lists/*';

describe('apt-install-without-lists', () => {
  it.each<[string, readonly string[]]>([
    ['FROM debian:12\nRUN apt-get install -y git', ['apt-get install -y git']],
    [
      'FROM nvidia/cuda:12.8.1-devel-ubuntu24.04\nRUN apt-get upgrade; \\\n  apt-get install -y \\\n git',
      ['apt-get install -y \\\n git'],
    ],
    [
      `FROM ubuntu:24.04\nRUN apt-get update && apt-get install -y a && ${CLEAN}\nRUN apt-get install -y git`,
      ['apt-get install -y git'],
    ],
    [
      `FROM python:3.12-slim AS a\nRUN <<EOF\napt-get update\napt-get install -y a\n${CLEAN}\nEOF\nFROM a\nRUN sudo apt-get install -y b`,
      ['sudo apt-get install -y b'],
    ],
    [
      `FROM debian\nRUN apt-get update && ${CLEAN} && apt-get install -y b && apt-get install -y c`,
      ['apt-get install -y b'],
    ],
    [
      'FROM debian AS a\nRUN apt-get update\nFROM debian\nRUN (apt-get install -y b)',
      ['apt-get install -y b'],
    ],
  ])('catches %s', async (text, places) => {
    expect(await marked(rule, `${text}\n`)).toEqual(places);
  });

  it.each([
    'FROM debian:12\nRUN apt-get update && apt-get install -y git',
    'FROM debian:12\nRUN apt-get -qq update\nRUN apt-get install -y git',
    `FROM debian AS a\nRUN apt update && apt install -y a\nFROM a\nRUN apt install -y b && ${CLEAN}`,
    'FROM python:3.12\nRUN apt-get install -y git',
    'ARG BASE\nFROM $BASE\nRUN apt-get install -y git',
    'FROM ghcr.io/x/y:1\nRUN apt-get install -y --only-upgrade git',
    'FROM debian:12\nRUN --mount=type=cache,target=/var/lib/apt apt-get install -y git',
    'FROM debian:12\nCOPY setup.sh /\nRUN /setup.sh\nRUN apt-get install -y git',
    'FROM debian:12\nRUN bash -c "apt-get update" && apt-get install -y git',
    'FROM debian:12\nRUN curl https://deb.example/setup | bash -\nRUN apt-get install -y nodejs',
    'FROM ubuntu:24.04\nRUN add-apt-repository -y ppa:a/b && apt-get install -y x',
    'FROM debian:12\nRUN apt-get install -y ./x.deb',
    'FROM debian:13\nRUN apt-get install --update -y git && apt-get install -y curl',
    'FROM debian:13\nRUN apt install -U git',
    'FROM debian:12\nRUN apt-get install -y git || (apt-get update && apt-get install -y git)',
    'FROM debian:12\nRUN if ! command -v git; then apt-get install -y git; fi',
    'FROM debian:12\nRUN eatmydata apt-get update && apt-get install -y git',
    'FROM debian:12\nCOPY --from=x / /\nRUN apt-get install -y git',
    'FROM debian:12\nRUN ["apt-get", "update"]\nRUN apt-get install -y git',
    'FROM debian:12\nRUN $UPDATE\nRUN apt-get install -y git',
    'FROM alpine:3.20\nRUN apk add git',
  ])('passes %s', async (text) => {
    expect(await marked(rule, `${text}\n`)).toEqual([]);
  });

  it('warns where the base may hold packages, or lists', async () => {
    const places = async (text: string) =>
      (await findings(rule, `${text}\n`)).map(({ severity, start }) => [severity, text.slice(start)]);
    expect(await places('ARG TAG=main\nFROM x/y:$TAG\nRUN apt install -y tmux')).toEqual([
      ['warning', 'apt install -y tmux'],
    ]);
    for (const base of ['x/y', '$BASE', 'python:3.12'])
      expect(
        await places(`FROM ${base}\nRUN apt-get update && ${CLEAN}\nRUN apt-get install -y git`),
      ).toEqual([['warning', 'apt-get install -y git']]);
  });

  it('tells lists that never were from lists that were removed', async () => {
    const [never] = await findings(rule, 'FROM debian\nRUN apt-get install -y b\n');
    expect(never?.message).toContain('nothing loads them');
    const [removed] = await findings(
      rule,
      `FROM debian\nRUN apt-get update && ${CLEAN}\nRUN apt-get install -y b\n`,
    );
    expect(removed?.message).toContain('were removed before');
  });
});
