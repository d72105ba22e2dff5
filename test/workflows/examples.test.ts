import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { parse } from 'yaml';
import { rewriteForAct } from '../../scripts/act-copy.ts';
import { program } from '../../scripts/darkroom.ts';
import { findWorkflowTools } from '../../scripts/workflow-tools.ts';
import { checkExample, exampleKind, inlineCommands } from '../support/check-example.ts';
import { exampleWorkflow, missingGrants } from '../support/example-workflow.ts';
import { fencedBlocks } from '../support/fenced-blocks.ts';
import type { WorkflowFile } from '../support/workflow-files.ts';

const TRACKED = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => existsSync(file));
const PAGES = TRACKED.filter((file) => file.endsWith('.md')).map((page) => ({
  page,
  text: readFileSync(page, 'utf8'),
}));
const BLOCKS = PAGES.flatMap(({ page, text }) => fencedBlocks(page, text));
const { actionlint } = await findWorkflowTools();

describe('the examples of every page', () => {
  it('are there', () => {
    expect(BLOCKS.length).toBeGreaterThan(150);
  });

  it('are each of a kind that a check knows, and right', async () => {
    const wrong: string[] = [];
    for (const block of BLOCKS) {
      const known = exampleKind(block);
      const problems = 'kind' in known ? await checkExample(known.kind, block.text) : [known.problem];
      wrong.push(...problems.map((problem) => `${block.place}: ${problem}`));
    }
    expect(wrong).toEqual([]);
  });

  it('call the command as it can be called, also within a sentence', async () => {
    const commands = PAGES.flatMap(({ page, text }) =>
      inlineCommands(text).map((command) => ({ page, command })),
    );
    expect(commands.length).toBeGreaterThan(10);
    const wrong: string[] = [];
    for (const { page, command } of commands) {
      wrong.push(...(await checkExample('sh', command)).map((problem) => `${page}: ${problem}`));
    }
    expect(wrong).toEqual([]);
  });
});

describe('the README', () => {
  const readme = readFileSync('README.md', 'utf8');
  const row = (verb: string) => readme.split('\n').find((line) => line.match(`^\\| \`${verb}[\` ]`) !== null);

  it('lists every verb of the command', () => {
    expect(program.commands.map((verb) => verb.name()).filter((verb) => row(verb) === undefined)).toEqual([]);
  });

  it('links to the page of every action', () => {
    const actions = TRACKED.flatMap((file) => /^actions\/[^/]+(?=\/action\.yml$)/.exec(file) ?? []);
    expect(actions.filter((action) => !readme.includes(`(${action}/README.md`))).toEqual([]);
  });
});

describe('the workflows of every page', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'darkroom-examples-'));
  const workflows = new Map<string, { readonly place: string; readonly text: string }>();
  const own = TRACKED.filter((file) =>
    /^(?:\.github\/workflows\/.*|actions\/[^/]+\/action)\.yml$/.test(file),
  );

  beforeAll(() => {
    const write = (file: string, text: string) => {
      mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
      writeFileSync(path.join(folder, file), text);
    };
    write('.git/HEAD', 'ref: refs/heads/main');
    for (const file of own) {
      write(file, rewriteForAct(readFileSync(file, 'utf8')));
      if (file.endsWith('/action.yml')) write(path.join(path.dirname(file), 'dist/index.js'), '');
    }
    for (const [index, block] of BLOCKS.entries()) {
      const known = exampleKind(block);
      if (!('kind' in known) || known.kind !== 'workflow') continue;
      const file = `.github/workflows/example-${index}.yml`;
      const text = exampleWorkflow(block.text);
      workflows.set(file, { place: block.place, text });
      write(file, text);
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('grant what the workflows that they call ask for', () => {
    const readCalled = (file: string) => parse(readFileSync(file, 'utf8')) as WorkflowFile['data'];
    const missing = [...workflows.values()].flatMap(({ place, text }) =>
      missingGrants(text, readCalled).map((problem) => `${place}: ${problem}`),
    );
    expect(missing).toEqual([]);
  });

  /** Skipped where the linter is not on this machine; scripts/test says so. */
  (actionlint === undefined ? it.skip : it)('have nothing that actionlint objects to', async () => {
    const args = ['-oneline', '-no-color', ...workflows.keys()];
    const { stdout } = await execa(actionlint ?? '', args, { cwd: folder, reject: false });
    const found = stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.replace(/^[^:]+/, (file) => workflows.get(file)?.place ?? file));
    expect(found).toEqual([]);
  });
});
