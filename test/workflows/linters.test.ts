import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { copyForAct } from '../../scripts/act-copy.ts';
import { findWorkflowTools } from '../../scripts/workflow-tools.ts';

const { actionlint, zizmor } = await findWorkflowTools();

/** Skipped where a linter is not on this machine; scripts/test says so. */
describe('the workflows, as linters see them', () => {
  const copy = mkdtempSync(path.join(tmpdir(), 'darkroom-lint-'));
  beforeAll(() => copyForAct(copy), 60_000);
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  // In the copy, where `$/actions/plan` reads `./actions/plan`: actionlint 1.7.12 knows only the second, and with it
  // looks into our own action.yml files too.
  (actionlint === undefined ? it.skip : it)('have nothing that actionlint objects to', async () => {
    const { stdout } = await execa(actionlint ?? '', ['-oneline', '-no-color'], { cwd: copy, reject: false });
    expect(stdout.split('\n').filter((line) => line !== '')).toEqual([]);
  });

  (zizmor === undefined ? it.skip : it)(
    'have nothing that zizmor objects to, at its most pedantic',
    async () => {
      const args = ['--offline', '--persona', 'pedantic', '--format', 'json', '--no-progress'];
      const places = ['.github/workflows', 'actions'];
      const { stdout } = await execa(zizmor ?? '', [...args, ...places], { reject: false });
      const findings = JSON.parse(stdout) as readonly { readonly ident: string; readonly desc: string }[];
      expect(findings.map(({ ident, desc }) => `${ident}: ${desc}`)).toEqual([]);
    },
  );
});
