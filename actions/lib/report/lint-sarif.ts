/** Findings as SARIF 2.1.0: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html */
import { encodePath } from '../git/path-text.ts';
import type { Edit, Severity } from '../lint/finding.ts';
import { fingerprint } from '../lint/fingerprint.ts';
import { type PlacedFinding, type Region, regionOf } from '../lint/placed-finding.ts';
import { rulePage } from '../lint/rule-page.ts';
import { RULES } from '../lint/rules.ts';
import type { SourceText } from '../lint/source-text.ts';

const LEVELS: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  ...{ error: 'error', warning: 'warning', info: 'note', style: 'note' },
};

const TITLES = new Map(RULES.map(({ id, title, severity }) => [id, { title, severity }]));

/** What made a log. */
export interface SarifTool {
  readonly version?: string;
  /** As `rulePage` takes it. */
  readonly home?: string;
}

/** One log with one run. Paths are relative to the top of the repository, as code scanning wants them. */
export function sarifLog(findings: readonly PlacedFinding[], { version, home }: SarifTool): object {
  const ids = [...new Set([...TITLES.keys(), ...findings.map(({ finding }) => finding.rule)])];
  const indexOf = new Map(ids.map((id, index) => [id, index]));
  const seen = new Map<string, number>();
  return {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Darkroom',
            ...(version === undefined ? {} : { version }),
            rules: ids.map((id) => ruleOf(id, findings, home)),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: findings.map((placed) => resultOf(placed, indexOf, seen)),
      },
    ],
  };
}

function ruleOf(id: string, findings: readonly PlacedFinding[], home?: string): object {
  const known = TITLES.get(id);
  const severity =
    known?.severity ?? findings.find(({ finding }) => finding.rule === id)?.finding.severity ?? 'info';
  const page = rulePage(id, home);
  const title = known?.title ?? id;
  return {
    id,
    shortDescription: { text: `${title}.` },
    fullDescription: { text: `${title}.` },
    help: { text: `What it means and what to do: ${page}` },
    ...(page.startsWith('https://') ? { helpUri: page } : {}),
    defaultConfiguration: { level: LEVELS[severity] },
    properties: {
      tags: ['dockerfile'],
      'problem.severity': severity === 'error' || severity === 'warning' ? severity : 'recommendation',
    },
  };
}

function resultOf(
  placed: PlacedFinding,
  indexOf: ReadonlyMap<string, number>,
  seen: Map<string, number>,
): object {
  const { finding, source, region } = placed;
  const { rule, severity, message, fix } = finding;
  const print = fingerprint(placed);
  const count = (seen.get(print) ?? 0) + 1;
  seen.set(print, count);
  const artifactLocation = { uri: uriOf(finding.file), uriBaseId: '%SRCROOT%' };
  return {
    ruleId: rule,
    ruleIndex: indexOf.get(rule) ?? -1,
    level: LEVELS[severity],
    message: { text: message.toWellFormed() },
    locations: [{ physicalLocation: { artifactLocation, region: { ...region } } }],
    // Two of one text in one file are told apart by their order.
    partialFingerprints: { 'darkroomPlace/v1': `${print}:${count}` },
    ...(fix === undefined
      ? {}
      : {
          fixes: [
            {
              description: { text: fix.description },
              artifactChanges: [
                { artifactLocation, replacements: fix.edits.map((edit) => replacement(edit, source)) },
              ],
            },
          ],
        }),
  };
}

function replacement(edit: Edit, source: SourceText): { deletedRegion: Region; insertedContent: object } {
  return { deletedRegion: regionOf(edit, source), insertedContent: { text: edit.text.toWellFormed() } };
}

/** The path of a file in an address: bytes that are no letters, digits or `-._~/` as `%XX`. */
export function uriOf(file: string): string {
  return Array.from(encodePath(file), (byte) => {
    const char = String.fromCharCode(byte);
    return /[\w./~-]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
}
