/** What a person is told of a scene at its end: on a terminal, and on the page of a job. Pure. */
import type { Check, HeldOut, SceneResult } from '../scene/scene-result.ts';
import { formatSeconds } from './image-progress.ts';
import { markdownTable } from './text-table.ts';

/** A picture with more bars cannot be read. */
const MOST_BARS = 60;
const MOST_ROWS = 200;

/** The end of a run for a terminal: one line when everything was there. @param seconds that the run took */
export function sceneText(result: SceneResult, seconds: number): string {
  const { scene, stages, outputs } = result;
  if (stages.every(({ skipped }) => skipped)) {
    const there = `${scene}: everything is there (${figuresText(result)}): ${outputs.viewer}`;
    return `${[`${there} (${seconds.toFixed(1)} s)`, ...meanPhotoWarning(result)].join('\n')}\n`;
  }
  const lines = [
    `${scene}: ${figuresText(result)}`,
    stages.map(stageText).join(', '),
    `Files:  ${outputs.folder}`,
    `Report: ${outputs.page}`,
    `open    ${outputs.viewer}`,
    ...meanPhotoWarning(result),
  ];
  return `${lines.join('\n')}\n`;
}

/** The page of a job. */
export function sceneMarkdown(result: SceneResult): string {
  const { scene, sfm, train, stages, checks, held_out: heldOut, outputs } = result;
  const figures = markdownTable(
    ['', ''],
    [
      ['photographs registered', `${number(sfm.registered)} of ${number(sfm.images)}`],
      ['points', `${number(sfm.points)}, seen in ${number(sfm.track_length, 1)} photographs each`],
      ['reprojection error', `${number(sfm.reprojection_px, 2)} px`],
      ['held-out photographs', `${decibels(train.psnr)}, SSIM ${number(train.ssim, 3)}`],
      ['the mean photograph instead', decibels(train.psnr_baseline)],
      ['training photographs', decibels(train.psnr_train)],
      ['gaussians', `${number(train.gaussians)} after ${number(train.steps)} steps`],
    ],
  );
  const times = stages.map(({ name, skipped, seconds, key }) => {
    return [name, skipped ? 'already there' : formatSeconds(seconds), key.slice(0, 12)];
  });
  return [
    `### ${markdownText(scene)}: ${result.verdict === 'pass' ? 'a scene' : 'a scene that does not reach its thresholds'}`,
    ...meanPhotoWarning(result),
    figures,
    psnrChart(heldOut, train.psnr_baseline),
    checks.length === 0 ? '' : checksTable(checks),
    heldOut.length === 0 ? '' : heldOutTable(heldOut),
    markdownTable(['stage', 'time', 'key'], times),
    markdownTable(
      ['', ''],
      [
        ['folder', outputs.folder],
        ['viewer', outputs.viewer],
        ['report', outputs.page],
      ],
    ),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n');
}

/** A line for a scene that shows less than the mean photograph does. */
function meanPhotoWarning({ train: { psnr, psnr_baseline: mean } }: SceneResult): readonly string[] {
  if (psnr === null || mean === null || psnr >= mean) return [];
  return [
    'Warning: the splat is worse than the mean photograph; train with more steps, or take photographs that overlap more.',
  ];
}

/** A bar per held-out photograph, and a line where the mean photograph stands; empty without figures. */
export function psnrChart(heldOut: readonly HeldOut[], baseline: number | null): string {
  const bars = heldOut
    .flatMap(({ name, psnr }) => (psnr === null ? [] : [{ name, psnr }]))
    .slice(0, MOST_BARS);
  if (bars.length === 0) return '';
  const top = Math.ceil((Math.max(...bars.map(({ psnr }) => psnr), baseline ?? 0) + 1) / 5) * 5;
  const values = (list: readonly number[]) =>
    `[${list.map((one) => Math.max(0, one).toFixed(2)).join(', ')}]`;
  return [
    '```mermaid',
    'xychart-beta',
    `  title "PSNR of held-out photographs, dB${baseline === null ? '' : ' (line: the mean photograph)'}"`,
    `  x-axis [${bars.map(({ name }) => `"${chartLabel(name)}"`).join(', ')}]`,
    `  y-axis "dB" 0 --> ${top}`,
    `  bar ${values(bars.map(({ psnr }) => psnr))}`,
    ...(baseline === null ? [] : [`  line ${values(bars.map(() => baseline))}`]),
    '```',
  ].join('\n');
}

/** What Mermaid takes for anything but text is left out. */
function chartLabel(name: string): string {
  return name.replace(/[^\p{L}\p{N} ._-]/gu, '_').slice(-24);
}

function checksTable(checks: readonly Check[]): string {
  const rows = checks.map(({ name, value, limit, passed }) => {
    return [passed ? '✓' : '✗', name, number(value), number(limit)];
  });
  return markdownTable(['', 'check', 'value', 'limit'], rows.slice(0, MOST_ROWS));
}

function heldOutTable(heldOut: readonly HeldOut[]): string {
  const rows = heldOut.map(({ name, psnr, ssim }) => [name, number(psnr, 2), number(ssim, 3)]);
  const table = markdownTable(['held-out photograph', 'PSNR, dB', 'SSIM'], rows.slice(0, MOST_ROWS));
  return `<details><summary>Every held-out photograph</summary>\n\n${table}\n\n</details>`;
}

function figuresText({ sfm, train }: SceneResult): string {
  return [
    `${number(sfm.registered)} of ${number(sfm.images)} photographs registered`,
    `reprojection error ${number(sfm.reprojection_px, 2)} px`,
    `held-out PSNR ${decibels(train.psnr)} (the mean photograph ${decibels(train.psnr_baseline)})`,
    `SSIM ${number(train.ssim, 2)}`,
    `${number(train.gaussians)} gaussians`,
  ].join(', ');
}

function stageText({ name, skipped, seconds }: SceneResult['stages'][number]): string {
  return skipped ? `${name} was there` : `${name} took ${formatSeconds(seconds)}`;
}

function decibels(value: number | null): string {
  return `${number(value, 1)} dB`;
}

/** Digits as they come without `digits`, at most four behind the point. */
function number(value: number | null, digits?: number): string {
  if (value === null) return '?';
  const options =
    digits === undefined
      ? { maximumFractionDigits: 4 }
      : { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return value.toLocaleString('en', options);
}

function markdownText(text: string): string {
  return text.replace(/[\\`*_[\]|~<>&]/g, (character) => `\\${character}`);
}
