/** What a person is told of dispatched runs at their end: on a terminal, and on the page of a job. Pure. */

import type { RunInputs } from '../dispatch/dispatch-request.ts';
import type { RunOutcome } from '../dispatch/dispatch-runs.ts';
import { formatSeconds } from './image-progress.ts';
import { markdownTable, textTable } from './text-table.ts';

const WIDEST_INPUTS = 60;
const MOST_OUTPUTS = 50;

/** What came of a run, in a word or two. */
export function outcomeWord({ run, conclusion, problems }: RunOutcome): string {
  if (conclusion !== null) return conclusion;
  if (problems.length > 0) return problems[0]?.code.replace(/^.*\//, '') ?? '';
  return run === null ? 'not started' : 'started';
}

/** The table of several runs for a terminal; for one a line. */
export function dispatchText(outcomes: readonly RunOutcome[], width: number): string {
  const rows = outcomes.map((outcome, index) => {
    return [
      `#${index + 1}`,
      inputsText(outcome.inputs),
      outcomeWord(outcome),
      tookOf(outcome),
      outcome.run?.url ?? '',
    ];
  });
  const [row = []] = rows;
  if (rows.length === 1)
    return `${row
      .slice(2)
      .filter((cell) => cell !== '')
      .join('  ')}\n`;
  return `${textTable(['', 'inputs', 'conclusion', 'took', 'run'], rows, width)}\n`;
}

/** The same for the page of a job, with the outputs. */
export function dispatchMarkdown(workflow: string, outcomes: readonly RunOutcome[]): string {
  const isOne = outcomes.length === 1;
  const rows = outcomes.map((outcome, index) => [
    ...(isOne ? [] : [`#${index + 1}`]),
    inputsText(outcome.inputs),
    outcomeWord(outcome),
    tookOf(outcome),
    ...(isOne ? [] : [outputsText(outcome)]),
    linkable(outcome.run?.url ?? ''),
  ]);
  const columns = isOne
    ? ['inputs', 'conclusion', 'took', 'run']
    : ['', 'inputs', 'conclusion', 'took', 'outputs', 'run'];
  const wrong = outcomes.flatMap(({ problems }) => problems.map(({ message }) => `- ${plain(message)}`));
  return [
    `### ${plain(workflow)}: ${totalsText(outcomes)}`,
    markdownTable(columns, rows),
    ...(wrong.length === 0 ? [] : [wrong.join('\n')]),
    ...(isOne ? outputsTable(outcomes[0]) : []),
    '',
  ].join('\n\n');
}

/** The same for programs. */
export function runsJson(outcomes: readonly RunOutcome[]): readonly object[] {
  return outcomes.map(({ inputs, run, conclusion, outputs }) => {
    return { inputs, id: run?.id ?? null, url: run?.url ?? null, conclusion, outputs };
  });
}

/** `3 of 4 runs ended with success`, or the word of the only one. */
export function totalsText(outcomes: readonly RunOutcome[]): string {
  const [first] = outcomes;
  if (outcomes.length === 1 && first !== undefined) return outcomeWord(first);
  const words = [...new Set(outcomes.map(outcomeWord))].map((word) => {
    return `${outcomes.filter((one) => outcomeWord(one) === word).length} ${word}`;
  });
  return `${outcomes.length} runs: ${words.join(', ')}`;
}

function outputsTable(outcome: RunOutcome | undefined): readonly string[] {
  const entries = Object.entries(outcome?.outputs ?? {}).slice(0, MOST_OUTPUTS);
  if (entries.length === 0) return [];
  return [
    markdownTable(
      ['output', 'value'],
      entries.map(([name, value]) => [name, cut(String(value))]),
    ),
  ];
}

function outputsText({ outputs }: RunOutcome): string {
  return cut(
    Object.entries(outputs)
      .map(([name, value]) => `${name}=${value}`)
      .join(' '),
  );
}

function inputsText(inputs: RunInputs): string {
  return cut(
    Object.entries(inputs)
      .map(([name, value]) => `${name}=${value}`)
      .join(' '),
  );
}

function cut(text: string): string {
  return text.length > WIDEST_INPUTS ? `${text.slice(0, WIDEST_INPUTS - 1).toWellFormed()}…` : text;
}

function tookOf({ jobs }: RunOutcome): string {
  const starts = jobs.flatMap(({ startedAt }) => startedAt ?? []);
  const ends = jobs.flatMap(({ completedAt }) => completedAt ?? []);
  if (starts.length === 0 || ends.length === 0) return '';
  return formatSeconds(Math.max(0, Math.round((Math.max(...ends) - Math.min(...starts)) / 1000)));
}

/** A page makes a link of an address that holds nothing it takes for Markdown. */
function linkable(text: string): string {
  return text.replace(/https?:\S+/g, (url) =>
    url.replace(/[_~*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`),
  );
}

function plain(text: string): string {
  return linkable(text)
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_[\]|~<>&]/g, (character) => `\\${character}`);
}
