import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readIgnoreComments } from '../../actions/lib/lint/ignore-comments.ts';
import { lintProject } from '../../actions/lib/lint/lint-project.ts';
import type { LintedProject } from '../../actions/lib/lint/linted-project.ts';
import { loadShellGrammar } from '../../actions/lib/lint/load-shell-grammar.ts';
import { readOrchestration } from '../../actions/lib/lint/orchestration/read-orchestration.ts';
import { readLintedDockerfile } from '../../actions/lib/lint/read-linted-dockerfile.ts';
import { RULES } from '../../actions/lib/lint/rules.ts';

const parser = await loadShellGrammar();
const nothing = readOrchestration({ files: [], read: () => null, builds: [], shell: parser, hcl: null });

function lint(text: string) {
  const file = readLintedDockerfile(parser, 'Dockerfile', text);
  const project: LintedProject = {
    ...{ dockerfiles: [file], files: ['Dockerfile'], executables: null, today: '2026-11-22' },
    ...{ orchestration: nothing, read: () => text, readScript: () => null, contextOf: () => null },
  };
  readIgnoreComments(file);
  return lintProject({
    ...{ project, dockerfiles: [file], rules: RULES, hadolint: new Map(), others: [] },
    ...{ isNarrow: true, isWanted: () => true },
  }).findings;
}

/** Pieces that mean something to one of the readers, put together in any way. */
// biome-ignore format: a row for each kind
const PIECES = [
  'FROM ', 'RUN ', 'COPY ', 'ADD ', 'ENV ', 'ARG ', 'CMD ', 'ENTRYPOINT ', 'HEALTHCHECK CMD ', 'SHELL ', 'USER ',
  'WORKDIR ', 'LABEL ', 'ONBUILD ', 'AS a', '--from=a ', '--mount=type=secret,id=x ', '--chmod=755 ', '# syntax=',
  '\n', '\n', '\n', '\r\n', '\r', '\\\n', '\\', '`', ' ', '\t', '\ufeff', '\0', '\ufffd', '\u2028', '😀', '\ud800',
  '<<EOF\n', 'EOF\n', "<<-'E'\n", '$(', ')', '${', '}', '$A', '"', "'", '[', ']', '["', '","', '"]', '{', '(', '((', '))',
  ' && ', ' || ', ' | ', '; ', ' & ', '> ', '>> ', '2>&1 ', '<(', '`cat`', 'if ', 'then ', 'fi', 'for x in ', 'do ',
  'done', 'case x in ', 'esac', 'f() ', '!', '# darkroom ignore=all ', '# hadolint ignore=DL3008', '=', ':', '/', '-', '*',
  'ubuntu:22.04', 'python:3.11-slim', 'nvidia/cuda:12.1.0-devel-ubuntu22.04', 'scratch', 'a@sha256:b',
  'apt-get install -y git ', 'apt-get update ', 'pip install torch==2.1.0 ', 'uv pip install --system x>=1 ', 'sudo ',
  'curl -L https://a.b/c.tar.gz ', 'git clone https://a.b/c ', 'python -c "import torch" ', 'cd /x ', 'set -e ', 'export A=1 ',
  'conda install -y x ', 'wget -O- https://u:p@a.b ', 'tar xf c.tar.gz ', 'nvidia-smi ', 'bash -c "', '-r requirements.txt ',
];
const written = fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }).map((pieces) => pieces.join(''));
const bytes = fc.uint8Array({ maxLength: 300 }).map((found) => Buffer.from(found).toString('utf8'));
const texts = fc.oneof(
  { arbitrary: written.map((text) => `FROM ubuntu:22.04\nRUN ${text}`), weight: 3 },
  { arbitrary: written, weight: 3 },
  { arbitrary: bytes, weight: 1 },
  { arbitrary: fc.string({ unit: 'binary', maxLength: 200 }), weight: 1 },
);

describe('lint', () => {
  it('finds what it finds in its place, whatever a Dockerfile holds', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const lines = text.split('\n');
        for (const { finding, region } of lint(text)) {
          const { startLine, startColumn, endLine, endColumn } = region;
          expect(finding.rule).not.toBe('lint/rule-failed');
          expect(0 <= finding.start && finding.start <= finding.end && finding.end <= text.length).toBe(true);
          expect(1 <= startLine && startLine <= endLine && endLine <= lines.length).toBe(true);
          expect(1 <= startColumn && startColumn <= (lines[startLine - 1] ?? '').length + 1).toBe(true);
          expect(1 <= endColumn && (endLine > startLine || endColumn >= startColumn)).toBe(true);
          for (const { start, end } of finding.fix?.edits ?? [])
            expect(0 <= start && start <= end && end <= text.length).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
