import { describe, expect, it } from '@jest/globals';
import { scriptNotExecutable as rule } from '../../../../../actions/lib/lint/rules/script-not-executable.ts';
import { findings, marked } from '../../../../support/lint-rule.ts';

const files = { gradlew: '#!/bin/sh\n', 'tools/run.sh': '#!/bin/sh\n' };
const BASE = 'FROM eclipse-temurin:21-jdk\nWORKDIR /app\n';
const beside = { files, executables: ['tools/run.sh'] };

describe('script-not-executable', () => {
  it.each<[string, readonly string[]]>([
    ['COPY gradlew ./\nRUN ./gradlew build', ['./gradlew build']],
    ['COPY . .\nRUN /app/gradlew build', ['/app/gradlew build']],
    ['COPY . .\nRUN apt-get update && apt-get install -y git && ./gradlew build', ['./gradlew build']],
    ['COPY gradlew ./x/\nWORKDIR x\nRUN ./gradlew', ['./gradlew']],
    ['COPY . .\nRUN ./gradlew a\nRUN ./gradlew b', ['./gradlew a', './gradlew b']],
  ])('looks at %j', async (text, places) => {
    expect(await marked(rule, `${BASE}${text}\n`, beside)).toEqual(places);
  });

  it.each([
    'COPY . .\nRUN ./tools/run.sh',
    'COPY . .\nRUN sh ./gradlew build',
    'COPY . .\nRUN chmod +x gradlew && ./gradlew build',
    'COPY . .\nRUN chmod +x gradlew\nRUN ./gradlew build',
    'COPY --chmod=755 gradlew ./\nRUN ./gradlew build',
    'COPY . .\nRUN ./gradlew build || true',
    'COPY . .\nRUN if ./gradlew build; then true; fi',
    'COPY . .\nRUN cd /other && ./gradlew build',
    'COPY . .\nRUN git clone https://x/y . && ./gradlew build',
    'RUN ./gradlew build\nCOPY . .',
    'COPY . .\nRUN ./other build',
    'COPY . .\nRUN gradlew build',
  ])('passes %j', async (text) => {
    expect(await marked(rule, `${BASE}${text}\n`, beside)).toEqual([]);
  });

  it('says how git is told', async () => {
    const [found] = await findings(rule, `${BASE}COPY . .\nRUN ./gradlew\n`, beside);
    expect(found?.message).toContain('git update-index --chmod=+x gradlew');
    // Not every folder is one of git.
    expect(await findings(rule, `${BASE}COPY . .\nRUN ./gradlew\n`, { files })).toEqual([]);
  });
});
