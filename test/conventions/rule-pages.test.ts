import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { Rule } from '../../actions/lib/lint/rule.ts';
import { RULES } from '../../actions/lib/lint/rules.ts';
import { fencedBlocks } from '../support/fenced-blocks.ts';
import { type Beside, findings } from '../support/lint-rule.ts';

/** What lies beside the Dockerfile of an example, where the page leaves it to the words. */
const BESIDE: Readonly<Record<string, Beside>> = {
  'copy-source-missing': {
    files: { 'config/model.json': '{}', 'requirements.txt': '' },
    context: { isGiven: false },
  },
  'entrypoint-missing': { files: { 'src/app.py': '' } },
  'file-lost-between-stages': { files: { 'requirements.txt': 'flask\n' } },
  'import-not-installed': { files: { 'app.py': 'import yaml\n' } },
  'owner-doubles-layer': { files: { 'weights.bin': 'x'.repeat(1_000_000) } },
  'script-not-executable': { files: { gradlew: '#!/bin/sh\n' }, executables: [] },
  'used-before-copy': { files: { 'requirements.txt': 'flask\n' } },
};

/** Examples that are whole only with an ignore file, or a file of Compose or Terraform; their rules' own tests have such. */
const ELSEWHERE = ['context-leak', 'build-arg-undeclared', 'build-target-missing', 'command-not-in-image'];

const EXAMPLES = RULES.filter(({ id }) => !ELSEWHERE.includes(id)).flatMap((rule) =>
  dockerfilesOf(rule).map((example) => ({ rule, ...example })),
);

describe('the Dockerfiles on the pages of the rules', () => {
  it('are there, of both kinds', () => {
    expect(EXAMPLES.filter(({ kind }) => kind === 'Bad').length).toBeGreaterThan(50);
    expect(EXAMPLES.filter(({ kind }) => kind === 'Good').length).toBeGreaterThan(50);
  });

  it('are bad where the page says so, and good where it says so', async () => {
    const wrong: string[] = [];
    for (const { rule, kind, place, text } of EXAMPLES) {
      const found = await findings(rule, text, BESIDE[rule.id]);
      if ((kind === 'Bad') !== found.length > 0)
        wrong.push(`${place}: ${kind}, and ${found.length === 0 ? 'nothing is found' : found[0]?.message}`);
    }
    expect(wrong).toEqual([]);
  });
});

function dockerfilesOf({ id }: Rule) {
  const page = `actions/lib/lint/rules/${id}.md`;
  const lines = readFileSync(page, 'utf8').split('\n');
  return fencedBlocks(page, lines.join('\n'))
    .filter(({ language }) => language === 'dockerfile')
    .map(({ place, text }) => {
      const before = lines.slice(0, Number(place.split(':')[1]) - 1);
      const kind = before.findLast((line) => /^\*\*(?:Bad|Good)\*\*/.test(line))?.startsWith('**Bad')
        ? 'Bad'
        : 'Good';
      return { kind, place, text: /^FROM /m.test(text) ? text : `FROM python:3.12-slim-bookworm\n${text}` };
    });
}
