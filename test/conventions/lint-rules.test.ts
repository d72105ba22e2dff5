import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { execaNode } from 'execa';
import { RULES } from '../../actions/lib/lint/rules.ts';

describe('the rules of lint', () => {
  it('are listed, in code and in their table (scripts/lint-rules.ts writes both)', async () => {
    const { stderr, exitCode } = await execaNode('scripts/lint-rules.ts', ['--check'], { reject: false });
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
  });

  it.each(RULES.map(({ id, title }) => [id, title]))('%s has a page and a test', (id, title) => {
    const page = readFileSync(`actions/lib/lint/rules/${id}.md`, 'utf8');
    expect(page.split('\n')[0]?.toLowerCase()).toBe(`# ${id}: ${title.toLowerCase()}`);
    expect(page).toContain('**Bad**');
    expect(page).toContain('**Good**');
    // What is found in another file than a Dockerfile has no comment that silences it.
    expect(page).toMatch(new RegExp(`# darkroom ignore=${id}|baseline`));
    expect(existsSync(`test/unit/lib/lint/rules/${id}.test.ts`)).toBe(true);
  });
});
