/** Shows many images being built at once: redrawn in place on a terminal, one line per change elsewhere. */
import { createLogUpdate } from 'log-update';
import { bold, dim, green, red, yellow } from 'yoctocolors';
import { describeProgress, type ImageProgress } from './image-progress.ts';
import { type ImageRow, nameWidth, renderFinished, renderRows } from './render-rows.ts';
import { sanitiseLine } from './sanitise-line.ts';

const REDRAW_MS = 100;
const PLAIN_INTERVAL_MS = 10_000;

/** What is shown, and where. */
export interface ProgressReporterOptions {
  readonly stream: NodeJS.WriteStream;
  /** Plain lines even on a terminal: some runners of workflows are one, and keep a log of what they see. */
  readonly isLogged?: boolean;
  readonly images: readonly { readonly name: string; readonly waitsFor: readonly string[] }[];
  /** Milliseconds. */
  readonly now?: () => number;
}

/** A display that is fed with states and closed at the end. */
export interface ProgressReporter {
  /** Says where an image stands now; may be called as often as something is heard. */
  update(name: string, progress: ImageProgress): void;
  /** Prints a line that stays, above the live part. */
  log(line: string): void;
  /** Removes the live part and gives the cursor back. Nothing may be shown afterwards. */
  close(): void;
}

/** Chooses the display by the stream: live on a terminal, plain lines elsewhere. */
export function createProgressReporter(options: ProgressReporterOptions): ProgressReporter {
  return options.stream.isTTY && !options.isLogged ? liveReporter(options) : plainReporter(options);
}

function liveReporter({ stream, images, now = Date.now }: ProgressReporterOptions): ProgressReporter {
  const rows = new Map<string, ImageRow>(
    images.map(({ name, waitsFor }) => [
      name,
      { name, progress: { state: 'waiting', waitsFor }, since: now() },
    ]),
  );
  const screen = createLogUpdate(stream);
  let kept: string[] = [];
  const draw = () => {
    // A terminal without a size says 0.
    const [columns, height] = [stream.columns || 80, stream.rows || 24];
    if (kept.length > 0) screen.persist(kept.join('\n'));
    kept = [];
    // One column and row less: a full last column wraps, a full last row scrolls.
    screen(
      renderRows([...rows.values()], columns - 1, height - 1, now())
        .map(paint)
        .join('\n'),
    );
  };
  // Redrawing by the clock alone bounds the rate however often states change, and keeps the seconds running.
  const timer = setInterval(draw, REDRAW_MS);
  timer.unref();
  draw();
  return {
    update(name, progress) {
      const known = rows.get(name);
      if (known?.progress.state === 'done') return;
      rows.set(name, moved(known, name, progress, now()));
      if (progress.state !== 'done') return;
      const columns = (stream.columns || 80) - 1;
      kept.push(paint(renderFinished({ name, progress }, nameWidth([...rows.values()], columns), columns)));
    },
    log(line) {
      kept.push(sanitiseLine(line));
    },
    close() {
      clearInterval(timer);
      draw();
      screen.clear();
      screen.done();
    },
  };
}

function moved(known: ImageRow | undefined, name: string, progress: ImageProgress, now: number): ImageRow {
  const goesOn = known !== undefined && known.progress.state !== 'waiting';
  return { name, progress, since: goesOn ? known.since : now };
}

/** Colours a row by its mark. */
function paint(row: string): string {
  switch (row[0]) {
    case '✓':
      return green(row[0]) + row.slice(1);
    case '✗':
      return red(row[0]) + bold(row.slice(1));
    case '·':
    case '-':
      return dim(row);
    case ' ':
      return dim(row);
    default:
      return yellow(row[0] ?? '') + row.slice(1);
  }
}

function plainReporter({ stream, now = Date.now }: ProgressReporterOptions): ProgressReporter {
  const known = new Map<string, { readonly text: string; readonly state: string; readonly at: number }>();
  return {
    update(name, progress) {
      const last = known.get(name);
      if (last?.state === 'done') return;
      const text = describeProgress(progress);
      const changed = last?.state !== progress.state;
      const due = last !== undefined && now() - last.at >= PLAIN_INTERVAL_MS && text !== last.text;
      if (!changed && !due) return;
      known.set(name, { text, state: progress.state, at: now() });
      stream.write(`${sanitiseLine(`${name}: ${text}`)}\n`);
    },
    log(line) {
      stream.write(`${sanitiseLine(line)}\n`);
    },
    close() {},
  };
}
