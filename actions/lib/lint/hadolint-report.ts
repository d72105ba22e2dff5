/** What hadolint says, in its own words. */
import { SEVERITIES, type Severity } from './finding.ts';

/** One report of `hadolint -f json`. */
export interface HadolintReport {
  /** As it was named to hadolint. */
  readonly file: string;
  /** The first line of the instruction, wherever in it the fault is; of `DL1000` the line itself. */
  readonly line: number;
  /** 1, but of `DL1000`. */
  readonly column: number;
  readonly level: Severity;
  /** `DL3008`, or `SC2086` of ShellCheck. */
  readonly code: string;
  readonly message: string;
}

/** Reads the output of `hadolint -f json`; `null` where it is none. */
export function readHadolintReports(text: string): readonly HadolintReport[] | null {
  const reports = parse(text);
  return Array.isArray(reports) && reports.every(isReport) ? reports.map(onlyKnown) : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isReport(value: unknown): value is HadolintReport {
  if (typeof value !== 'object' || value === null) return false;
  const { file, line, column, level, code, message } = value as Partial<Record<string, unknown>>;
  return (
    [file, message].every((one) => typeof one === 'string') &&
    [line, column].every((one) => Number.isSafeInteger(one) && Number(one) >= 0) &&
    SEVERITIES.some((one) => one === level) &&
    typeof code === 'string' &&
    /^(?:DL|SC)\d{4}$/.test(code)
  );
}

function onlyKnown({ file, line, column, level, code, message }: HadolintReport): HadolintReport {
  return { file, line, column, level, code, message };
}
