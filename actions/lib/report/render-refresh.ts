/** What a person is told of moved pins: in a terminal, on the page of a job, in a pull request, in a commit. Pure. */
import { withoutCredentials } from '../git/origin-url.ts';
import { lockEntry } from '../refresh/apply-moves.ts';
import type { ChangeLog, LoggedHeld, LoggedMove } from '../refresh/change-log.ts';
import type { LockChange } from '../upstream/resolve-upstreams.ts';
import { sanitiseLine } from './sanitise-line.ts';
import { type CellLink, markdownTable, markdownText } from './text-table.ts';

/** What is shown. */
export interface ShownRefresh {
  readonly upstreams: number;
  readonly moves: readonly LoggedMove[];
  readonly held: readonly LoggedHeld[];
  readonly dropped: readonly LockChange[];
  readonly unresolved: readonly { readonly what: string }[];
}

const MOST_IMAGES = 12;
const MOST_COMMITS = 20;
/** A page may have 65,536 characters, and a mark stands below the table. */
const LONGEST_BODY = 40_000;
const LONGEST_LINE = 200;

/** `2 of 14 upstreams move; 1 waits; 1 could not be looked up.` */
export function refreshSentence({ upstreams, moves, held, unresolved }: ShownRefresh): string {
  const waits = held.length === 0 ? '' : `; ${held.length} ${held.length === 1 ? 'waits' : 'wait'}`;
  const open = unresolved.length === 0 ? '' : `; ${unresolved.length} could not be looked up`;
  if (moves.length === 0) return `Nothing moves: ${upstreams} upstreams looked up${waits}${open}.`;
  return `${moves.length} of ${upstreams} upstreams ${moves.length === 1 ? 'moves' : 'move'}${waits}${open}.`;
}

/** Lines for a terminal and a log. */
export function refreshText(shown: ShownRefresh): string {
  const moves = shown.moves.flatMap((move) => [
    sanitiseLine(nameOf(move), LONGEST_LINE),
    `  ${shortPin(move.from)} → ${shortPin(move.to)}`,
    ...facts(move.log).map((line) => `  ${sanitiseLine(line, LONGEST_LINE)}`),
    `  ${whyText(move)}`,
    `  makes new: ${listImages(move.images)}`,
  ]);
  const held = shown.held.map((one) => sanitiseLine(`${nameOf(one)}: ${untilText(one)}`, LONGEST_LINE));
  const dropped = moves.length === 0 ? [] : shown.dropped.map((one) => `${nameOf(one)}: no longer needed`);
  return [...moves, ...held, ...dropped, refreshSentence(shown)].join('\n');
}

/** The page of a job. */
export function refreshMarkdown(shown: ShownRefresh): string {
  const waiting = shown.held.map((one) => [
    nameOf(one),
    shortPin(one.to),
    untilText(one),
    listImages(one.images),
  ]);
  return [
    `### ${markdownText(refreshSentence(shown))}`,
    ...movesMarkdown(shown.moves),
    ...(waiting.length === 0 ? [] : [markdownTable(['waits', 'stands at', 'moves', 'images'], waiting)]),
    '',
  ].join('\n\n');
}

/** What a pull request says. The same moves give the same text. */
export function refreshBody({ moves, dropped }: ShownRefresh): string {
  const [table = '', ...logs] = movesMarkdown(moves);
  const gone = dropped.map((one) => `- ${inert(nameOf(one))}: no longer needed`).join('\n');
  const parts = [table, ...(gone === '' ? [] : [gone])];
  for (const log of logs) if (parts.join('\n\n').length + log.length < LONGEST_BODY) parts.push(log);
  const text = parts.join('\n\n');
  return text.length <= LONGEST_BODY ? text : `${text.slice(0, text.lastIndexOf('\n', LONGEST_BODY))}\n\n…`;
}

/** Title of a pull request, and first line of a commit. */
export function refreshTitle(moves: readonly LoggedMove[]): string {
  const names = [...new Set(moves.map((move) => plainWord(shortName(move))))];
  const [first = ''] = names;
  return names.length === 1 ? `Refresh ${first}` : `Refresh ${names.length} upstreams`;
}

/** Message of a commit: names and pins, no words of strangers, which might close issues or skip workflows. */
export function refreshMessage({ moves, dropped }: Pick<ShownRefresh, 'moves' | 'dropped'>): string {
  const lines = moves.map(
    (move) => `${plainWord(nameOf(move))}: ${shortPin(move.from)} -> ${shortPin(move.to)}`,
  );
  const gone = dropped.map((one) => `${plainWord(nameOf(one))}: no longer needed`);
  return [refreshTitle(moves), '', ...lines, ...gone].join('\n');
}

