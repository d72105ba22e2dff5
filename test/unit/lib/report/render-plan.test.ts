import { describe, expect, it } from '@jest/globals';
import { planMarkdown } from '../../../../actions/lib/report/render-plan.ts';
import { madePlan } from '../../../support/plan-to-publish.ts';

function wide(children: number, name: (index: number) => string = (index) => `child-${index}`): string {
  const images = Array.from({ length: children }, (_, index) => ({
    ...{ name: name(index), content: '', parents: ['base'], action: 'build' as const },
  }));
  const base = { name: 'base', content: '', action: 'build' as const };
  return planMarkdown(madePlan({ target: 'example.org/test', images: [base, ...images] }));
}

describe('planMarkdown', () => {
  it('draws what is built', () => {
    expect(wide(500)).toMatch(/```mermaid\nflowchart LR\n {2}n0\["base"\]:::build\n/);
  });

  it.each([
    ['lines', wide(501)],
    ['characters', wide(400, (index) => `${'child-'.repeat(20)}${index}`)],
  ])('leaves out a picture of more %s than GitHub draws', (_, markdown) => {
    expect(markdown).toContain('| base | build |');
    expect(markdown).not.toContain('mermaid');
  });
});
