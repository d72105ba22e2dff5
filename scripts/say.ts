/** Says a line to the person; stdout is kept for results. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
