import { isNvidiaPytorch, plainBase } from '../cuda-base.ts';
import { type VariablePlace, variablePlaces } from '../env-places.ts';
import type { Edit } from '../finding.ts';
import type { Rule } from '../rule.ts';

const NAME = 'LD_LIBRARY_PATH';

/** Bases with CUDA list the folder in which a host may mount its driver. */
export const cudaLibraryPath: Rule = {
  id: 'cuda-library-path',
  severity: 'warning',
  title: 'The library path of a CUDA base image is thrown away',
  covers: [],
  *check({ stages }) {
    for (const stage of stages) {
      if ((plainBase(stage)?.cuda ?? null) === null && !isNvidiaPytorch(stage)) continue;
      for (const place of variablePlaces(stage, new Set([NAME]), { args: false })) {
        const { start, end, raw } = place;
        // Set to nothing is emptied on purpose.
        if (/\$\{?LD_LIBRARY_PATH\b|\/usr\/local\/nvidia\/lib64|^(?:""|'')?$/.test(raw)) continue;
        const message = `"${NAME}" is set without what the base image has in it, where the libraries of CUDA and of the driver are looked for`;
        const fix = { description: `keep what the base image has`, safe: true, edits: [editOf(place)] };
        yield { start, end, message, fix };
      }
    }
  },
};

function editOf({ raw, valueStart, end }: VariablePlace): Edit {
  const text = `\${${NAME}}`;
  if (/^'.*'$/s.test(raw)) return { start: valueStart, end, text: `"${raw.slice(1, -1)}:${text}"` };
  const isQuoted = /^".*"$/s.test(raw);
  const at = isQuoted ? end - 1 : end;
  return { start: at, end: at, text: /:"?$/.test(raw) ? text : `:${text}` };
}