/** The same for programs. */
export function refreshJson(shown: ShownRefresh): object {
  const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
  const entry = ({ kind, what, from, to }: LockChange) => ({ kind, what, from, to });
  return {
    upstreams: shown.upstreams,
    moves: shown.moves.map(({ images, log, reason, ...change }) => ({
      ...entry(change),
      reason: reason.kind,
      since: reason.kind === 'soaked' ? iso(reason.since) : null,
      basis: reason.kind === 'soaked' ? reason.basis : null,
      images,
      log: { ...log, fromDate: iso(log.fromDate), toDate: iso(log.toDate) },
    })),
    waiting: shown.held.map(({ images, until, since, basis, ...change }) => ({
      ...entry(change),
      ...{ until: iso(until), since: iso(since), basis, images },
    })),
    dropped: shown.dropped.map(entry),
    unresolved: shown.unresolved,
  };
}

function movesMarkdown(moves: readonly LoggedMove[]): readonly string[] {
  if (moves.length === 0) return [];
  const rows = moves.map((move) => [
    nameOf(move),
    shortPin(move.from),
    shortPin(move.to),
    whatCell(move.log),
    whyText(move),
    listImages(move.images),
  ]);
  const table = markdownTable(['upstream', 'from', 'to', 'what', 'why now', 'images made new'], rows);
  const logs = moves.flatMap((move) => {
    const { commits } = move.log;
    if (commits === null || commits.length === 0) return [];
    const shown = commits.slice(0, MOST_COMMITS).map((subject) => `- ${inert(subject)}`);
    const more = commits.length > MOST_COMMITS ? [`- … ${commits.length - MOST_COMMITS} more`] : [];
    return [[`**${inert(nameOf(move))}**, ${countCommits(commits)}`, '', ...shown, ...more].join('\n')];
  });
  return [quieten(table), ...logs];
}

function whatCell(log: ChangeLog): string | CellLink {
  const text = unlinked(facts(log).join(', '));
  return log.url === null ? text : { text: text || 'compare', url: log.url };
}

function facts({ fromVersion, toVersion, fromDate, toDate, commits }: ChangeLog): readonly string[] {
  const arrow = (from: string | null, to: string | null): string =>
    from === null || from === to ? (to ?? '') : `${from} → ${to ?? 'unknown'}`;
  const day = (ms: number | null): string | null =>
    ms === null ? null : new Date(ms).toISOString().slice(0, 10);
  return [
    toVersion === null ? '' : `version ${arrow(fromVersion, toVersion)}`,
    toDate === null ? '' : `of ${arrow(day(fromDate), day(toDate))}`,
    commits === null ? '' : countCommits(commits),
  ].filter((fact) => fact !== '');
}

function countCommits(commits: readonly string[]): string {
  return `${commits.length} ${commits.length === 1 ? 'commit' : 'commits'}`;
}

function whyText({ reason }: LoggedMove): string {
  if (reason.kind === 'missing') return 'the lock lacked it';
  if (reason.kind === 'proposed') return 'proposed before; what came after it waits';
  return reason.basis === 'dated'
    ? `made ${minute(reason.since)}`
    : `no date; first seen ${minute(reason.since)}`;
}

function untilText({ until, basis, since }: LoggedHeld): string {
  if (until === null) return 'declined: the pull request with it was closed';
  const from = basis === 'dated' ? `made ${minute(since)}` : `no date; first seen ${minute(since)}`;
  return `moves from ${minute(until)} on (${from})`;
}

function minute(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function listImages(images: readonly string[]): string {
  const more = images.length > MOST_IMAGES ? `, and ${images.length - MOST_IMAGES} more` : '';
  return `${images.slice(0, MOST_IMAGES).join(', ')}${more}`;
}

function nameOf({ kind, what }: Pick<LockChange, 'kind' | 'what'>): string {
  return kind === 'image' ? what : withoutCredentials(what);
}

/** The last part of a name with its tag or ref. */
function shortName(change: LockChange): string {
  return lockEntry(change)
    .name.replace(/\.git#/, '#')
    .replace(/^.*\/(?=[^/]*$)/, '');
}

function shortPin(pin: string | null): string {
  if (pin === null) return 'nothing';
  return pin.startsWith('sha256:') ? pin.slice(0, 7 + 12) : pin.slice(0, 12);
}

/** Nothing that a forge takes for a command. */
function plainWord(text: string): string {
  return text.replace(/[^\w./:+@ -]+/g, '-').slice(0, LONGEST_LINE);
}

/** Text of strangers: it mentions nobody and refers to no issue. */
function inert(text: string): string {
  return quieten(markdownText(sanitiseLine(unlinked(text), LONGEST_LINE)));
}

/** An address of an issue or a commit would be noted there. */
function unlinked(text: string): string {
  return text.replaceAll('://', ':\u200b//');
}

/** A zero-width space after the sign; addresses of links keep theirs. */
function quieten(markdown: string): string {
  return markdown
    .replace(/@(?=\w)/g, '@&#8203;')
    .replace(/(?<![&\w/])#(?=\d)|(?<=\w)#(?=\d)/g, '#&#8203;')
    .replace(/\b(GH-)(?=\d)/gi, '$1&#8203;');
}
