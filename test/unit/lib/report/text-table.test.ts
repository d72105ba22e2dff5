import { describe, expect, it } from '@jest/globals';
import stringWidth from 'string-width';
import { markdownTable, textTable } from '../../../../actions/lib/report/text-table.ts';

describe('textTable', () => {
  const rows = [
    ['base-python', 'hit', 'in the registry'],
    ['colmap', 'build', 'containers/colmap/Dockerfile changed, and so did requirements.txt'],
  ];

  it('lines up columns without borders', () => {
    expect(textTable(['image', 'action', 'why'], rows, 120)).toBe(
      [
        'image        action  why',
        'base-python  hit     in the registry',
        'colmap       build   containers/colmap/Dockerfile changed, and so did requirements.txt',
      ].join('\n'),
    );
  });

  it('cuts the widest column when the terminal is narrow', () => {
    expect(textTable(['image', 'action', 'why'], rows, 48)).toBe(
      [
        'image        action  why',
        'base-python  hit     in the registry',
        'colmap       build   containers/colmap/Dockerfi…',
      ].join('\n'),
    );
  });

  it('counts wide characters as two columns, and stays inside tiny widths', () => {
    expect(textTable(['名前', 'b'], [['画像', 'x']], 40)).toBe('名前  b\n画像  x');
    for (const line of textTable(['a', 'b', 'c'], rows, 7).split('\n'))
      expect(stringWidth(line)).toBeLessThanOrEqual(7);
  });

  it('fills missing cells and draws the head of an empty table', () => {
    expect(textTable(['a', 'b'], [['1']], 40)).toBe('a  b\n1');
    expect(textTable(['a', 'b'], [], 40)).toBe('a  b');
  });
});

describe('markdownTable', () => {
  it('shows what cells hold as text', () => {
    expect(
      markdownTable(
        ['image', 'why'],
        [
          ['a|b', 'line one\r\nline two'],
          ['<img src=x>', '`x` & [y](z) *w* _v_ ~u~ \\'],
        ],
      ),
    ).toBe(
      [
        '| image | why |',
        '| --- | --- |',
        '| a\\|b | line one line two |',
        '| &lt;img src=x&gt; | \\`x\\` &amp; \\[y\\](z) \\*w\\* \\_v\\_ \\~u\\~ \\\\ |',
      ].join('\n'),
    );
  });

  it('gives every row as many cells as there are columns', () => {
    expect(markdownTable(['a', 'b'], [['1'], ['1', '2', '3']])).toBe(
      '| a | b |\n| --- | --- |\n| 1 |  |\n| 1 | 2 |',
    );
  });
});
