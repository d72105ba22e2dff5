/** How many jobs there can be, and how large, for GitHub and Linux to hand them on. */
import { DarkroomError, type Problem } from '../errors/darkroom-error.ts';

/** How many wave jobs a workflow has written down; GitHub cannot make more of them at run time. */
export const WAVES = 8;

/** Jobs of one matrix, see https://docs.github.com/en/actions/reference/limits. */
export const JOBS_PER_WAVE = 256;

/**
 * Bytes of all outputs of a job, counted in UTF-16: 1 MB, whichever is meant, less what `plan`, `mode` and the names take.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idoutputs
 */
export const MAX_OUTPUT_BYTES = 990_000;

/**
 * Bytes of one variable with its name and the byte that ends it: `MAX_ARG_STRLEN`, 32 pages.
 * https://man7.org/linux/man-pages/man2/execve.2.html
 */
export const MAX_VARIABLE_BYTES = 131_072;

/** As much of a job as its size depends on; all of it is handed on as JSON. */
interface SizedJob {
  readonly name: string;
  readonly nodes: readonly unknown[];
}

/**
 * Checks that jobs fit where they have to go through: the waves into the outputs of the job that plans, the nodes of each job
 * into the variable that the input `nodes` of its action `build` is.
 * @throws DarkroomError `plan/jobs-too-large`, `plan/job-too-large`
 */
export function checkSizes(waves: readonly (readonly SizedJob[])[]): void {
  const output = waves.reduce((sum, wave) => sum + 2 * JSON.stringify(wave).length, 0);
  const problems = [
    ...(output > MAX_OUTPUT_BYTES ? [jobsTooLarge(waves.flat(), output)] : []),
    ...waves.flat().flatMap((job) => {
      const bytes = variableBytes(job);
      return bytes > MAX_VARIABLE_BYTES ? [jobTooLarge(job, bytes)] : [];
    }),
  ];
  if (problems.length > 0) throw new DarkroomError(problems, { kind: 'use' });
}

/** `toJson` of a workflow writes every member on a line of its own. */
function variableBytes({ nodes }: SizedJob): number {
  return Buffer.byteLength(`INPUT_NODES=${JSON.stringify(nodes, null, 2)}\0`);
}

function jobsTooLarge(jobs: readonly SizedJob[], bytes: number): Problem {
  const count = jobs.reduce((sum, { nodes }) => sum + nodes.length, 0);
  return {
    code: 'plan/jobs-too-large',
    message: `The jobs of the ${count} images to build take ${bytes} bytes; expected at most ${MAX_OUTPUT_BYTES}, as GitHub passes no more on from the job that plans.`,
    hint: SMALLER,
  };
}

function jobTooLarge({ name, nodes }: SizedJob, bytes: number): Problem {
  return {
    code: 'plan/job-too-large',
    message: `The job "${name}" would build ${nodes.length} images one after another, the list of which takes ${bytes} bytes; expected at most ${MAX_VARIABLE_BYTES}, the size of a variable on Linux.`,
    hint: SMALLER,
  };
}

const SMALLER =
  'Take some of these images out of the matrix, push, and bring them back once that has run: what is in the registry needs no job.';
