import { remoteSourceOf } from '../../dockerfile/remote-source.ts';
import { commandSpan } from '../command-text.ts';
import type { Span } from '../finding.ts';
import { gitClonesOf } from '../git-clones.ts';
import { archivedBranch, pipRepository, refKind } from '../git-ref.ts';
import { invocationOf } from '../invocation.ts';
import type { LintedInstruction, LintedStage } from '../linted-dockerfile.ts';
import type { Draft, Rule } from '../rule.ts';
import { lenientValueAt } from '../word-value.ts';

const REMOTE = /^[a-z+]+:\/\/(?!\/)|^[\w.-]+@[\w.-]+:/;
const FETCHES = new Set(['wget', 'curl', 'aria2c']);
const TAKES_REQUIREMENTS = new Set(['pip', 'uv pip', 'uv', 'uvx', 'pipx', 'poetry', 'pdm']);

/** `git clone https://…` without a commit: each build takes what is newest on its day. */
export const gitUnpinned: Rule = {
  id: 'git-unpinned',
  severity: 'warning',
  title: 'A git repository without a commit',
  covers: ['DL3013'],
  *check(file) {
    for (const stage of file.stages) {
      yield* clones(stage);
      for (const instruction of stage.instructions) {
        if (instruction.keyword === 'ADD') yield* adds(instruction);
        if (instruction.keyword === 'RUN') yield* requirements(instruction);
      }
    }
  },
};

function* clones(stage: LintedStage): Iterable<Draft> {
  for (const { command, url, ref } of gitClonesOf(stage)) {
    const raw = command.words.map((word) => word.raw.replace(/^["']|["']$/g, ''));
    const address = url ?? raw.find((word) => REMOTE.test(word)) ?? '';
    // What lies in the build itself does not move.
    if (!REMOTE.test(address) || address.startsWith('file:')) continue;
    yield* draft(commandSpan(command), `git clone ${address}`, ref, 'put "git checkout <commit>" behind it');
  }
}

function* adds({ command, start, end }: LintedInstruction): Iterable<Draft> {
  if (command.kind !== 'copy' || command.checksum !== '') return;
  for (const source of command.sources) {
    const branch = archivedBranch(source);
    if (branch !== null && !source.includes('$')) {
      yield* draft({ start, end }, `ADD ${source}`, branch, 'name a commit in place of the branch');
    }
    const remote = remoteSourceOf(source);
    if (remote?.kind !== 'git' || remote.commit !== null || source.includes('$')) continue;
    const [, query = '', fragment = ''] = /^[^?#]*(?:\?([^#]*))?(?:#(.*))?$/s.exec(source) ?? [];
    const options = new URLSearchParams(query);
    const ref =
      options.get('ref') ?? options.get('tag') ?? options.get('branch') ?? fragment.split(':')[0] ?? '';
    const isShort = /^[0-9a-f]{7,39}$/.test(ref);
    yield* draft({ start, end }, `ADD ${source}`, isShort ? null : ref, 'name the commit behind "#"');
  }
}

function* requirements(instruction: LintedInstruction): Iterable<Draft> {
  for (const command of instruction.shell?.commands ?? []) {
    const { program = '', args = [] } = invocationOf(command) ?? {};
    const isPip = TAKES_REQUIREMENTS.has(program);
    if (!isPip && !FETCHES.has(program)) continue;
    for (const word of args) {
      const value = lenientValueAt(word, command, instruction);
      const text = word.raw.replace(/^["']|["']$/g, '');
      const branch = archivedBranch(value);
      if (branch !== null) yield* draft(word, text, known(branch), 'name a commit in place of the branch');
      const found = isPip ? pipRepository(value) : null;
      if (found !== null) yield* draft(word, text, known(found.ref), 'put "@<commit>" behind the address');
    }
  }
}

function known(ref: string): string | null {
  return ref.includes('\0') ? null : ref;
}

function* draft(span: Span, text: string, ref: string | null, advice: string): Iterable<Draft> {
  const kind = refKind(ref);
  const place = { start: span.start, end: span.end };
  if (kind === 'moving') {
    const what = ref === '' ? 'the newest commit' : `the newest commit of "${ref}"`;
    const message = `"${text}" takes ${what} on the day of the build, so that two builds differ; ${advice}`;
    yield { ...place, message };
  } else if (kind === 'version') {
    const message = `"${text}" takes what "${ref}" is on at the moment; a name can be moved, a commit cannot`;
    yield { ...place, severity: 'info', message };
  }
}
