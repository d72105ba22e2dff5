import { describe, expect, it } from '@jest/globals';
import { archiveLeftInLayer as rule } from '../../../../../actions/lib/lint/rules/archive-left-in-layer.ts';
import { marked } from '../../../../support/lint-rule.ts';

describe('archive-left-in-layer', () => {
  it.each<[string, string]>([
    ['RUN wget https://x/a.tar.gz && tar xf a.tar.gz', 'wget https://x/a.tar.gz'],
    [
      'RUN curl -fsSLo /tmp/a.zip https://x/a && \\\n  unzip /tmp/a.zip',
      'curl -fsSLo /tmp/a.zip https://x/a',
    ],
    ['RUN rm -rf /x && wget https://x/a.tgz && tar -C /opt -xzf a.tgz', 'wget https://x/a.tgz'],
    ['RUN wget https://x/a.tgz && tar xf a.tgz\nRUN rm a.tgz', 'wget https://x/a.tgz'],
  ])('catches %s', async (text, place) => {
    expect(await marked(rule, `FROM debian:12\n${text}\n`)).toEqual([place]);
  });

  it.each([
    'RUN wget https://x/a.tgz && tar xf a.tgz && rm a.tgz',
    'RUN cd /tmp && wget https://x/a.tgz && tar xf a.tgz && rm -rf /tmp/*',
    'RUN curl -fsSL https://x/a.tgz | tar xz',
    'RUN wget https://x/a.tgz',
    'RUN --mount=type=tmpfs,target=/tmp wget -P /tmp https://x/a.tgz && tar xf /tmp/a.tgz',
    'RUN wget https://x/a.tgz && tar xf a.tgz\nFROM debian:12\nCOPY --from=0 /a /a',
    'RUN wget https://x/a.tgz && tar xf b.tgz',
  ])('passes %s', async (text) => {
    expect(await marked(rule, `FROM debian:12\n${text}\n`)).toEqual([]);
  });
});
