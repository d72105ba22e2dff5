/** Variables in Compose files. https://docs.docker.com/reference/compose-file/interpolation/ */
import { UNKNOWN } from './orchestration/config-value.ts';

/** A text with its variables filled in by what stands behind `:-`, and `UNKNOWN` where one has nothing there. */
export function composeText(written: string): string {
  return written.replace(
    /\$(?:\$|\{\w+(?::?-([^${}]*))?[^{}]*\}|\w+)/g,
    (whole, otherwise: string | undefined) => (whole === '$$' ? '$' : (otherwise ?? UNKNOWN)),
  );
}
