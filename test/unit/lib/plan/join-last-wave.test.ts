import { expect, test } from '@jest/globals';
import type { ImageNode } from '../../../../actions/lib/graph/image-graph.ts';
import { type Draft, joinSteps, type Step } from '../../../../actions/lib/plan/job-draft.ts';
import { joinLastWave } from '../../../../actions/lib/plan/join-last-wave.ts';

/** A chain that hangs together with nothing else. */
function chain(name: string, length: number): Draft {
  const ids = Array.from({ length }, (_, index) => `${name}-${index}`);
  const steps = ids.map((id, index): Step => {
    const node = { id, image: { name: id, runner: [] }, platform: 'linux/amd64' } as unknown as ImageNode;
    const links = { parents: ids.slice(index - 1, index), children: ids.slice(index + 1, index + 2) };
    return { ...links, node, key: '', runner: ['here'], depth: index + 1, height: length - index };
  });
  return joinSteps(steps);
}

function chains(name: string, count: number, length: number): readonly Draft[] {
  return Array.from({ length: count }, (_, index) => chain(`${name}${index}`, length));
}

test('two long jobs are not joined while there are short ones', () => {
  const joined = joinLastWave([...chains('long', 20, 2), ...chains('short', 280, 1)]);
  expect(joined).toHaveLength(150);
  expect(Math.max(...joined.map(({ steps }) => steps.length))).toBe(3);
});
