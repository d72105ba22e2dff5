import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { contextTree } from '../../actions/lib/key/context-tree.ts';
import { type IgnorePatterns, parseIgnoreFile } from '../../actions/lib/key/ignore-patterns.ts';
import { selectContextFiles } from '../../actions/lib/key/select-context-files.ts';
import { type ContextCase, drawCase, randomFrom, readsOf } from '../support/context-cases.ts';

/** A drawn case with a second set of sources; trees without links where `plain`. */
const drawn = (plain: boolean) =>
  fc.integer().map((seed) => {
    const random = randomFrom(seed);
    const [one, other] = [drawCase(random), drawCase(random)];
    if (!plain) return { one, more: other.reads };
    const entries = one.tree.entries.filter(({ mode }) => mode !== '120000');
    const isPlain = ({ path }: { path: string }) => !path.startsWith('!');
    return {
      one: { ...one, tree: { ...one.tree, entries }, reads: one.reads.filter(isPlain) },
      more: other.reads.filter(isPlain),
    };
  });

function ignoreOf({ ignore }: ContextCase): IgnorePatterns | null {
  try {
    return parseIgnoreFile(ignore);
  } catch {
    return null;
  }
}

function pathsOf(
  { tree }: ContextCase,
  ignore: IgnorePatterns | null,
  reads: ContextCase['reads'] | 'whole',
): readonly string[] {
  return selectContextFiles(contextTree(tree.entries, '.', tree.targets), ignore, reads).files.map(
    ({ path }) => path,
  );
}

// With links or names that start with "!" BuildKit itself sends less for more sources: see the engine tests.
test('more sources never select less, in trees without links', () => {
  fc.assert(
    fc.property(drawn(true), ({ one, more }) => {
      const ignore = ignoreOf(one);
      expect(pathsOf(one, ignore, [...one.reads, ...more])).toEqual(
        expect.arrayContaining([...pathsOf(one, ignore, one.reads)]),
      );
    }),
  );
});

test('no sources select more than the whole context, and "." selects the same', () => {
  fc.assert(
    fc.property(drawn(false), ({ one, more }) => {
      const ignore = ignoreOf(one);
      const whole = pathsOf(one, ignore, 'whole');
      expect(whole).toEqual(expect.arrayContaining([...pathsOf(one, ignore, more)]));
      expect(pathsOf(one, ignore, readsOf(['.']))).toEqual(whole);
    }),
  );
});

test('one more pattern that is no exception never selects more', () => {
  fc.assert(
    fc.property(
      drawn(false),
      fc.constantFrom('a', '*', '**/x.txt', 'src/**', '[a-c]*'),
      ({ one }, pattern) => {
        const [before, after] = [ignoreOf(one), parseIgnoreFile(pattern)];
        const both = { file: '', patterns: [...(before?.patterns ?? []), ...after.patterns] };
        expect(pathsOf(one, before, one.reads)).toEqual(
          expect.arrayContaining([...pathsOf(one, both, one.reads)]),
        );
      },
    ),
  );
});

test('a selection does not depend on where the context lies in the repository', () => {
  fc.assert(
    fc.property(drawn(false), ({ one }) => {
      const moved = one.tree.entries.map((entry) => ({ ...entry, path: `images/svc/${entry.path}` }));
      const around = (path: string) => ({ mode: '100644', id: 'beside', path }) as const;
      const entries = [around('images/svc-1/a'), ...moved, around('images/svc0'), around('z')];
      const ignore = ignoreOf(one);
      const there = selectContextFiles(
        contextTree(entries, 'images/svc', one.tree.targets),
        ignore,
        one.reads,
      );
      expect(there).toEqual(
        selectContextFiles(contextTree(one.tree.entries, '.', one.tree.targets), ignore, one.reads),
      );
    }),
  );
});
