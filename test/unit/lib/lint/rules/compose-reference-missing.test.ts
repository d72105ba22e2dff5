import { describe, expect, it } from '@jest/globals';
import { composeReferenceMissing as rule } from '../../../../../actions/lib/lint/rules/compose-reference-missing.ts';
import { findings } from '../../../../support/lint-rule.ts';

const found = (text: string, file = 'compose.yaml', others: Record<string, string> = {}) =>
  findings(rule, 'FROM a\n', { files: { [file]: text, ...others } });
const service = (lines: string) =>
  `services:\n  web:\n    image: x\n    ${lines}\n  database: { image: y }\n`;

describe('compose-reference-missing', () => {
  it.each<[string, string]>([
    [
      'depends_on: [databse]',
      '"web" names the service "databse", and this file has none under "services"; did you mean "database"?',
    ],
    ['depends_on: { cache: { condition: service_started } }', 'service "cache"'],
    ['links: ["cache:c"]', 'service "cache"'],
    ['network_mode: service:vpn', 'service "vpn"'],
    ['networks: [backend]', 'network "backend"'],
    ['networks: { backend: { aliases: [a] } }', 'network "backend"'],
    ['volumes: ["models:/models:ro"]', 'volume "models"'],
    ['volumes: [{ type: volume, source: models, target: /models }]', 'volume "models"'],
    ['secrets: [token]', 'secret "token"'],
    ['secrets: [{ source: token }]', 'secret "token"'],
    ['configs: [{ source: nginx, target: /x }]', 'config "nginx"'],
  ])('catches %s', async (lines, message) => {
    expect(await found(service(lines))).toMatchObject([
      { file: 'compose.yaml', message: expect.stringContaining(message) },
    ]);
  });

  it('marks the name', async () => {
    const text = service('volumes: ["models:/models"]\n    networks:\n      back: {}');
    const places = (await found(text)).map(({ start, end }) => text.slice(start, end));
    expect(places).toEqual(['back: {}', '"models:/models"]']);
  });

  it.each([
    service('depends_on: [database]'),
    service('networks: [default]'),
    `${service('networks: [back]')}networks: { back: {} }\n`,
    service('volumes: ["models:/models", "./a:/a", "/b:/b", "~/c:/c", "/anonymous", "anonymous"]') +
      'volumes: { models: }\n',
    service('volumes: [{ type: bind, source: models, target: /models }]'),
    service(`volumes: ["${'$'}{DATA:-data}:/data"]`),
    `${service('secrets: [token]')}secrets: { token: { file: x } }\n`,
    service('network_mode: host'),
    `${service('depends_on: [other]')}include: [other.yaml]\n`,
    'x-base: &base\n  depends_on: [b]\nservices:\n  a: { <<: *base, image: x }\n  b:\n',
    'web:\n  image: x\n  links: [gone]\n',
  ])('passes %j', async (text) => {
    expect(await found(text)).toEqual([]);
  });

  it('passes what is laid over another file, and what another one of the folder declares', async () => {
    const text = service('depends_on: [cache]');
    expect(await found(text, 'compose.gpu.yaml')).toEqual([]);
    const other = 'services: { cache: { image: z } }\n';
    expect(await found(text, 'compose.yaml', { 'compose.override.yaml': other })).toEqual([]);
    expect(await found(text, 'compose.yaml', { 'other/compose.yaml': other })).toHaveLength(1);
  });
});
