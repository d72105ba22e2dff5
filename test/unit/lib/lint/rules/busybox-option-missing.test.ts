import { describe, expect, it } from '@jest/globals';
import { busyboxOptionMissing as rule } from '../../../../../actions/lib/lint/rules/busybox-option-missing.ts';
import { findings, marked } from '../../../../support/lint-rule.ts';

describe('busybox-option-missing', () => {
  it.each<[string, string]>([
    ['FROM alpine:3.20\nRUN echo "a b" | sha256sum --check --strict', '--check'],
    ['FROM alpine\nRUN grep -oP "a" b', '-oP'],
    ['FROM alpine:3.20\nRUN find / -name a -printf "%p"', '-printf'],
    ['FROM alpine:3.3\nRUN set -xe && { find /a -type f -executable -exec strip {} + ; }', '-executable'],
    ['FROM python:3.12-alpine\nRUN wget --progress=dot:giga http://x/y', '--progress=dot:giga'],
    ['FROM golang:1.23-alpine3.20\nRUN tar -x --wildcards "a*" -f b.tar', '--wildcards'],
    ['FROM node:22-alpine\nRUN adduser --disabled-login app', '--disabled-login'],
    ['FROM alpine:3.20\nRUN apk add --no-cache bash && chmod --recursive 755 /a', '--recursive'],
    ['FROM alpine:3.20 AS a\nFROM a\nRUN md5sum --quiet -c a', '--quiet'],
    ['FROM alpine:3.20\nRUN md5sum --status -c a && apk add coreutils', '--status'],
    ['FROM alpine:3.20\nRUN apk add gnupg gnutls && md5sum --status -c a', '--status'],
  ])('catches %s', async (text, place) => {
    expect(await marked(rule, `${text}\n`)).toEqual([place]);
  });

  it.each([
    'FROM alpine:3.20\nRUN sha256sum -c a',
    'FROM alpine:3.20\nRUN find / -executable -print0',
    'FROM alpine:3.20\nRUN apk add --no-cache coreutils grep && sha256sum --check a && grep -P a b',
    'FROM alpine:3.20 AS a\nRUN apk add --no-cache coreutils\nFROM a\nRUN sha256sum --check a',
    'FROM alpine:3.20\nRUN apk add $PACKAGES && sha256sum --check a',
    'FROM alpine:3.20\nRUN tar --strip-components=1 --no-same-own -xf a && wget --no-check-certificate --tries=3 http://x',
    'FROM alpine:3.20\nRUN adduser --system --disabled-password --uid 1 app && addgroup --system app',
    'FROM alpine:3.20\nRUN grep -qE a b || true',
    'FROM alpine:3.20\nRUN md5sum --check a || md5sum -c a',
    'FROM alpine:3.20\nRUN if grep -P a b; then c; fi',
    'FROM alpine:3.20\nRUN grep -- -P a && rm --help && tar -xf a -C /b',
    'FROM alpine:3.20\nCOPY --from=x /usr/bin/grep /usr/bin/grep\nRUN grep -P a b',
    'FROM debian:12\nRUN sha256sum --check a',
    'FROM php:8-alpine\nRUN tar --wildcards -xf a',
    'FROM x\nRUN grep -P a b',
    'FROM alpine:3.20\nRUN sort $A --unique',
  ])('passes %s', async (text) => {
    expect(await marked(rule, `${text}\n`)).toEqual([]);
  });

  it('is a warning where success follows whatever happens', async () => {
    const found = await findings(
      rule,
      'FROM alpine:3.3\nRUN { find /a -executable -exec strip {} + || true; }\n',
    );
    expect(found).toMatchObject([{ severity: 'warning' }]);
  });

  it('says what brings the option', async () => {
    expect(await findings(rule, 'FROM alpine\nRUN grep -P a b\n')).toMatchObject([
      { severity: 'error', message: expect.stringContaining('or install "grep"') },
    ]);
    expect(await findings(rule, 'FROM alpine\nRUN adduser --quiet b\n')).toMatchObject([
      { message: expect.stringContaining('write it as BusyBox does') },
    ]);
  });
});
