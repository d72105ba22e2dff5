/**
 * Says what keeps a tag from being a release, and prints the notes of one that nothing keeps. Usage:
 * scripts/check-release v1.2.3
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { DarkroomError, type Problem } from '../actions/lib/errors/darkroom-error.ts';
import { quote } from '../actions/lib/matrix/quote.ts';
import { reportFailure } from './report-failure.ts';

/** What a release is made of. */
export interface ReleaseSources {
  /** `package.json` as text. */
  readonly manifest: string;
  /** `CHANGELOG.md`. */
  readonly changelog: string;
  /** Whether the tagged commit is on the default branch. */
  readonly isOnMain: boolean;
}

const TAG = /^v(?<version>(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*))$/;

/** Gives the notes of a release, Markdown. @throws DarkroomError `release/…`: everything that is wrong with it, at once */
export function releaseNotes(tag: string, { manifest, changelog, isOnMain }: ReleaseSources): string {
  const version = TAG.exec(tag)?.groups?.version;
  if (version === undefined) {
    const message = `The tag is ${quote(tag)}; expected a version such as "v1.2.3".`;
    throw new DarkroomError({ code: 'release/bad-tag', message }, { kind: 'use' });
  }
  const problems: Problem[] = [];
  const written = (JSON.parse(manifest) as { readonly version?: string }).version ?? '';
  if (written !== version) {
    problems.push({
      code: 'release/other-version',
      place: { file: 'package.json' },
      message: `"version" is ${quote(written)}; expected "${version}", as the tag says.`,
    });
  }
  const notes = sectionOf(changelog, version);
  if (notes === '') {
    problems.push({
      code: 'release/no-notes',
      place: { file: 'CHANGELOG.md' },
      message: `Nothing stands under "## ${version}"; expected what is new in it.`,
      hint: 'Give the section "## Unreleased" that name, and begin a new one above it.',
    });
  }
  if (!isOnMain) {
    const message = `The commit of "${tag}" is not on "main"; expected one that was merged.`;
    problems.push({ code: 'release/not-merged', message });
  }
  if (problems.length > 0) throw new DarkroomError(problems);
  return notes;
}

/** What stands under the heading of a version, with a date behind it or not. */
function sectionOf(changelog: string, version: string): string {
  const lines = changelog.split('\n');
  const first = lines.findIndex((line) => line === `## ${version}` || line.startsWith(`## ${version} `));
  if (first === -1) return '';
  const rest = lines.slice(first + 1);
  const end = rest.findIndex((line) => line.startsWith('## '));
  return rest
    .slice(0, end === -1 ? rest.length : end)
    .join('\n')
    .trim();
}

async function readSources(root: string): Promise<ReleaseSources> {
  const read = (file: string) => readFile(path.join(root, file), 'utf8');
  const merged = ['merge-base', '--is-ancestor', 'HEAD', 'refs/remotes/origin/main'];
  const { exitCode } = await execa('git', merged, { cwd: root, reject: false });
  return {
    ...{ manifest: await read('package.json'), changelog: await read('CHANGELOG.md') },
    isOnMain: exitCode === 0,
  };
}

if (import.meta.main) {
  try {
    const sources = await readSources(path.resolve(import.meta.dirname, '..'));
    process.stdout.write(`${releaseNotes(process.argv[2] ?? '', sources)}\n`);
  } catch (error) {
    process.exitCode = reportFailure(error, { wantsJson: false });
  }
}
