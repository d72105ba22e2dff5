import { describe, expect, it } from '@jest/globals';
import { parseStatus, parseTree } from '../../../../actions/lib/git/parse-listings.ts';

const ID = 'a'.repeat(40);

describe('parseTree', () => {
  it('reads every mode and any name', () => {
    const output = Buffer.concat([
      Buffer.from(`100644 blob ${ID}\ta b\tc\nd\0`),
      Buffer.from(`120000 blob ${ID}\t`),
      Buffer.from([0xff, 0]),
      Buffer.from(`160000 commit ${ID}\tsub\0`),
    ]);
    expect(parseTree(output)).toEqual([
      { mode: '100644', id: ID, path: 'a b\tc\nd' },
      { mode: '120000', id: ID, path: '\udcff' },
      { mode: '160000', id: ID, path: 'sub' },
    ]);
  });

  it('reads an empty tree', () => {
    expect(parseTree(Buffer.alloc(0))).toEqual([]);
  });
});

describe('parseStatus', () => {
  it('reads changed, conflicting and untracked paths, with spaces and newlines', () => {
    const output = [
      '# branch.oid (initial)',
      '# branch.head main',
      `1 .M N... 100644 100644 100644 ${ID} ${ID} b c\nd`,
      `u UU N... 100644 100644 100644 100644 ${ID} ${ID} ${ID} a`,
      '? new file',
      '',
    ].join('\0');
    expect(parseStatus(Buffer.from(output))).toEqual({ branch: 'main', dirty: ['a', 'b c\nd', 'new file'] });
  });

  it('has no branch when HEAD is detached', () => {
    expect(parseStatus(Buffer.from('# branch.head (detached)\0')).branch).toBeNull();
  });
});
