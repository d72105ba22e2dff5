import { badInput, type CommonInputs, readCommonInputs } from '../lib/action/common-inputs.ts';
import { type PruneOptions, readPruneOptions } from '../lib/prune/prune-options.ts';

/** The inputs of the action `prune`. */
export interface PruneInputs extends CommonInputs {
  readonly options: PruneOptions;
}

/** Reads them; `read` gives an input's text, empty where there is none. @throws DarkroomError `input/…`, `prune/bad-option` */
export function readPruneInputs(read: (name: string) => string): PruneInputs {
  const deletes = read('delete') || 'false';
  if (deletes !== 'true' && deletes !== 'false') {
    throw badInput('delete', `The input "delete" is ${JSON.stringify(deletes)}; expected "true" or "false".`);
  }
  const options = readPruneOptions({
    deletes: deletes === 'true',
    graceDays: read('grace-days') || '7',
    keepPublishes: read('keep-publishes') || '5',
  });
  return { ...readCommonInputs(read), options };
}
