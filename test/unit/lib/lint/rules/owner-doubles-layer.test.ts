import { describe, expect, it } from '@jest/globals';
import { ownerDoublesLayer as rule } from '../../../../../actions/lib/lint/rules/owner-doubles-layer.ts';
import { findings, marked } from '../../../../support/lint-rule.ts';

const MUCH = {
  context: {
    files: new Map([
      ['a', 2e6],
      ['models/b', 2e6],
      ['c', 2e5],
    ]),
  },
};

describe('owner-doubles-layer', () => {
  it.each<[string, string]>([
    ['COPY . /app\nRUN useradd app && chown -R app:app /app', 'chown -R app:app /app'],
    ['WORKDIR /app\nCOPY . .\nRUN chown --recursive app .', 'chown --recursive app .'],
    ['COPY models /srv/models\nRUN chmod -R 755 /srv', 'chmod -R 755 /srv'],
    ['COPY --chmod=644 a /app\nRUN chown -Rh app /app', 'chown -Rh app /app'],
    ['COPY gone /app\nRUN chown -R app /app', 'chown -R app /app'],
  ])('catches %s', async (text, place) => {
    expect(await marked(rule, `FROM python:3.11\n${text}\n`, MUCH)).toEqual([place]);
  });

  it.each([
    'COPY --chown=app . /app\nRUN chown -R app /app',
    'RUN chown -R app /app\nCOPY . /app',
    'COPY . /app\nRUN chown app /app',
    'COPY c /app\nRUN chown -R app /app',
    'COPY --from=x /out/etc/ /etc/app/\nRUN chown -R app /etc/app',
    'COPY . /app\nRUN chown -R app /data',
    'COPY . /app\nRUN chmod -R u+rwX /app',
    'COPY requirements.txt /app/requirements.txt\nRUN chown -R app /app',
    'COPY --from=x condarc /app/.condarc\nRUN chown -R app /app',
    'COPY . /app\nRUN chown -R app "$HOME"',
    'COPY . /app\nRUN chown -R app /app\nFROM python:3.11\nCOPY --from=0 /app /app',
    'FROM example.com/x\nCOPY . app\nRUN chown -R app app',
  ])('passes %s', async (text) => {
    expect(await marked(rule, `FROM python:3.11\n${text}\n`, MUCH)).toEqual([]);
  });

  it('names the flag', async () => {
    const [found] = await findings(rule, 'FROM python:3.11\nCOPY . /app\nRUN chmod -R 755 /app\n', MUCH);
    expect(found).toMatchObject({ severity: 'info' });
    expect(found?.message).toContain('give "COPY" the flag "--chmod="');
  });
});
